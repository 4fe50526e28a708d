import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import { KnownLogins, type LoginUse } from '../../../../core/isapi/login/known-logins.js';

const LOGIN = { username: 'operator', password: 'a password to look for' };
const REJECTED = { locked: false, unlockSeconds: 0, triesLeft: 4 };
const DAY_MS = 24 * 60 * 60 * 1000;

describe('known logins', () => {
  let clock: number;
  let logins: KnownLogins;

  beforeEach(() => {
    clock = 0;
    logins = new KnownLogins(() => clock);
  });

  function join(more: Partial<typeof LOGIN> = {}): LoginUse {
    return logins.join({ ...LOGIN, ...more });
  }

  /** Joined, refused and left. */
  function heldLogin(more: Partial<typeof LOGIN> = {}): void {
    const { guard, leave } = join(more);
    guard.suspend(REJECTED);
    leave();
  }

  function isHeld(more: Partial<typeof LOGIN> = {}): boolean {
    const { guard, leave } = join(more);
    leave();
    return guard.standing === 'suspended';
  }

  it('are one for the same user name and password; the account is one for the same user name', () => {
    const { guard } = join();
    assert.equal(join().guard, guard);
    const [otherPassword, otherUser] = [join({ password: 'b' }).guard, join({ username: 'b' }).guard];
    assert.notEqual(otherPassword, guard);
    assert.equal(otherPassword.account, guard.account);
    assert.notEqual(otherUser.account, guard.account);
  });

  it('do not hold the password', () => {
    heldLogin();
    const everything = inspect(logins, { depth: Infinity, showHidden: true, maxArrayLength: null });
    assert.match(everything, /operator/);
    assert.ok(!everything.includes(LOGIN.password));
  });

  it('are kept when refused and left, and forgotten when nothing speaks against them', () => {
    heldLogin();
    assert.ok(isHeld());
    assert.equal(logins.size, 1);
    const { guard, leave } = join({ username: 'another' });
    guard.accepted();
    leave();
    assert.equal(logins.size, 1);
  });

  it('are kept by whoever still uses them, also when one has left twice', () => {
    const [first, second] = [join(), join()];
    second.guard.accepted();
    first.leave();
    first.leave();
    assert.equal(join().guard, second.guard);
  });

  it('are kept while an answer is still to come', async () => {
    const { guard, leave } = join();
    let end = (): void => undefined;
    const answer = new Promise<void>((resolve) => (end = resolve));
    guard.account.pending.add({ answer, blocks: false, verified: false });
    leave();
    const again = join();
    assert.equal(again.guard, guard);
    again.leave();
    end();
    await new Promise(setImmediate);
    join({ username: 'another' }).leave();
    assert.equal(logins.size, 0);
  });

  it('that were left are forgotten after a day; those in use never', () => {
    heldLogin();
    const used = join({ password: 'used' });
    used.guard.suspend(REJECTED);
    clock = DAY_MS;
    assert.ok(isHeld());
    clock = 2 * DAY_MS + 1;
    assert.ok(!isHeld());
    assert.ok(isHeld({ password: 'used' }));
  });

  it('that were left are a hundred at most; the one left longest ago is forgotten first, none that is in use', () => {
    const used = join({ username: 'used' });
    used.guard.suspend(REJECTED);
    for (let i = 0; i < 150; i += 1) heldLogin({ username: `user ${String(i)}` });
    assert.equal(logins.size, 101);
    assert.ok(isHeld({ username: 'user 50' }));
    assert.ok(!isHeld({ username: 'user 49' }));
    assert.ok(isHeld({ username: 'used' }));
  });
});
