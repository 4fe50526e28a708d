import { HikvisionError } from '../http/failure.js';
import type { HttpReply } from '../http/connection.js';
import { wait } from '../http/wait.js';
import { authorization, type Credentials } from './authorization.js';
import { readOffer, type Challenge } from './challenge.js';
import { readLoginState } from './login-state.js';

export interface SignedCall {
  method: string;
  /** Path and query exactly as in the request line. */
  target: string;
  signal?: AbortSignal;
}

/** Sends the call with these extra headers; `probe` sends a GET without a body instead. */
export type Exchange = (headers: Record<string, string>, kind: 'call' | 'probe') => Promise<HttpReply>;

/** What a terminal's nonces turned out to be like, for a report about a model. */
export interface NonceHabits {
  /** Uses after which this terminal drops a nonce; absent while no such limit was met. */
  uses?: number;
  algorithm?: string;
  qop?: boolean;
}

/** Nonces live about five minutes on the embedded server behind many units, which never says that one is stale. */
const NONCE_MAX_AGE_MS = 240_000;
/** So many nonces in a row that died after the same few uses are taken for the terminal's rule. */
const DEATHS_TO_LEARN = 3;
/** A learnt limit is tried again after so many nonces, since the deaths may have had another cause. */
const NONCES_TO_UNLEARN = 200;
/** A wrong password is answered at once, a capture after up to a minute: silence for this long (ms) means accepted. */
const VERDICT_GRACE_MS = { cold: 2_000, warm: 300 };

interface Nonce {
  challenge: Challenge;
  uses: number;
  since: number;
}

interface Parked {
  code: 'UNAUTHORIZED' | 'LOCKED';
  /** Milliseconds since 1970; Infinity until the settings change. */
  until: number;
  triesLeft?: number;
}

/**
 * The login at one terminal: gets a challenge, reuses its nonce, and remembers a rejection. A rejected user name or
 * password is signed once; from then on every call fails at once, because terminals lock the account after
 * about five wrong logins (official default 1800 s) and a try during the lock prolongs it.
 *
 * Errors: `UNAUTHORIZED`, `LOCKED`, `NOT_CONFIGURED` (login wanted, none set), `BASIC_REFUSED`, `BAD_REPLY`,
 * and whatever the exchange throws.
 */
export class DigestSession {
  private nonce: Nonce | undefined;
  private parked: Parked | undefined;
  private confirmed = false;
  /** The terminal asked nobody to log in so far; the first 401 shows that it does. */
  private open = false;
  private readonly undecided = new Set<Promise<void>>();
  private signing: Promise<unknown> = Promise.resolve();
  private deaths: number[] = [];
  private usesAllowed = Infinity;
  private noncesSinceLearnt = 0;
  private lastChallenge: Challenge | undefined;

  constructor(
    private readonly credentials: Credentials | undefined,
    private readonly now: () => number = Date.now,
  ) {}

  /** What was learnt about this terminal's nonces. */
  get habits(): NonceHabits {
    return {
      ...(this.usesAllowed === Infinity ? {} : { uses: this.usesAllowed }),
      ...(this.lastChallenge ? { algorithm: this.lastChallenge.algorithm ?? 'none', qop: this.lastChallenge.qop } : {}),
    };
  }

  /** Throws while the session is parked after a rejection; costs nothing on the wire. */
  assertNotParked(): void {
    const { parked } = this;
    if (!parked) return;
    const left = parked.until - this.now();
    if (left <= 0) {
      this.parked = undefined;
      return;
    }
    throw rejection(parked.code, left, parked.triesLeft);
  }

  /** Sends the call, signed where the terminal wants that, and gives the reply, which is never a 401. */
  async send(call: SignedCall, exchange: Exchange): Promise<HttpReply> {
    this.assertNotParked();
    if (!this.credentials) return this.sendWithoutLogin(exchange);
    const signed = await this.sign(call, exchange);
    if (signed.kind === 'reply') return signed.reply;
    if (signed.kind === 'open') {
      const reply = await exchange({}, 'call');
      if (reply.status !== 401) return reply;
      this.open = false;
      return this.refused(call, reply, exchange, false);
    }
    const reply = await signed.answer;
    if (reply.status !== 401) return this.accepted(reply, signed.nonce);
    if (!signed.fresh) this.nonceDied(signed.nonce);
    return this.refused(call, reply, exchange, signed.fresh);
  }

  private async sendWithoutLogin(exchange: Exchange): Promise<HttpReply> {
    const reply = await exchange({}, 'call');
    if (reply.status === 401) throw new HikvisionError('NOT_CONFIGURED', { text: 'loginWanted', httpStatus: 401 });
    return reply;
  }

  /**
   * One signature at a time, and none while an earlier one may still turn out to be a wrong password: so twenty
   * messages at start-up fetch one challenge, and fifty with a wrong password cost one try.
   */
  private sign(call: SignedCall, exchange: Exchange): Promise<Signed> {
    return this.inTurn(call, async () => {
      if (this.open) return { kind: 'open' };
      const usable = this.usableNonce();
      if (usable) return this.signWith(usable, call, exchange);
      // A GET is its own probe. Any other probe is a GET too: without a body and, whatever the path, harmless.
      const isOwnProbe = call.method === 'GET';
      const probe = await exchange({}, isOwnProbe ? 'call' : 'probe');
      if (probe.status === 401) return this.signWith(this.freshNonce(probe), call, exchange);
      this.open = true;
      return isOwnProbe ? { kind: 'reply', reply: probe } : { kind: 'open' };
    });
  }

