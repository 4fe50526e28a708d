import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { LockOut } from '../../../../simulator/terminal/login/lock-out.js';

describe('LockOut', () => {
  it('is prolonged by every try while it lasts, right or wrong', () => {
    let now = 0;
    const lock = new LockOut(1, 100, () => now);
    lock.wrongPassword();
    now = 60;
    assert.equal(lock.rightPassword(), false);
    assert.equal(lock.remaining, 100);
    now = 120;
    lock.wrongPassword();
    assert.equal(lock.remaining, 100);
    now = 220;
    assert.equal(lock.remaining, 0);
    assert.equal(lock.rightPassword(), true);
  });

  it('gives all tries back after the lock', () => {
    let now = 0;
    const lock = new LockOut(3, 100, () => now);
    lock.wrongPassword();
    lock.wrongPassword();
    assert.equal(lock.triesLeft, 1);
    lock.wrongPassword();
    assert.equal(lock.triesLeft, 0);
    now = 100;
    assert.equal(lock.triesLeft, 3);
  });
});
