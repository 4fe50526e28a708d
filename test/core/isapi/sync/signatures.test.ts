import assert from 'node:assert/strict';
import { mock } from 'node:test';

import { DigestClient } from 'digest-fetch';

import { facePicture } from '../../../../simulator/simulated-terminal.js';
import { people, SyncLab } from '../../../harness/sync/sync-lab.js';

/** What a list of persons costs in signatures, each of which takes about as long as a tenth of a request. */
describe('signatures of a sync', () => {
  const LOGIN = { username: 'admin', password: 'Sign-once-1' };
  const PERSONS = 24;
  const list = (suffix: string): object[] =>
    people(PERSONS, (index) => ({
      name: `Person ${index}${suffix}`,
      ...(index % 3 === 0 ? { face: facePicture(`F${index}`) } : {}),
      ...(index % 5 === 0 ? { cards: [`10${index}`, `20${index}`] } : {}),
    }));

  for (const [what, before] of [
    ['new persons, with faces and cards in their turn', undefined],
    ['persons who have changed', ' before'],
  ] as const) {
    it(`are computed many at once, and hardly any in vain: ${what}`, () =>
      SyncLab.run({ simulator: LOGIN, terminal: { credentials: LOGIN } }, async (lab) => {
        if (before !== undefined) await lab.converge(list(before));
        const computing = mock.method(DigestClient.prototype, 'addAuth');
        /** How many had been computed when the terminal got this or that. */
        const computedThen = new Set<number>();
        lab.lab.simulator.on('event', () => computedThen.add(computing.mock.callCount()));
        try {
          const { requests } = await lab.converge(list(''));
          assert.ok(requests >= PERSONS, `${requests} requests`);
          const computed = computing.mock.callCount();
          assert.ok(computed >= requests - 1 && computed <= requests + 2, `${computed} for ${requests} requests`);
          assert.ok(computedThen.size <= requests / 3, `computed ${computedThen.size} times for ${requests} requests`);
        } finally {
          computing.mock.restore();
        }
      }));
  }
});
