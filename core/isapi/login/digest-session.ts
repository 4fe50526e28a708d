import { performance } from 'node:perf_hooks';

import { HikvisionError } from '../../errors/hikvision-error.js';
import type { Headers, HttpReply } from '../../http/connection.js';
import { SerialQueue } from '../../http/serial-queue.js';
import { unlessAborted, wait } from '../../http/wait.js';
import { authorization, type Credentials } from './authorization.js';
import { readOffer, type Challenge } from './challenge.js';
import { readLoginState } from './login-state.js';

export interface SignedCall {
  method: string;
  /** Path and query exactly as in the request line. */
  target: string;
  /** The terminal may be silent for a minute after it has accepted the login, as in a capture. */
  blocks?: boolean;
  signal?: AbortSignal;
}

/**
 * Sends the call with the headers that `sign` gives, asked anew for each attempt, so that no signature goes twice;
 * `probe` sends a GET without a body instead.
 */
export type Exchange = (sign: () => Headers, kind: 'call' | 'probe') => Promise<HttpReply>;

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
/**
 * A wrong password is answered at once, a capture after up to a minute: a call that blocks and is silent for this
 * long (ms) counts as accepted. On a warm session it is ten round trips, between these bounds.
 */
const SILENCE_MS = { cold: 2_000, least: 100, most: 2_000, roundTrips: 10 };
/** Terminals round the time until unlock down to seconds; a try in the last one prolongs the lock. */
const UNLOCK_MARGIN_MS = 1_000;

interface Nonce {
  challenge: Challenge;
  uses: number;
  since: number;
}

interface Parked {
  code: 'UNAUTHORIZED' | 'LOCKED';
  /** On the session's clock; Infinity until the settings change. */
  until: number;
  triesLeft?: number;
}

/** A call on its way. */
interface Sent {
  answer: Promise<HttpReply>;
  /** Absent where the call went unsigned. */
  signature?: { nonce: Nonce; fresh: boolean; count: number; nc: number };
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
  /** Signed calls that are neither accepted nor refused yet. */
  private readonly undecided = new Set<Promise<void>>();
  private readonly turns = new SerialQueue();
  private roundTripMs = 0;
  private deaths: number[] = [];
  private usesAllowed = Infinity;
  private noncesSinceLearnt = 0;
  private lastChallenge: Challenge | undefined;

