import { HikvisionError, type Delivery } from '../../errors/hikvision-error.js';
import { SerialQueue } from '../../http/turns/serial-queue.js';
import type { LoginState } from './login-state.js';
import { PendingSignatures } from './pending-signatures.js';

/** Terminals round the time until unlock down to seconds; a try in the last one prolongs the lock. */
const UNLOCK_MARGIN_MS = 1_000;
/** The official default, for a terminal that does not say how long its lock lasts. */
const USUAL_LOCK_MS = 1_800_000;
/** Wrong logins in a row that lock the account, for a terminal that does not count them aloud. */
const USUAL_TRIES = 5;

/** A lock that the terminal told of; milliseconds on the clock of the login. */
export interface Lock {
  /** Infinity where nobody knows. */
  until: number;
}

/** What speaks against an account, and since when (milliseconds on the clock of the login). */
export interface AgainstAccount {
  at: number;
  lock: Lock | undefined;
  /** Told or, where the terminal does not tell, counted. */
  triesLeft: number | undefined;
}

/** How long a lock lasts by what the terminal says; `untold` where it does not say. */
export function lockOf({ unlockSeconds }: LoginState, now: number, untold: number): Lock {
  return { until: now + (unlockSeconds > 0 ? unlockSeconds * 1000 : untold) + UNLOCK_MARGIN_MS };
}

/** `LOCKED`, with the minutes that are left where they are known. */
export function lockedFailure({ until }: Lock, now: number, delivery: Delivery): HikvisionError {
  const facts = { httpStatus: 401, delivery };
  const leftMs = until - now;
  if (leftMs === Infinity) return HikvisionError.of('lockedForLong', facts);
  const minutes = Math.max(1, Math.ceil((leftMs - UNLOCK_MARGIN_MS) / 60_000));
  return HikvisionError.of('locked', { ...facts, params: { minutes, seconds: Math.ceil(leftMs / 1000) } });
}

/**
 * One user name at one terminal: a lock, and the tries that are left before it, hold for every password of that user.
 * The last try is never taken for a password that has not been accepted yet: it might be what locks the account. Nor
 * are two signed at once that may both be wrong, whatever connections and passwords they come from.
 */
export class Account {
  readonly pending: PendingSignatures;
  /** For calls that may not be signed beside another one. */
  readonly turns = new SerialQueue();
  private lock: Lock | undefined;
  /** Told or, where the terminal does not tell, counted; undefined where nothing was refused since the last success. */
  private triesLeft: number | undefined;
  private newsCount = 0;
  private newsAt = 0;

  /**
   * @param now milliseconds on a clock that nobody sets
   * @param against what an earlier process has found out
   */
  constructor(
    private readonly now: () => number,
    against?: AgainstAccount,
  ) {
    this.pending = new PendingSignatures(now);
    this.lock = against?.lock;
    this.triesLeft = against?.triesLeft;
    this.newsAt = against?.at ?? 0;
  }

  /** Rises with everything that speaks against the account. */
  get news(): number {
    return this.newsCount;
  }

  /** Whether there is nothing to remember. */
  get isClear(): boolean {
    return this.lock === undefined && this.triesLeft === undefined;
  }

  get against(): AgainstAccount | undefined {
    const { lock, triesLeft, newsAt: at } = this;
    return this.isClear ? undefined : { at, lock, triesLeft };
  }

  /** Whether the next wrong login may be the one that locks it. */
  get isAtLastTry(): boolean {
    return this.triesLeft !== undefined && this.triesLeft <= 1;
  }

  /** @param signatures how many of ours the terminal has counted since the one before */
  refused(state: LoginState, signatures: number): void {
    this.heard();
    this.lock = state.locked ? lockOf(state, this.now(), USUAL_LOCK_MS) : undefined;
    this.triesLeft = state.locked ? undefined : (triesTold(state) ?? this.countedDown(signatures));
  }

  /** A refusal that may have another cause than the password. */
  doubted(state: LoginState): void {
    this.heard();
    this.triesLeft = triesTold(state) ?? this.triesLeft;
  }

  /** A signed call was given up before its answer, which may have been a refusal. */
  unanswered(): void {
    this.heard();
    this.triesLeft = this.countedDown(1);
  }

  /** @param news as they stood when the accepted call was signed: what came since is not refuted by it */
  accepted(news: number): void {
    if (news !== this.newsCount) return;
    this.lock = undefined;
    this.triesLeft = undefined;
  }

  /** @throws HikvisionError `LOCKED`, or `UNAUTHORIZED` where only a login that is known to be right may be sent */
  assertUsable(isVerified: boolean, delivery: Delivery): void {
    const { lock } = this;
    if (lock) {
      if (lock.until > this.now()) throw lockedFailure(lock, this.now(), delivery);
      this.lock = undefined;
    }
    if (isVerified || !this.isAtLastTry) return;
    throw HikvisionError.of('lastTry', { httpStatus: 401, delivery });
  }

  private heard(): void {
    this.newsCount += 1;
    this.newsAt = this.now();
  }

  private countedDown(signatures: number): number {
    return Math.max(0, (this.triesLeft ?? USUAL_TRIES) - signatures);
  }
}

/** None left and yet no lock is no count, but a terminal that does not count aloud. */
function triesTold({ triesLeft }: LoginState): number | undefined {
  return triesLeft === 0 ? undefined : triesLeft;
}
