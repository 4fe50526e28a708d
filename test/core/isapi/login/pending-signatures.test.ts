import assert from 'node:assert/strict';
import { mock } from 'node:test';

import { PendingSignatures } from '../../../../core/isapi/login/pending-signatures.js';

describe('pending signatures', () => {
  let clock: number;
  let pending: PendingSignatures;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    clock = 0;
    pending = new PendingSignatures(() => clock);
  });

  afterEach(() => mock.timers.reset());

  const turn = (): Promise<void> => new Promise(setImmediate);

  function call(): { answer: Promise<void>; succeed: () => void; fail: () => void } {
    let succeed = (): void => undefined;
    let fail = (): void => undefined;
    const answer = new Promise<void>((resolve, reject) => {
      succeed = resolve;
      fail = () => reject(new Error('no connection'));
    });
    return { answer, succeed, fail };
  }

  async function tick(ms: number): Promise<void> {
    mock.timers.tick(ms);
    await turn();
  }

  /** Sends a call that is answered after so long, and by which the round trip is known. */
  async function roundTrip(ms: number): Promise<void> {
    const { answer, succeed } = call();
    pending.add({ answer, blocks: false, verified: false });
    clock += ms;
    succeed();
    await turn();
  }

  for (const blocks of [false, true]) {
    for (const end of ['succeed', 'fail'] as const) {
      it(`a call that ${blocks ? 'blocks' : 'does not block'} is pending until its answer: ${end}`, async () => {
        const sent = call();
        pending.add({ answer: sent.answer, blocks, verified: false });
        await turn();
        assert.equal(pending.isEmpty, false);
        sent[end]();
        await pending.allKnown();
        assert.equal(pending.isEmpty, true);
      });
    }
  }

  it('waits for all of them, and gives up with the signal’s reason', async () => {
    const [first, second] = [call(), call()];
    for (const { answer } of [first, second]) pending.add({ answer, blocks: false, verified: true });
    let isKnown = false;
    const known = pending.allKnown().then(() => (isKnown = true));
    const abort = new AbortController();
    const givenUp = pending.allKnown(abort.signal);
    first.succeed();
    await turn();
    assert.equal(isKnown, false);
    abort.abort(new Error('given up'));
    await assert.rejects(givenUp, /given up/);
    second.fail();
    await known;
  });

  it('a call that does not block is waited for however silent it is', async () => {
    pending.add({ answer: call().answer, blocks: false, verified: true });
    await tick(60_000);
    assert.equal(pending.isEmpty, false);
  });

  for (const [what, roundTripMs, verified, silenceMs] of [
    ['2 s on a login that was never accepted', 20, false, 2_000],
    ['ten round trips on one that was', 20, true, 200],
    ['100 ms at least', 1, true, 100],
    ['2 s at most', 500, true, 2_000],
  ] as const) {
    it(`a call that blocks counts as accepted after silence: ${what}`, async () => {
      await roundTrip(roundTripMs);
      pending.add({ answer: call().answer, blocks: true, verified });
      await tick(silenceMs - 1);
      assert.equal(pending.isEmpty, false);
      await tick(1);
      assert.equal(pending.isEmpty, true);
    });
  }

  it('neither a call that blocks nor one that failed tells how long a round trip takes', async () => {
    await roundTrip(20);
    const capture = call();
    pending.add({ answer: capture.answer, blocks: true, verified: true });
    const failed = call();
    pending.add({ answer: failed.answer, blocks: false, verified: true });
    clock += 150;
    capture.succeed();
    failed.fail();
    await pending.allKnown();
    pending.add({ answer: call().answer, blocks: true, verified: true });
    await tick(200);
    assert.equal(pending.isEmpty, true);
  });
});
