import assert from 'node:assert/strict';

import { WatchLab } from '../../../harness/events/watch-lab.js';

describe('what wakes a watch', () => {
  it('is the stream, once it has announced what was new; the log is then looked at once a minute', () =>
    WatchLab.run({ route: 'auto' }, async (lab) => {
      await lab.start();
      lab.streams.tell((listener) => listener.onOpen());
      const serial = lab.log.happens();
      lab.streams.tell((listener) => listener.onHint({ serial, major: 5, minor: 75, current: true }));
      await lab.pass(100);
      assert.deepEqual(lab.take(), ['1']);
      assert.deepEqual(lab.said(), ['connected poll 0', 'route stream works']);
      lab.log.calls.length = 0;
      await lab.pass(120_000);
      assert.equal(lab.log.calls.length, 2);
    }));

  it('is no old event that the stream sends again (the whole log, on DS-K1T342MWX V3.16.1)', () =>
    WatchLab.run({ route: 'auto' }, async (lab) => {
      lab.log.happen(60);
      await lab.start();
      lab.streams.tell((listener) => listener.onOpen());
      await lab.pass(100);
      lab.log.calls.length = 0;
      for (let serial = 1; serial <= 60; serial += 1) {
        lab.streams.tell((listener) => listener.onHint({ serial, major: 5, minor: 75, current: false }));
      }
      await lab.pass(100);
      assert.equal(lab.log.calls.length, 0);
    }));

  it('is the timer where the stream only repeats what is old (DS-K1T342EFWX V3.3.5), and the stream is left', () =>
    WatchLab.run({ route: 'auto' }, async (lab) => {
      await lab.start();
      lab.streams.tell((listener) => listener.onOpen());
      lab.streams.tell((listener) => listener.onHint({ serial: 0, major: 5, minor: 75, current: false }));
      for (let times = 0; times < 4; times += 1) {
        lab.log.happens();
        await lab.pass(5000);
      }
      assert.deepEqual(lab.said().slice(1), ['route stream works', 'route poll replayOnly']);
      assert.equal(lab.streams.listeners.size, 0);
      await lab.pass(3_700_000);
      assert.equal(lab.streams.joined, 2);
    }));

  it('is the timer while others have the stream (DS-K1T341BM V3.7.80)', () =>
    WatchLab.run({ route: 'stream' }, async (lab) => {
      await lab.start();
      lab.streams.tell((listener) => listener.onOpen());
      lab.streams.tell((listener) => listener.onLost('slotTaken'));
      lab.log.happens();
      await lab.pass(5000);
      assert.deepEqual(lab.take(), ['1']);
      assert.deepEqual(lab.said().slice(1), ['route stream works', 'route poll slotTaken']);
    }));

  it('is no login of ours', () =>
    WatchLab.run({ route: 'auto' }, async (lab) => {
      await lab.start();
      lab.log.calls.length = 0;
      lab.streams.tell((listener) => listener.onHint({ serial: 1, major: 3, minor: 112, current: true }));
      await lab.pass(100);
      assert.equal(lab.log.calls.length, 0);
    }));
});
