import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';

import { backOff, unlessAborted, wait, withAnyOf } from '../../../../core/http/turns/wait.js';

describe('wait', () => {
  it('ends at once with the signal’s reason when it is aborted', async () => {
    const abort = new AbortController();
    const reason = new Error('given up');
    const waiting = wait(600_000, abort.signal);
    abort.abort(reason);
    await assert.rejects(waiting, reason);
  });

  it('of nothing still follows a signal that is aborted already', async () => {
    await wait(0);
    await assert.rejects(wait(0, AbortSignal.abort(new Error('given up'))), /given up/);
  });

  it('backs off between half and all of 0.5, 1, 2, 4, 8, 8 … s', () => {
    const attempts = [1, 2, 3, 4, 5, 6, 60];
    assert.deepEqual(
      attempts.map((attempt) => backOff(attempt, () => 0)),
      [250, 500, 1000, 2000, 4000, 4000, 4000],
    );
    assert.deepEqual(
      attempts.map((attempt) => backOff(attempt, () => 1)),
      [500, 1000, 2000, 4000, 8000, 8000, 8000],
    );
  });

  it('gives a promise’s outcome, or the reason of an abort that comes first', async () => {
    const abort = new AbortController();
    assert.equal(await unlessAborted(Promise.resolve(1), abort.signal), 1);
    await assert.rejects(unlessAborted(Promise.reject(new Error('own')), abort.signal), /own/);
    const never = unlessAborted(new Promise(() => undefined), abort.signal);
    abort.abort(new Error('given up'));
    await assert.rejects(never, /given up/);
  });

  describe('of several signals', () => {
    it('follows each, also one that was aborted before', async () => {
      const [first, second] = [new AbortController(), new AbortController()];
      const both = [first.signal, second.signal];
      const waiting = withAnyOf(both, (signal) => wait(600_000, signal));
      second.abort(new Error('given up'));
      await assert.rejects(waiting, /given up/);
      await assert.rejects(
        withAnyOf(both, (signal) => wait(0, signal)),
        /given up/,
      );
    });

    it('leaves nothing on them, however the work ends', async () => {
      const sources = [new AbortController().signal, new AbortController().signal];
      assert.equal(await withAnyOf(sources, () => Promise.resolve(1)), 1);
      await assert.rejects(
        withAnyOf(sources, () => Promise.reject(new Error('own'))),
        /own/,
      );
      for (const source of sources) assert.deepEqual(getEventListeners(source, 'abort'), []);
    });
  });
});
