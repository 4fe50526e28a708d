import { performance } from 'node:perf_hooks';

import { HikvisionError } from '../../errors/hikvision-error.js';
import type { Headers, HttpReply } from '../../http/connection.js';
import type { SerialQueue } from '../../http/turns/serial-queue.js';
import { Signer, type Credentials, type RequestLine } from './digest/authorization.js';
import { readOffer } from './digest/challenge.js';
import { LoginGuard, type KnownThen } from './login-guard.js';
import { readLoginState, type LoginState } from './login-state.js';
import { NonceCache, type Nonce, type NonceStatistics } from './digest/nonce-cache.js';
import { RequestsToCome } from './digest/requests-to-come.js';
import type { PendingSignatures } from './pending-signatures.js';

export interface SignedCall extends RequestLine {
  /** The terminal may be silent for a minute after it has accepted the login, as in a capture. */
  blocks?: boolean;
  signal?: AbortSignal;
}

/**
 * Sends the call with the headers that `sign` gives, asked anew for each attempt, so that no signature goes twice;
 * `probe` sends a GET without a body instead.
 */
export type Exchange = (sign: () => Headers, kind: 'call' | 'probe') => Promise<HttpReply>;

/** A call, and what it is sent with. */
interface Outgoing {
  call: SignedCall;
  exchange: Exchange;
  credentials: Credentials;
}

interface Signature {
  nonce: Nonce;
  /** A challenge fetched for this very call, or kept from earlier ones. */
  nonceFrom: 'challenge' | 'cache';
  /** How often the call was signed: more than once where it went out again on another socket. */
  times: number;
  /** The nc of the last time. */
  nc: number;
  /** What was known when it was signed first. */
  then: KnownThen;
}

/** A call on its way. */
interface Sent {
  answer: Promise<HttpReply>;
  /** Absent where the call went unsigned. */
  signature?: Signature;
}

/**
 * The login of one connection: gets a challenge, reuses its nonce, and never tries a refused user name or password again
 * by itself: from then on every call fails at once, also those of other connections with the same login.
 *
 * Errors: `UNAUTHORIZED`, `LOCKED`, `NOT_CONFIGURED` (login wanted, none set), `BASIC_REFUSED`, `BAD_REPLY`,
 * and whatever the exchange throws.
 */
export class DigestSession {
  private readonly nonces: NonceCache;
  private readonly pending: PendingSignatures;
  private readonly turns: SerialQueue;
  private readonly toCome = new RequestsToCome();

  /**
   * @param now milliseconds on a clock that nobody sets
   * @param guard of these credentials at this terminal
   */
  constructor(
    private readonly credentials: Credentials | undefined,
    now: () => number = () => performance.now(),
    private readonly guard = new LoginGuard(now),
  ) {
    this.nonces = new NonceCache(now);
    ({ pending: this.pending, turns: this.turns } = guard.account);
  }

  get nonceStatistics(): NonceStatistics {
    return this.nonces.statistics;
  }

  /**
   * Says what is going to be sent, in its order, in place of what was said before, so that signatures for it can be
   * computed at once. Nothing else depends on it.
   */
  foresee(lines: readonly RequestLine[]): void {
    this.toCome.foresee(lines);
  }

  /** Throws while the login is suspended after a refusal; costs nothing on the wire. */
  assertNotSuspended(): void {
    this.guard.assertNotSuspended();
  }

  /** Sends the call, signed where the terminal wants that, and gives the reply, which is never a 401. */
  async send(call: SignedCall, exchange: Exchange): Promise<HttpReply> {
    this.guard.assertNotSuspended();
    const { credentials } = this;
    if (!credentials) return sendWithoutLogin(exchange);
    const outgoing = { call, exchange, credentials };
    const first = this.sendAtOnce(outgoing) ?? (await this.inTurn(call, () => this.sendFirst(outgoing)));
    const reply = await first.answer;
    if (reply.status !== 401) return this.accept(reply, first);
    this.guard.askedToLogIn();
    const { signature } = first;
    if (signature) {
      const state = readLoginState(reply.body);
      if (state.locked || isRefusal(reply, signature)) throw this.suspend(state);
      this.nonces.expire(signature.nonce, signature.nc);
      if (!isStale(reply)) this.guard.doubt(state);
    }
    const second = await this.inTurn(call, () => this.sendAgain(outgoing, reply));
    const answer = await second.answer;
    if (answer.status === 401) throw this.suspend(readLoginState(answer.body));
    return this.accept(answer, second);
  }

  /**
   * One signature at a time, and none while an earlier one may still turn out to be a wrong password: so twenty
   * messages at start-up fetch one challenge, and fifty with a wrong password cost one try.
   */
  private inTurn({ signal }: SignedCall, job: () => Promise<Sent>): Promise<Sent> {
    return this.turns.run(
      async () => {
        if (!this.pending.isEmpty) await this.pending.allKnown(signal);
        this.guard.assertNotSuspended();
        return job();
      },
      Infinity,
      signal,
    );
  }

