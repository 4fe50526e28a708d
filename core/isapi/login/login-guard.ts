import { HikvisionError } from '../../errors/hikvision-error.js';
import type { LoginState } from './login-state.js';

/**
 * How the login stands at one terminal: it asks nobody to log in (`open`), the user name and password have not been
 * accepted yet (`unverified`) or have been (`verified`), or they were refused and are not sent again (`suspended`).
 */
export type LoginStanding = 'open' | 'unverified' | 'verified' | 'suspended';

type LoginEvent = 'servedUnsigned' | 'askedToLogIn' | 'accepted' | 'refused' | 'resumed';

/** Every transition there is. An event that a standing does not name is an answer that came too late to change it. */
const TRANSITIONS: Readonly<Record<LoginStanding, Partial<Record<LoginEvent, LoginStanding>>>> = {
  open: { askedToLogIn: 'unverified', refused: 'suspended' },
  unverified: { servedUnsigned: 'open', accepted: 'verified', refused: 'suspended' },
  verified: { servedUnsigned: 'open', refused: 'suspended' },
  suspended: { refused: 'suspended', resumed: 'unverified' },
};

/** Terminals round the time until unlock down to seconds; a try in the last one prolongs the lock. */
const UNLOCK_MARGIN_MS = 1_000;

interface Suspension {
  code: 'UNAUTHORIZED' | 'LOCKED';
  /** On the guard's clock; Infinity until the settings change. */
  until: number;
  triesLeft: number | undefined;
}

/**
 * Keeps a refused login from being tried again: terminals lock the account after about five wrong logins (official
 * default 1800 s), and a try during the lock prolongs it.
 */
export class LoginGuard {
  private current: LoginStanding = 'unverified';
  /** Of the last refusal. */
  private suspension: Suspension | undefined;

  /** @param now milliseconds on a clock that nobody sets */
  constructor(private readonly now: () => number) {}

  get standing(): LoginStanding {
    return this.current;
  }

  /** The terminal served a request without a login. */
  servedUnsigned(): void {
    this.change('servedUnsigned');
  }

  /** The terminal answered 401. */
  askedToLogIn(): void {
    this.change('askedToLogIn');
  }

  /** The terminal accepted a signed request. */
  accepted(): void {
    this.change('accepted');
  }

  /** Suspends the login after a refusal: until the account unlocks where the terminal says when, else for good. */
  suspend({ locked, unlockSeconds, triesLeft }: LoginState): HikvisionError {
    const isTimed = locked && unlockSeconds > 0;
    this.suspension = {
      code: locked ? 'LOCKED' : 'UNAUTHORIZED',
      until: isTimed ? this.now() + unlockSeconds * 1000 + UNLOCK_MARGIN_MS : Infinity,
      triesLeft,
    };
    this.change('refused');
    return refusal(this.suspension, this.now());
  }

  /** Lets a suspended login be tried again. */
  resume(): void {
    this.change('resumed');
  }

  /** Throws while the login is suspended; costs nothing on the wire. */
  assertNotSuspended(): void {
    if (this.current !== 'suspended' || !this.suspension) return;
    if (this.suspension.until > this.now()) throw refusal(this.suspension, this.now());
    this.resume();
  }

  private change(event: LoginEvent): void {
    this.current = TRANSITIONS[this.current][event] ?? this.current;
  }
}

function refusal({ code, until, triesLeft }: Suspension, now: number): HikvisionError {
  const httpStatus = 401;
  if (code === 'UNAUTHORIZED') {
    return triesLeft === undefined
      ? HikvisionError.of('rejected', { httpStatus })
      : HikvisionError.of('rejectedTries', { httpStatus, params: { tries: triesLeft } });
  }
  const leftMs = until - now;
  if (leftMs === Infinity) return HikvisionError.of('lockedForLong', { httpStatus });
  const minutes = Math.max(1, Math.ceil((leftMs - UNLOCK_MARGIN_MS) / 60_000));
  return HikvisionError.of('locked', { httpStatus, params: { minutes, seconds: Math.ceil(leftMs / 1000) } });
}