  /** @param now milliseconds on a clock that nobody sets */
  constructor(
    private readonly credentials: Credentials | undefined,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** What was learnt about this terminal's nonces. */
  get habits(): NonceHabits {
    return {
      ...(this.usesAllowed === Infinity ? {} : { uses: this.usesAllowed }),
      ...(this.lastChallenge ? { algorithm: this.lastChallenge.algorithm ?? 'none', qop: this.lastChallenge.qop } : {}),
    };
  }

  /** Forgets a rejection: a person has seen the same login accepted. */
  release(): void {
    this.parked = undefined;
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
    const { credentials } = this;
    if (!credentials) return sendWithoutLogin(exchange);
    const first =
      this.startNow(credentials, call, exchange) ??
      (await this.inTurn(call, () => this.start(credentials, call, exchange)));
    const reply = await first.answer;
    if (reply.status !== 401) return this.accepted(reply, first);
    this.open = false;
    const { challenge } = readOffer(reply.challenges);
    const { signature } = first;
    // On a reused nonce a 401 means nothing yet; on a fresh one, signed once, it is about user or password.
    if (signature?.fresh && signature.count === 1 && challenge?.stale !== true) throw this.park(reply);
    if (signature) this.nonceDied(signature.nonce, signature.nc);
    const second = await this.inTurn(call, async () => {
      const source = challenge ? reply : await exchange(noHeaders, 'probe');
      // Only a GET is answered by its probe; a terminal in trouble is in trouble for any call.
      const answered = source.status >= 500 || (source.status !== 401 && call.method === 'GET');
      if (answered) return { answer: Promise.resolve(source) };
      return this.sign(credentials, this.freshNonce(source), true, call, exchange);
    });
    const answer = await second.answer;
    if (answer.status === 401) throw this.park(answer);
    return this.accepted(answer, second);
  }

  /**
   * One signature at a time, and none while an earlier one may still turn out to be a wrong password: so twenty
   * messages at start-up fetch one challenge, and fifty with a wrong password cost one try.
   */
  private inTurn(call: SignedCall, job: () => Promise<Sent>): Promise<Sent> {
    return this.turns.run(
      async () => {
        this.assertNotParked();
        if (this.undecided.size > 0) await this.verdicts(call.signal);
        return job();
      },
      Infinity,
      call.signal,
    );
  }

  /** Waits until every signature that is on its way is accepted or refused, or silence says that it was accepted. */
  private async verdicts(signal?: AbortSignal): Promise<void> {
    const decided = Promise.all(this.undecided);
    await (signal ? unlessAborted(decided, signal) : decided);
    this.assertNotParked();
  }

  /** The usual case without its turn: nobody is before this call, nothing is undecided, and the nonce is good. */
  private startNow(credentials: Credentials, call: SignedCall, exchange: Exchange): Sent | undefined {
    if (this.turns.isBusy || this.undecided.size > 0 || this.open) return undefined;
    const usable = this.usableNonce();
    return usable && this.sign(credentials, usable, false, call, exchange);
  }

  private async start(credentials: Credentials, call: SignedCall, exchange: Exchange): Promise<Sent> {
    if (this.open) return unsigned(exchange(noHeaders, 'call'));
    const usable = this.usableNonce();
    if (usable) return this.sign(credentials, usable, false, call, exchange);
    // A GET is its own probe. Any other probe is a GET too: without a body and, whatever the path, harmless.
    const isOwnProbe = call.method === 'GET';
    const probe = await exchange(noHeaders, isOwnProbe ? 'call' : 'probe');
    if (probe.status === 401) return this.sign(credentials, this.freshNonce(probe), true, call, exchange);
    this.open = probe.status < 500;
    return unsigned(isOwnProbe ? Promise.resolve(probe) : exchange(noHeaders, 'call'));
  }

  private sign(credentials: Credentials, nonce: Nonce, fresh: boolean, call: SignedCall, exchange: Exchange): Sent {
    const signature = { nonce, fresh, count: 0, nc: 0 };
    const { method, target, blocks = false } = call;
    const startedAt = this.now();
    const answer = exchange(() => {
      nonce.uses += 1;
      signature.count += 1;
      signature.nc = nonce.uses;
      return { Authorization: authorization(credentials, nonce.challenge, nonce.uses, method, target) };
    }, 'call');
    const decide = (): void => void this.undecided.delete(decided);
    const answered = (): void => {
      this.roundTripMs = this.now() - startedAt;
      decide();
    };
    const decided = blocks ? this.unlessSilent(answer).then(decide) : answer.then(answered, decide);
    this.undecided.add(decided);
    return { answer, signature };
  }

  private async unlessSilent(answer: Promise<unknown>): Promise<void> {
    const { cold, least, most, roundTrips } = SILENCE_MS;
    const graceMs = this.confirmed ? Math.min(most, Math.max(least, roundTrips * this.roundTripMs)) : cold;
    const answered = new AbortController();
    const stop = (): void => answered.abort();
    answer.then(stop, stop);
    await wait(graceMs, answered.signal).catch(() => undefined);
  }

  private accepted(reply: HttpReply, { signature }: Sent): HttpReply {
    if (!signature) return reply;
    // Some answers about a locked account are no 401.
    if (reply.status >= 400 && readLoginState(reply.body).locked) throw this.park(reply);
    this.confirmed = true;
    const { nonce } = signature;
    const next = nextNonce(reply);
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

  /** The nonce of a 401, unless it says that the account is locked: a signed try would prolong the lock. */
  private freshNonce(reply: HttpReply): Nonce {
    if (readLoginState(reply.body).locked) throw this.park(reply);
    const { challenge, basic } = readOffer(reply.challenges);
    if (!challenge) {
      if (basic) throw HikvisionError.of('basicOnly', { httpStatus: reply.status });
      throw HikvisionError.of('noChallenge', { httpStatus: reply.status });
    }
    this.lastChallenge = challenge;
    this.noncesSinceLearnt += 1;
    if (this.noncesSinceLearnt > NONCES_TO_UNLEARN) this.usesAllowed = Infinity;
    this.nonce = { challenge, uses: 0, since: this.now() };
    return this.nonce;
  }

  /** Learns from a nonce whose use number `nc` was refused. */
  private nonceDied(nonce: Nonce, nc: number): void {
    if (this.nonce === nonce) this.nonce = undefined;
    this.deaths = [...this.deaths.slice(1 - DEATHS_TO_LEARN), nc - 1];
    const [uses] = this.deaths;
    if (
      uses !== undefined &&
      uses > 0 &&
      this.deaths.length === DEATHS_TO_LEARN &&
      this.deaths.every((death) => death === uses)
    ) {
      this.usesAllowed = uses;
      this.noncesSinceLearnt = 0;
    }
  }

  private park(reply: HttpReply): HikvisionError {
    const { locked, unlockSeconds, triesLeft } = readLoginState(reply.body);
    const code = locked ? 'LOCKED' : 'UNAUTHORIZED';
    const until = locked && unlockSeconds > 0 ? this.now() + unlockSeconds * 1000 + UNLOCK_MARGIN_MS : Infinity;
    this.nonce = undefined;
    this.confirmed = false;
    this.parked = { code, until, ...(triesLeft === undefined ? {} : { triesLeft }) };
    return rejection(code, until - this.now(), triesLeft);
  }
}

async function sendWithoutLogin(exchange: Exchange): Promise<HttpReply> {
  const reply = await exchange(noHeaders, 'call');
  if (reply.status === 401) throw HikvisionError.of('loginWanted', { httpStatus: 401 });
  return reply;
}

function noHeaders(): Headers {
  return {};
}

/** A call that goes without a signature; where nobody awaits it any more, its failure is nobody's. */
function unsigned(answer: Promise<HttpReply>): Sent {
  answer.catch(() => undefined);
  return { answer };
}

/** The nonce that an accepted reply gives for the next call. */
function nextNonce(reply: HttpReply): string | undefined {
  const info = reply.headers['authentication-info'];
  if (typeof info !== 'string') return undefined;
  const [, quoted, plain] = /(?:^|[\s,])nextnonce\s*=\s*(?:"([^"\\]+)"|([^\s",]+))/i.exec(info) ?? [];
  return quoted ?? plain;
}

function rejection(code: Parked['code'], leftMs: number, triesLeft: number | undefined): HikvisionError {
  if (code === 'LOCKED') {
    if (leftMs === Infinity) return HikvisionError.of('lockedForLong', { httpStatus: 401 });
    return HikvisionError.of('locked', {
      httpStatus: 401,
      params: {
        minutes: Math.max(1, Math.ceil((leftMs - UNLOCK_MARGIN_MS) / 60_000)),
        seconds: Math.ceil(leftMs / 1000),
      },
    });
  }
  return triesLeft === undefined
    ? HikvisionError.of('rejected', { httpStatus: 401 })
    : HikvisionError.of('rejectedTries', { httpStatus: 401, params: { tries: triesLeft } });
}
