import assert from 'node:assert/strict';

import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { LoginGuard, type LoginStanding } from '../../../../core/isapi/login/login-guard.js';

const REJECTED = { locked: false, unlockSeconds: 0 };
const LOCKED = { locked: true, unlockSeconds: 90 };

describe('login guard', () => {
  let clock: number;
  let guard: LoginGuard;

  beforeEach(() => {
    clock = 0;
    guard = new LoginGuard(() => clock);
  });

  const EVENTS = {
    servedUnsigned: () => guard.servedUnsigned(),
    askedToLogIn: () => guard.askedToLogIn(),
    accepted: () => guard.accepted(),
    suspend: () => void guard.suspend(REJECTED),
    doubt: () => guard.doubt(REJECTED),
    trial: () => pressTwice(),
  };

  function pressTwice(): void {
    guard.beginTrial();
    guard.beginTrial();
  }

  type Event = keyof typeof EVENTS;

  const WAYS: Record<LoginStanding, Event[]> = {
    unverified: [],
    open: ['servedUnsigned'],
    verified: ['accepted'],
    suspended: ['suspend'],
  };
  const CHANGES: Record<LoginStanding, Partial<Record<Event, LoginStanding>>> = {
    unverified: { servedUnsigned: 'open', accepted: 'verified', suspend: 'suspended' },
    open: { askedToLogIn: 'unverified', suspend: 'suspended' },
    verified: { servedUnsigned: 'open', doubt: 'unverified', suspend: 'suspended' },
    suspended: { trial: 'unverified' },
  };

  for (const standing of Object.keys(WAYS) as LoginStanding[]) {
    for (const event of Object.keys(EVENTS) as Event[]) {
      const next = CHANGES[standing][event] ?? standing;
      it(`${standing} is ${next} after ${event}`, () => {
        for (const step of WAYS[standing]) EVENTS[step]();
        assert.equal(guard.standing, standing);
        EVENTS[event]();
        assert.equal(guard.standing, next);
      });
    }
  }

  it('throws while suspended, and not otherwise', () => {
    guard.assertNotSuspended();
    guard.suspend(REJECTED);
    assert.throws(() => guard.assertNotSuspended(), { code: 'UNAUTHORIZED', reason: 'rejected' });
    pressTwice();
    guard.assertNotSuspended();
  });

  it('a rejected password stays suspended for ever, a lock until a second after its end', () => {
    guard.suspend(REJECTED);
    clock = 1e15;
    assert.throws(() => guard.assertNotSuspended(), { code: 'UNAUTHORIZED' });
    guard.suspend(LOCKED);
    clock += 90_999;
    assert.throws(() => guard.assertNotSuspended(), { code: 'LOCKED' });
    assert.equal(guard.standing, 'suspended');
    clock += 1;
    guard.assertNotSuspended();
    assert.equal(guard.standing, 'unverified');
  });

  it('a refusal that comes during another one is the one that counts', () => {
    guard.suspend(LOCKED);
    guard.suspend({ ...REJECTED, triesLeft: 2 });
    clock = 1e9;
    assert.throws(() => guard.assertNotSuspended(), { reason: 'rejectedTries', params: { tries: 2 } });
  });

  for (const [what, state, reason, params] of [
    ['no tries told', REJECTED, 'rejected', {}],
    ['a time until unlock, but no lock', { locked: false, unlockSeconds: 60 }, 'rejected', {}],
    ['no tries left, and no lock', { ...REJECTED, triesLeft: 0 }, 'rejectedTries', { tries: 0 }],
    ['a lock of unknown length', { locked: true, unlockSeconds: 0 }, 'lockedForLong', {}],
    ['a lock of half an hour', { locked: true, unlockSeconds: 1800 }, 'locked', { minutes: 30, seconds: 1801 }],
    ['a lock of a second', { locked: true, unlockSeconds: 1 }, 'locked', { minutes: 1, seconds: 2 }],
  ] as const) {
    it(`gives the same error at once and later: ${what}`, () => {
      const failure = guard.suspend(state);
      assert.ok(failure instanceof HikvisionError);
      assert.deepEqual([failure.reason, { ...failure.params }, failure.cause.httpStatus], [reason, params, 401]);
      assert.throws(() => guard.assertNotSuspended(), { reason, message: failure.message });
    });
  }

  describe('a trial', () => {
    it('is given at the second press within ten minutes, for one answer', () => {
      guard.suspend(REJECTED);
      guard.beginTrial();
      clock = 600_000;
      guard.beginTrial();
      assert.equal(guard.standing, 'suspended');
      clock = 1_199_999;
      guard.beginTrial();
      guard.assertNotSuspended();
      guard.suspend(REJECTED);
      guard.beginTrial();
      assert.throws(() => guard.assertNotSuspended(), { code: 'UNAUTHORIZED' });
    });

    it('takes the last try, and gives it back where it got no answer', () => {
      const another = new LoginGuard(() => clock, guard.account);
      another.suspend({ ...REJECTED, triesLeft: 1 });
      assert.throws(() => guard.assertNotSuspended(), { reason: 'lastTry' });
      pressTwice();
      guard.assertNotSuspended();
      guard.endTrial();
      assert.throws(() => guard.assertNotSuspended(), { reason: 'lastTry' });
      assert.equal(guard.standing, 'unverified');
    });

    it('that got no answer leaves a suspended login suspended; one that succeeded does not', () => {
      guard.suspend({ ...REJECTED, triesLeft: 3 });
      pressTwice();
      guard.endTrial();
      assert.throws(() => guard.assertNotSuspended(), { reason: 'rejectedTries', params: { tries: 3 } });
      pressTwice();
      guard.accepted();
      guard.endTrial();
      assert.equal(guard.standing, 'verified');
    });

    it('is needed by no login that stands well', () => {
      pressTwice();
      guard.suspend(REJECTED);
      guard.endTrial();
      assert.equal(guard.standing, 'suspended');
      guard.beginTrial();
      assert.equal(guard.standing, 'suspended');
    });
  });

  it('a remembered refusal was not sent; one of a call that goes out again may have been', () => {
    guard.suspend(REJECTED);
    assert.throws(() => guard.assertNotSuspended(), { delivery: 'unsent' });
    assert.throws(() => guard.assertNotSuspended('unknown'), { delivery: 'unknown' });
  });

  it('an answer to a call that was signed before a doubt or a refusal does not refute it', () => {
    guard.accepted();
    const then = guard.knownNow;
    guard.doubt({ ...REJECTED, triesLeft: 1 });
    guard.accepted(then);
    assert.equal(guard.standing, 'unverified');
    assert.throws(() => guard.assertNotSuspended(), { reason: 'lastTry' });
  });

  it('says how long the lock still lasts', () => {
    guard.suspend(LOCKED);
    for (const [time, minutes, seconds] of [
      [29_999, 2, 62],
      [30_000, 1, 61],
      [90_500, 1, 1],
    ] as const) {
      clock = time;
      assert.throws(() => guard.assertNotSuspended(), { params: { minutes, seconds } });
    }
  });
});
