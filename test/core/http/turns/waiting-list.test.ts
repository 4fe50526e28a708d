import assert from 'node:assert/strict';

import { WaitingList } from '../../../../core/http/turns/waiting-list.js';

describe('waiting list', () => {
  it('gives turns in order, and each what its grant takes at that moment', async () => {
    const list = new WaitingList(() => undefined);
    let turn = 0;
    const grant = (): number => (turn += 1);
    const places = [1, 2, 3].map(() => list.join({ limit: 3, grant }));
    assert.equal(list.length, 3);
    assert.equal(list.next(), true);
    assert.equal(turn, 1, 'the grant is taken before next() returns');
    list.next();
    list.next();
    assert.deepEqual(await Promise.all(places), [1, 2, 3]);
    assert.equal(list.next(), false);
  });

  it('refuses one more than may wait with QUEUE_FULL, which may succeed later', async () => {
    const list = new WaitingList(() => undefined);
    const first = list.join({ limit: 1, grant: () => 'mine' });
    await assert.rejects(
      list.join({ limit: 1, grant: () => 'never' }),
      ({ code, delivery, cause }: { code: string; delivery: string; cause: { retryable: boolean } }) =>
        code === 'QUEUE_FULL' && delivery === 'unsent' && cause.retryable,
    );
    list.next();
    assert.equal(await first, 'mine');
  });

  it('tells reason and position on joining and when either changes, and never the same twice', async () => {
    let reason = 'busy';
    const told: string[] = [];
    const list = new WaitingList(() => reason);
    const join = (name: string, signal?: AbortSignal): Promise<void> =>
      list.join({
        limit: 9,
        signal,
        grant: () => undefined,
        onWait: (why, position) => void told.push(`${name} ${why} ${position}`),
      });
    const since = (): string[] => told.splice(0);
    const abort = new AbortController();
    const first = join('first');
    const second = join('second', abort.signal);
    const third = join('third');
    assert.deepEqual(since(), ['first busy 1', 'second busy 2', 'third busy 3']);
    list.notifyAll();
    assert.deepEqual(since(), []);
    reason = 'reserved';
    list.notifyAll();
    assert.deepEqual(since(), ['first reserved 1', 'second reserved 2', 'third reserved 3']);
    abort.abort(new Error('given up'));
    await assert.rejects(second, /given up/);
    assert.deepEqual(since(), ['third reserved 2']);
    reason = 'busy';
    list.next();
    await first;
    assert.deepEqual(since(), ['third busy 1']);
    list.next();
    await third;
    assert.deepEqual(since(), []);
  });

  it('tells the reason as it is once the turn has been taken', () => {
    let isTaken = false;
    const told: string[] = [];
    const list = new WaitingList(() => (isTaken ? 'taken' : 'closed'));
    const place = { limit: 9, grant: () => (isTaken = true) };
    void list.join(place);
    void list.join({ ...place, onWait: (why, position) => void told.push(`${why} ${position}`) });
    list.next();
    assert.deepEqual(told, ['closed 2', 'taken 1']);
  });

  it('lets nobody wait whose signal is aborted already, and leaves no listener on one that got its turn', async () => {
    const list = new WaitingList(() => undefined);
    const grant = (): void => undefined;
    await assert.rejects(list.join({ limit: 9, grant, signal: AbortSignal.abort(new Error('stopped')) }), /stopped/);
    assert.equal(list.length, 0);
    const abort = new AbortController();
    const first = list.join({ limit: 9, grant, signal: abort.signal });
    const second = list.join({ limit: 9, grant });
    list.next();
    await first;
    abort.abort();
    assert.equal(list.length, 1, 'the one behind has lost its place');
    list.next();
    await second;
  });
});
