import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../../../../core/errors/hikvision-error.js';
import { SharedHold } from '../../../../../core/isapi/terminal/guarding/shared-hold.js';
import { FakeHold } from '../../../../harness/fake-guard.js';

/** What the check at the moment of sending throws, and whether it says that nothing was sent. */
function refusalOf(check: () => void): [reason: string, delivery: string] {
  try {
    check();
  } catch (error) {
    assert.ok(error instanceof HikvisionError, String(error));
    return [error.reason, error.delivery];
  }
  return assert.fail('may be sent');
}

/** For what is in flight when the right is lost: why, and whether it may have taken effect. */
function lossOf({ lost }: SharedHold): [reason: string, delivery: string] {
  assert.ok(lost.aborted, 'nobody was told');
  const reason: unknown = lost.reason;
  assert.ok(reason instanceof HikvisionError, String(reason));
  return [reason.reason, reason.delivery];
}

describe('a right to a terminal that several share', () => {
  it('is given back by the last of them', () => {
    const right = new FakeHold('T1');
    const hold = new SharedHold(right);
    const [first, second] = [hold.use(), hold.use()];
    first();
    assert.equal(right.releases, 0);
    hold.assertHeld();
    second();
    assert.equal(right.releases, 1);
    assert.deepEqual(
      refusalOf(() => hold.assertHeld()),
      ['holdEnded', 'unsent'],
    );
  });

  it('is not given back by one of them who lets go twice', () => {
    const right = new FakeHold('T1');
    const hold = new SharedHold(right);
    const [first, second] = [hold.use(), hold.use()];
    first();
    first();
    assert.equal(right.releases, 0);
    second();
    second();
    assert.equal(right.releases, 1);
  });

  it('that is lost ends what is in flight, which may have taken effect, and lets nothing more be sent', () => {
    const right = new FakeHold('T1');
    const hold = new SharedHold(right);
    const letGo = hold.use();
    right.lose();
    assert.deepEqual(lossOf(hold), ['ownershipLost', 'unknown']);
    for (const check of [() => hold.assertHeld(), () => hold.assertNotLost()]) {
      assert.deepEqual(refusalOf(check), ['ownershipLost', 'unsent']);
    }
    letGo();
    assert.deepEqual(lossOf(hold), ['ownershipLost', 'unknown']);
  });

  it('that was lost before anybody shared it is lost for all of them', () => {
    const right = new FakeHold('T1');
    right.lose();
    const hold = new SharedHold(right);
    assert.deepEqual(lossOf(hold), ['ownershipLost', 'unknown']);
    assert.deepEqual(
      refusalOf(() => hold.assertHeld()),
      ['ownershipLost', 'unsent'],
    );
  });

  it('whose loss is noticed only at the moment of sending ends what else is in flight', () => {
    const right = new FakeHold('T1');
    const hold = new SharedHold(right);
    right.isLostUnheard = true;
    assert.deepEqual(
      refusalOf(() => hold.assertHeld()),
      ['ownershipLost', 'unsent'],
    );
    assert.deepEqual(lossOf(hold), ['ownershipLost', 'unknown']);
  });

  it('may be lost after it was given back: what nobody else can spoil is still sent', () => {
    const right = new FakeHold('T1');
    const hold = new SharedHold(right);
    hold.use()();
    right.lose();
    assert.equal(hold.lost.aborted, false);
    hold.assertNotLost();
  });
});