  private inTurn<T>(call: SignedCall, job: () => Promise<T>): Promise<T> {
    const turn = this.signing.then(async () => {
      call.signal?.throwIfAborted();
      await this.verdicts(call.signal);
      this.assertNotParked();
      return job();
    });
    this.signing = turn.catch(() => undefined);
    return turn;
  }

  /** Waits until every signature that is on its way is accepted or refused, or silence says that it was accepted. */
  private async verdicts(signal?: AbortSignal): Promise<void> {
    if (this.undecided.size === 0) return;
    const enough = new AbortController();
    const grace = wait(
      this.confirmed ? VERDICT_GRACE_MS.warm : VERDICT_GRACE_MS.cold,
      signal ? AbortSignal.any([signal, enough.signal]) : enough.signal,
    ).catch(() => undefined);
    await Promise.race([Promise.all(this.undecided), grace]);
    enough.abort();
    signal?.throwIfAborted();
  }

  private signWith(nonce: Nonce, call: SignedCall, exchange: Exchange): Sent {
    const credentials = this.credentials ?? { username: '', password: '' };
    nonce.uses += 1;
    const header = authorization(credentials, nonce.challenge, nonce.uses, call.method, call.target);
    const answer = exchange({ Authorization: header }, 'call');
    const decided = answer.then(
      () => undefined,
      () => undefined,
    );
    this.undecided.add(decided);
    void decided.then(() => this.undecided.delete(decided));
    return { kind: 'sent', nonce, fresh: nonce.uses === 1, answer };
  }

  /**
   * A 401 to a signed call. On a reused nonce it means nothing yet: the call is repeated once with a fresh
   * challenge. On a fresh one it means a wrong user or password, and the session is parked.
   */
  private async refused(call: SignedCall, reply: HttpReply, exchange: Exchange, fresh: boolean): Promise<HttpReply> {
    const { challenge } = readOffer(reply.challenges);
    if (fresh && challenge?.stale !== true) throw this.park(reply);
    const repeat = await this.inTurn(call, async () => {
      const source = challenge ? reply : await exchange({}, 'probe');
      return this.signWith(this.freshNonce(source), call, exchange);
    });
    const answer = await repeat.answer;
    if (answer.status === 401) throw this.park(answer);
    return this.accepted(answer, repeat.nonce);
  }

  private accepted(reply: HttpReply, nonce: Nonce): HttpReply {
    this.confirmed = true;
    const info = reply.headers['authentication-info'];
    const next = typeof info === 'string' ? /nextnonce="([^"]+)"/i.exec(info)?.[1] : undefined;
    if (next !== undefined && this.nonce === nonce) {
      this.nonce = { challenge: { ...nonce.challenge, nonce: next }, uses: 0, since: this.now() };
    }
    return reply;
  }

  private usableNonce(): Nonce | undefined {
    const { nonce } = this;
    if (!nonce) return undefined;
    const usable = nonce.uses < this.usesAllowed && this.now() - nonce.since < NONCE_MAX_AGE_MS;
    return usable ? nonce : undefined;
  }

  private freshNonce(reply: HttpReply): Nonce {
    const { challenge, basic } = readOffer(reply.challenges);
    if (!challenge) {
      if (basic) throw new HikvisionError('BASIC_REFUSED', { httpStatus: reply.status });
      throw new HikvisionError('BAD_REPLY', { text: 'noChallenge', httpStatus: reply.status });
    }
    this.lastChallenge = challenge;
    this.noncesSinceLearnt += 1;
    if (this.noncesSinceLearnt > NONCES_TO_UNLEARN) this.usesAllowed = Infinity;
    this.nonce = { challenge, uses: 0, since: this.now() };
    return this.nonce;
  }

  private nonceDied(nonce: Nonce): void {
    if (this.nonce === nonce) this.nonce = undefined;
    this.deaths = [...this.deaths.slice(1 - DEATHS_TO_LEARN), nonce.uses - 1];
    const [uses] = this.deaths;
    if (uses !== undefined && this.deaths.length === DEATHS_TO_LEARN && this.deaths.every((death) => death === uses)) {
      this.usesAllowed = uses;
      this.noncesSinceLearnt = 0;
    }
  }

  private park(reply: HttpReply): HikvisionError {
    const { locked, unlockSeconds, triesLeft } = readLoginState(reply.body);
    const code = locked ? 'LOCKED' : 'UNAUTHORIZED';
    const until = locked && unlockSeconds > 0 ? this.now() + unlockSeconds * 1000 : Infinity;
    this.nonce = undefined;
    this.parked = { code, until, ...(triesLeft === undefined ? {} : { triesLeft }) };
    return rejection(code, until - this.now(), triesLeft);
  }
}

interface Sent {
  kind: 'sent';
  nonce: Nonce;
  /** The nonce was used for the first time: a 401 is about user or password. */
  fresh: boolean;
  answer: Promise<HttpReply>;
}

type Signed = Sent | { kind: 'open' } | { kind: 'reply'; reply: HttpReply };

function rejection(code: Parked['code'], leftMs: number, triesLeft: number | undefined): HikvisionError {
  if (code === 'LOCKED') {
    return new HikvisionError('LOCKED', {
      text: leftMs === Infinity ? 'lockedForLong' : 'LOCKED',
      httpStatus: 401,
      params: { minutes: Math.ceil(leftMs / 60_000), seconds: Math.ceil(leftMs / 1000) },
    });
  }
  return new HikvisionError('UNAUTHORIZED', {
    text: triesLeft === undefined ? 'UNAUTHORIZED' : 'unauthorizedTries',
    httpStatus: 401,
    params: { tries: triesLeft ?? 0 },
  });
}
