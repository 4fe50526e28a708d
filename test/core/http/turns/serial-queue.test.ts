import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';

import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { SerialQueue } from '../../../../core/http/turns/serial-queue.js';

describe('serial queue', () => {
  /** A job that runs until it is ended from outside. */
  function job<T>(value: T): { run: () => Promise<T>; end: () => void; started: boolean } {
    let end = (): void => undefined;
    const ended = new Promise<T>((resolve) => (end = () => resolve(value)));
    const made = { run: () => ((made.started = true), ended), end, started: false };
    return made;
  }

  it('runs one job at a time, first come first served', async () => {
    const queue = new SerialQueue();
    const order: number[] = [];
    let running = 0;
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        queue.run(async () => {
          assert.equal((running += 1), 1);
          await new Promise(setImmediate);
          running -= 1;
          order.push(i);
        }, 100),
      ),
    );
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
    assert.equal(queue.waitingCount, 0);
  });

  it('lets nobody slip in while the turn is handed over', async () => {
    const queue = new SerialQueue();
    const [first, second, third] = [job(1), job(2), job(3)];
    const runs = [queue.run(first.run, 9), queue.run(second.run, 9)];
    first.end();
    await runs[0];
    runs.push(queue.run(third.run, 9));
    await new Promise(setImmediate);
    assert.deepEqual([second.started, third.started], [true, false]);
    second.end();
    third.end();
    assert.deepEqual(await Promise.all(runs), [1, 2, 3]);
  });

  it('refuses one more than may wait with QUEUE_FULL, which may succeed later', async () => {
    const queue = new SerialQueue();
    const running = job(1);
    const runs = [queue.run(running.run, 1), queue.run(() => Promise.resolve(2), 1)];
    assert.equal(queue.waitingCount, 1);
    await assert.rejects(
      queue.run(() => Promise.resolve(3), 1),
      (error) => error instanceof HikvisionError && error.code === 'QUEUE_FULL' && error.cause.retryable,
    );
    running.end();
    assert.deepEqual(await Promise.all(runs), [1, 2]);
  });

  it('goes on after a job that failed', async () => {
    const queue = new SerialQueue();
    const failing = queue.run(() => Promise.reject(new Error('broken')), 9);
    const next = queue.run(() => Promise.resolve('next'), 9);
    await assert.rejects(failing, /broken/);
    assert.equal(await next, 'next');
  });

  it('lets one that waits give up with the reason of its signal, and leaves the others their order', async () => {
    const queue = new SerialQueue();
    const running = job(1);
    const abort = new AbortController();
    const first = queue.run(running.run, 9);
    const given = queue.run(() => Promise.resolve(2), 9, abort.signal);
    const last = queue.run(() => Promise.resolve(3), 9);
    const reason = new Error('given up');
    abort.abort(reason);
    await assert.rejects(given, reason);
    assert.equal(queue.waitingCount, 1);
    running.end();
    assert.deepEqual(await Promise.all([first, last]), [1, 3]);
  });

  it('a thousand that wait give up at once when their common signal is aborted', async () => {
    const queue = new SerialQueue();
    const running = job(1);
    const abort = new AbortController();
    setMaxListeners(0, abort.signal);
    const first = queue.run(running.run, 1000);
    const rest = Array.from({ length: 1000 }, () => queue.run(() => Promise.resolve(0), 1000, abort.signal));
    abort.abort(new Error('stopped'));
    const outcomes = await Promise.allSettled(rest);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    assert.equal(queue.waitingCount, 0);
    running.end();
    await first;
  });

  it('starts nothing whose signal is aborted already', async () => {
    const queue = new SerialQueue();
    const never = job(1);
    await assert.rejects(queue.run(never.run, 9, AbortSignal.abort(new Error('stopped'))), /stopped/);
    assert.equal(never.started, false);
  });
});
