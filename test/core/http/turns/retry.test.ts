import assert from 'node:assert/strict';

import { withRetries } from '../../../../core/http/turns/retry.js';

describe('retries', () => {
  /** Fails with `failure 1`, `failure 2` … as often as said, then gives the number of the attempt. */
  function failing(times: number): () => Promise<number> {
    let attempts = 0;
    return () => {
      attempts += 1;
      return attempts > times ? Promise.resolve(attempts) : Promise.reject(new Error(`failure ${attempts}`));
    };
  }

  it('repeat as often as allowed and give the last error as it was thrown', async () => {
    assert.equal(await withRetries(failing(2), { retries: 2, pauseAfter: () => 0 }), 3);
    await assert.rejects(withRetries(failing(3), { retries: 2, pauseAfter: () => 0 }), /failure 3/);
    await assert.rejects(withRetries(failing(1), { retries: 0, pauseAfter: () => 0 }), /failure 1/);
  });

  it('ask after each failure, the last one too, whether and when to go on', async () => {
    const asked: string[] = [];
    const pauseAfter = (error: unknown, attempt: number): number => {
      asked.push(`${(error as Error).message}, ${attempt}`);
      return 0;
    };
    await assert.rejects(withRetries(failing(9), { retries: 1, pauseAfter }));
    assert.deepEqual(asked, ['failure 1, 1', 'failure 2, 2']);
  });

  it('end where a failure is not to be repeated', async () => {
    const pauseAfter = (_error: unknown, attempt: number): number | undefined => (attempt === 1 ? 0 : undefined);
    await assert.rejects(withRetries(failing(9), { retries: 5, pauseAfter }), /failure 2/);
  });

  it('end a pause at once when they are aborted, with the reason', async () => {
    const abort = new AbortController();
    const pauseAfter = (): number => {
      setImmediate(() => abort.abort(new Error('given up')));
      return 60_000;
    };
    await assert.rejects(withRetries(failing(9), { retries: 5, pauseAfter, signal: abort.signal }), /given up/);
  });
});
