import { HikvisionError, type Delivery } from '../../errors/hikvision-error.js';
import { Account, lockedFailure, lockOf, type Lock } from './account.js';
import type { LoginState } from './login-state.js';

/**
 * How a login stands at one terminal: the terminal asks nobody to log in (`open`), the user name and password have not
 * been accepted yet, or not since there was a doubt (`unverified`), they have been (`verified`), or they were refused
 * and are not sent again (`suspended`).
 */
export type LoginStanding = 'open' | 'unverified' | 'verified' | 'suspended';

type LoginEvent = 'servedUnsigned' | 'askedToLogIn' | 'accepted' | 'doubted' | 'refused' | 'resumed';

/** Every transition there is. An event that a standing does not name is an answer that came too late to change it. */
const TRANSITIONS: Readonly<Record<LoginStanding, Partial<Record<LoginEvent, LoginStanding>>>> = {
  open: { askedToLogIn: 'unverified', refused: 'suspended' },
  unverified: { servedUnsigned: 'open', accepted: 'verified', refused: 'suspended' },
  verified: { servedUnsigned: 'open', doubted: 'unverified', refused: 'suspended' },
  suspended: { refused: 'suspended', resumed: 'unverified' },
};

/** Milliseconds for which somebody who was told that a login is held may have it tried all the same. */
const TOLD_MS = 600_000;

/** Why the login is suspended: for a lock, or, with no try or a number of them left, for good. */
export type Suspension = { lock: Lock } | { triesLeft: number | undefined };

/** A refusal that has not been refuted, and when it came (milliseconds on the clock of the login). */
export interface AgainstLogin {
  at: number;
  suspension: Suspension;
}

interface GuardOptions {
  /** What an earlier process has found out. */
  against?: AgainstLogin | undefined;
  /** More speaks against the login or its account: called before anybody gets to know of it. */
  onRefused?: () => void;
  /** Called at each call that the terminal accepted. */
  onAccepted?: () => void;
}

/** What was known when a call was signed. */
export interface KnownThen {
  login: number;
  account: number;
}

/**
 * One user name and password at one terminal, for all connections that use them. Keeps a refused login from being tried
 * again: terminals lock the account after about five wrong logins (official default 1800 s), and a try during the lock
 * prolongs it.
 */
export class LoginGuard {
  private current: LoginStanding = 'unverified';
  /** Of the last refusal, until the login is accepted or may be tried again. */
  private suspension: Suspension | undefined;
  private suspendedAt = 0;
  /** Rises with each refusal and each doubt. */
  private news = 0;
  /** A refusal has been met that may have had another cause. */
  private isDoubted = false;
  private toldAt = -Infinity;
  /** Somebody wants to know what the terminal says, however the login and its account stand. */
  private isTrial = false;

  /**
   * @param now milliseconds on a clock that nobody sets
   * @param account shared by all passwords of the user
   */
  constructor(
    private readonly now: () => number,
    readonly account = new Account(now),
    private readonly options: GuardOptions = {},
  ) {
    const { against } = options;
    if (!against) return;
    this.suspension = against.suspension;
    this.suspendedAt = against.at;
    this.change('refused');
  }

  get standing(): LoginStanding {
    return this.current;
  }

  /** A refusal that is to be remembered, also while a trial is on. */
  get against(): AgainstLogin | undefined {
    const { suspension, suspendedAt: at } = this;
    return suspension && { at, suspension };
  }

  get knownNow(): KnownThen {
    return { login: this.news, account: this.account.news };
  }

  /** The terminal served a request without a login. */
  servedUnsigned(): void {
    this.change('servedUnsigned');
  }

  /** The terminal answered 401. */
  askedToLogIn(): void {
    this.change('askedToLogIn');
  }

  /** The terminal accepted a request that was signed `then`: what has come since is not refuted by it. */
  accepted(then: KnownThen = this.knownNow): void {
    this.account.accepted(then.account);
    if (then.login === this.news) {
      this.isDoubted = false;
      this.isTrial = false;
      this.suspension = undefined;
      this.change('accepted');
    }
    this.options.onAccepted?.();
  }

  /** The terminal refused a nonce that was used before: it may have expired, or the password was changed. */
  doubt(state: LoginState): void {
    this.news += 1;
    this.isDoubted = true;
    this.account.doubted(state);
    this.change('doubted');
    // Most doubts are over with the next answer. One that leaves a single try is told to whoever comes after us.
    if (this.account.isAtLastTry) this.options.onRefused?.();
  }

  /** A call that was signed while the login was not verified was given up before its answer. */
  unanswered(): void {
    if (this.current !== 'unverified') return;
    this.account.unanswered();
    this.options.onRefused?.();
  }

  /** Suspends the login after a refusal: until the account unlocks where the terminal says when, else for good. */
  suspend(state: LoginState): HikvisionError {
    this.news += 1;
    this.account.refused(state, this.isDoubted ? 2 : 1);
    this.suspension = state.locked ? { lock: lockOf(state, this.now(), Infinity) } : { triesLeft: state.triesLeft };
    this.suspendedAt = this.now();
    this.isDoubted = false;
    this.isTrial = false;
    this.change('refused');
    this.options.onRefused?.();
    return refusal(this.suspension, this.now(), 'unknown');
  }

  /**
   * Somebody presses Test connection. A login that is held is refused once more; at the second press within ten minutes
   * it is tried, until the terminal has answered or the trial ends.
   */
  beginTrial(): void {
    if (!this.isHeld()) return;
    const wasTold = this.now() - this.toldAt < TOLD_MS;
    this.toldAt = wasTold ? -Infinity : this.now();
    if (!wasTold) return;
    this.isTrial = true;
    this.change('resumed');
  }

  /** A trial that got no answer leaves everything as it was. */
  endTrial(): void {
    if (!this.isTrial) return;
    this.isTrial = false;
    if (this.suspension) this.change('refused');
  }

  /**
   * Throws while the login, or its account, is not to be tried; costs nothing on the wire.
   * @param delivery of the call that is about to be signed: `unknown` where it has been sent before
   */
  assertNotSuspended(delivery: Delivery = 'unsent'): void {
    if (this.current === 'suspended' && this.suspension) {
      const { suspension } = this;
      if (!('lock' in suspension) || suspension.lock.until > this.now()) {
        throw refusal(suspension, this.now(), delivery);
      }
      this.suspension = undefined;
      this.change('resumed');
    }
    if (!this.isTrial) this.account.assertUsable(this.current === 'verified', delivery);
  }

  private isHeld(): boolean {
    try {
      this.assertNotSuspended();
      return false;
    } catch {
      return true;
    }
  }

  private change(event: LoginEvent): void {
    this.current = TRANSITIONS[this.current][event] ?? this.current;
  }
}

function refusal(suspension: Suspension, now: number, delivery: Delivery): HikvisionError {
  if ('lock' in suspension) return lockedFailure(suspension.lock, now, delivery);
  const facts = { httpStatus: 401, delivery };
  const { triesLeft } = suspension;
  return triesLeft === undefined
    ? HikvisionError.of('rejected', facts)
    : HikvisionError.of('rejectedTries', { ...facts, params: { tries: triesLeft } });
}
