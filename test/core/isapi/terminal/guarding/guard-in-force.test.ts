import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { guardInForce, takeHold, useGuardOf } from '../../../../../core/isapi/terminal/guarding/guard-in-force.js';
import { failureOf } from '../../../../harness/failure-of.js';
import { FakeGuard } from '../../../../harness/fake-guard.js';

const NEVER = new AbortController().signal;

describe('the guard in force', () => {
  it('is the one that was named last, also when an earlier one is taken away', () => {
    const [first, second] = [new FakeGuard(), new FakeGuard()];
    const withdrawFirst = useGuardOf(() => first);
    const withdrawSecond = useGuardOf(() => second);
    withdrawFirst();
    assert.equal(guardInForce(), second);
    withdrawSecond();
    assert.equal(guardInForce(), undefined);
  });

  it('is asked for the right to this very unit', async () => {
    const guard = new FakeGuard();
    const hold = await takeHold(guard, 'T1', NEVER);
    hold.assertHeld();
    assert.deepEqual([guard.last.serial, guard.releases], ['T1', [0]]);
  });

  it('is not asked for a terminal that tells no serial number, and nothing was sent there', async () => {
    const guard = new FakeGuard();
    const { code, reason, delivery } = await failureOf(takeHold(guard, '', NEVER));
    assert.deepEqual([code, reason, delivery], ['NOT_OWNER', 'noSerialNumber', 'unsent']);
    assert.equal(guard.holds.length, 0);
  });

  it('gets back at once what it gives to somebody who has given up meanwhile', async () => {
    const guard = new FakeGuard();
    const giveUp = new AbortController();
    const reason = new Error('given up');
    guard.give = () => giveUp.abort(reason);
    await assert.rejects(takeHold(guard, 'T1', giveUp.signal), reason);
    assert.deepEqual(guard.releases, [1]);
  });
});
