import type { Reply } from '../../server/reply.js';
import type { TerminalClock } from '../behaviour/clock.js';
import type { Emit } from '../behaviour/events.js';
import type { RequestLog, RequestRecord } from '../behaviour/request-log.js';
import { xmlReply } from '../protocol/replies.js';
import { DigestVerifier, type ChallengeSettings, type Verdict } from './digest-verifier.js';
import { LockOut } from './lock-out.js';

export interface LoginSettings {
  /** Without a user name it asks for no login. */
  username?: string;
  password?: string;
  challenge?: ChallengeSettings;
  /** Wrong logins in a row that lock the account; default: as the model. */
  tries?: number;
  /** Simulated seconds of a lock; default 1800. */
  lockSeconds?: number;
}

/** Who is let in: the login of one terminal, with its count of wrong logins and its lock. */
export class Login {
  private readonly lockOut: LockOut;
  /** Undefined where no login is asked for. */
  private readonly verifier: DigestVerifier | undefined;
  private readonly closes: boolean;

  constructor(
    settings: LoginSettings,
    realm: string,
    private readonly clock: TerminalClock,
    private readonly log: RequestLog,
    private readonly emit: Emit,
  ) {
    const { username, password = '', challenge = {}, tries = 5, lockSeconds = 1800 } = settings;
    const now = (): number => clock.now();
    this.closes = challenge.closes === true;
    this.lockOut = new LockOut(tries, lockSeconds, now);
    if (username !== undefined && username !== '') {
      this.verifier = new DigestVerifier({ username, password, realm }, challenge, now);
    }
  }

  /** The 401 answer, or undefined for a request that may pass. */
  check(authorization: string | undefined, record: RequestRecord): Reply | undefined {
    const { verifier, log } = this;
    if (!verifier) return undefined;
    const { method, target } = record;
    if (authorization === undefined) {
      log.counters.challenges += 1;
      if (record.bodyBytes > 0) log.counters.unsignedBodies += 1;
      return unsignedReply(verifier.challenges(target, false), this.closes);
    }
    if (/^Basic\b/i.test(authorization)) {
      log.counters.basicAnswers += 1;
      record.reason = 'Basic';
      return unsignedReply(verifier.challenges(target, false), this.closes);
    }
    const { outcome, reason, first } = verifier.verify({ method, target, authorization });
    if (outcome === 'ok' && this.lockOut.rightPassword()) {
      if (first === true) record.newLogin = true;
      return undefined;
    }
    record.reason = outcome === 'ok' ? 'locked' : reason;
    this.count(outcome);
    const challenges = outcome === 'spent' ? [] : verifier.challenges(target, outcome === 'stale');
    return { ...this.stateReply(401), challenges };
  }

  /** A 401 for no reason. */
  rejection(target: string): Reply {
    return { ...this.stateReply(401), challenges: this.verifier?.challenges(target, false) ?? [] };
  }

  /** The userCheck document: whether the account is locked, and how many tries are left. */
  stateReply(httpStatus: number): Reply {
    return xmlReply(
      'userCheck',
      {
        ...userCheck(httpStatus),
        lockStatus: this.lockOut.remaining > 0 ? 'lock' : 'unlock',
        unlockTime: this.unlockTime,
        retryLoginTime: this.lockOut.triesLeft,
      },
      httpStatus,
    );
  }

  /** Somebody gives the user another password; does nothing where no login is asked for. */
  changePassword(password: string): void {
    this.verifier?.changePassword(password);
  }

  /** The nonces that were given are unknown from now on. */
  forgetNonces(): void {
    this.verifier?.forgetNonces();
  }

  /** No wrong logins, no lock. */
  reset(): void {
    this.lockOut.clear();
  }

  private count(outcome: Verdict['outcome']): void {
    const { counters } = this.log;
    switch (outcome) {
      // The password was right, but the account is locked.
      case 'ok':
        counters.lockedRejections += 1;
        break;
      case 'wrong':
        counters.signedRejections += 1;
        this.countWrongPassword();
        break;
      case 'repeatedNc':
        counters.repeatedNc += 1;
        break;
      case 'spent':
      case 'stale':
        counters.staleRejections += 1;
        break;
    }
  }

  private countWrongPassword(): void {
    const wasLocked = this.lockOut.remaining > 0;
    this.lockOut.wrongPassword();
    this.emit({ event: 'login rejected', triesLeft: this.lockOut.triesLeft });
    if (!wasLocked && this.lockOut.remaining > 0) this.emit({ event: 'locked', unlockTime: this.unlockTime });
  }

  /** Whole real seconds until the lock ends. */
  private get unlockTime(): number {
    return Math.ceil(this.clock.real(this.lockOut.remaining));
  }
}

/** The 401 to a request without a Digest login: it tells nothing of the account, and calls its XML JSON. */
function unsignedReply(challenges: string[], close: boolean): Reply {
  return { ...xmlReply('userCheck', userCheck(401), 401), contentType: 'application/json', challenges, close };
}

function userCheck(httpStatus: number): { statusValue: number; statusString: string; isActivated: boolean } {
  return { statusValue: httpStatus, statusString: httpStatus === 200 ? 'OK' : 'Unauthorized', isActivated: true };
}
