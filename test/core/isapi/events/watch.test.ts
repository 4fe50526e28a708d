import assert from 'node:assert/strict';

import { WatchLab } from '../../../harness/events/watch-lab.js';

describe('a watch over a terminal', () => {
  it('gives what the terminal has kept and then what happens, each once and in order', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(70);
      await lab.start();
      assert.deepEqual(lab.take(), numbers(1, 70));
      assert.deepEqual(lab.said(), ['connected poll 70']);
      lab.log.happen(2);
      await lab.pass(5000);
      assert.deepEqual(
        lab.events.map(({ recovered }) => recovered),
        [false, false],
      );
      assert.deepEqual(lab.take(), ['71', '72']);
    }));
});

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_each, index) => String(from + index));
}