  /** The usual case, which needs no turn: nobody is before this call, and the nonce is good. */
  private sendAtOnce(outgoing: Outgoing): Sent | undefined {
    if (this.turns.isBusy || !this.pending.isEmpty) return undefined;
    const nonce = this.usableNonce();
    return nonce && this.sign({ ...outgoing, nonce, nonceFrom: 'cache' });
  }

  /**
   * A refusal of a nonce that was used before does not say why. So, while it is not certain that the password is right,
   * each call is signed with a fresh challenge, whose refusal does.
   */
  private usableNonce(): Nonce | undefined {
    return this.guard.standing === 'verified' ? this.nonces.usable() : undefined;
  }

  private async sendFirst(outgoing: Outgoing): Promise<Sent> {
    const { call, exchange } = outgoing;
    if (this.guard.standing === 'open') return unsigned(exchange(noHeaders, 'call'));
    const nonce = this.usableNonce();
    if (nonce) return this.sign({ ...outgoing, nonce, nonceFrom: 'cache' });
    // A GET is its own probe. Any other probe is a GET too: without a body and, whatever the path, harmless.
    const isOwnProbe = call.method === 'GET';
    const probe = await exchange(noHeaders, isOwnProbe ? 'call' : 'probe');
    if (probe.status === 401) return this.signWithChallenge(outgoing, probe);
    if (probe.status < 500) this.guard.servedUnsigned();
    return unsigned(isOwnProbe ? Promise.resolve(probe) : exchange(noHeaders, 'call'));
  }

  /** After a 401, which need not bring a challenge. */
  private async sendAgain(outgoing: Outgoing, reply: HttpReply): Promise<Sent> {
    const { call, exchange } = outgoing;
    const { challenge } = readOffer(reply.challenges);
    const source = challenge ? reply : await exchange(noHeaders, 'probe');
    // Only a GET is answered by its probe; a terminal in trouble is in trouble for any call.
    const isAnswer = source.status >= 500 || (source.status !== 401 && call.method === 'GET');
    return isAnswer ? unsigned(Promise.resolve(source)) : this.signWithChallenge(outgoing, source);
  }

  /** Signs with the nonce of a 401, unless that says that the account is locked: a try would prolong the lock. */
  private signWithChallenge(outgoing: Outgoing, { status, challenges, body }: HttpReply): Sent {
    const state = readLoginState(body);
    if (state.locked) throw this.suspend(state);
    const { challenge, basic } = readOffer(challenges);
    // It may also have been suspended while the probe was on its way.
    this.guard.assertNotSuspended();
    if (!challenge) throw HikvisionError.of(basic ? 'basicOnly' : 'noChallenge', { httpStatus: status });
    const nonce = this.nonces.add(new Signer(outgoing.credentials, challenge));
    return this.sign({ ...outgoing, nonce, nonceFrom: 'challenge' });
  }

  private sign({ call, exchange, nonce, nonceFrom }: Outgoing & Pick<Signature, 'nonce' | 'nonceFrom'>): Sent {
    const signature: Signature = { nonce, nonceFrom, times: 0, nc: 0, then: this.guard.knownNow };
    const answer = exchange(() => {
      // The login may have been suspended since, also while the call waited to go out again on another socket.
      this.guard.assertNotSuspended(signature.times > 0 ? 'unknown' : 'unsent');
      const { method, target } = call;
      const Authorization = nonce.authorization({ method, target, toCome: this.toCome.after(call) });
      signature.times += 1;
      signature.nc = nonce.uses;
      return { Authorization };
    }, 'call');
    const { blocks = false, signal } = call;
    const verified = this.guard.standing === 'verified';
    this.pending.add({ answer, blocks, verified });
    if (!verified && !blocks) {
      answer.catch(() => {
        if (signal?.aborted && signature.times > 0) this.guard.unanswered();
      });
    }
    return { answer, signature };
  }

  private accept(reply: HttpReply, { signature }: Sent): HttpReply {
    if (!signature) return reply;
    // Some answers about a locked account are no 401.
    const state = reply.status >= 400 ? readLoginState(reply.body) : undefined;
    if (state?.locked) throw this.suspend(state);
    this.guard.accepted(signature.then);
    const next = nextNonce(reply);
    if (next !== undefined) this.nonces.replace(signature.nonce, next);
    return reply;
  }

  private suspend(state: LoginState): HikvisionError {
    this.nonces.clear();
    return this.guard.suspend(state);
  }
}

/** On a nonce of the cache a 401 means nothing yet; on a fresh one, signed once, it is about user or password. */
function isRefusal(reply: HttpReply, { nonceFrom, times }: Signature): boolean {
  return nonceFrom === 'challenge' && times === 1 && !isStale(reply);
}

/** The terminal says itself that only the nonce was refused. Many say the contrary whatever the cause. */
function isStale({ challenges }: HttpReply): boolean {
  return readOffer(challenges).challenge?.stale === true;
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
