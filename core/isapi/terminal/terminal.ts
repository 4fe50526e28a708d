import { setMaxListeners } from 'node:events';

import { asFailure, HikvisionError } from '../../errors/hikvision-error.js';
import { invalid } from '../../errors/invalid.js';
import type { CertificateCheck } from '../../http/certificate.js';
import { Connection, type Headers, type HttpCall, type ReplyStream } from '../../http/connection.js';
import { withRetries } from '../../http/turns/retry.js';
import type { SerialQueue } from '../../http/turns/serial-queue.js';
import { backOff, wait, withAnyOf } from '../../http/turns/wait.js';
import type { Credentials, RequestLine } from '../login/digest/authorization.js';
import { DigestSession, type Exchange } from '../login/digest-session.js';
import type { LoginUse } from '../login/known-logins.js';
import type { NonceStatistics } from '../login/digest/nonce-cache.js';
import { readReply, type IsapiReply } from '../protocol/reply.js';
import { CALL_POLICIES, type CallPolicy, type CallPolicyName } from './call-policy.js';
import type { Enrolment } from './enrolment.js';
import { physicalTerminal, type PhysicalTerminal } from './physical-terminal.js';

export type { RequestLine };

export interface TerminalSettings {
  name: string;
  protocol: 'http' | 'https';
  host: string;
  port: number;
  certificate: CertificateCheck;
  /** Milliseconds for one request. */
  timeoutMs: number;
  /** Repeats of a request that failed for a passing reason. */
  retries: number;
  /** Requests, and captures, that may wait. */
  queueLimit: number;
  /** Absent: the terminal is used without a login. */
  credentials?: Credentials;
}

export interface IsapiCall {
  /** What is done, in the words of the errors: `create person`. */
  operation: string;
  method: string;
  /** Path and query. */
  path: string;
  contentType?: string;
  body?: Buffer;
  /** What may be done with the call, and what has to be done where nobody knows whether it took effect. */
  policy: CallPolicyName;
  /** Milliseconds; the terminal's own setting where absent. */
  timeoutMs?: number;
  /** Bytes; 1 MiB where absent. */
  maxBytes?: number;
  signal?: AbortSignal;
  /** Called in the queue at the moment of sending; what it throws is the outcome. */
  beforeSending?: () => void;
}

/** A GET whose reply goes on for as long as the terminal likes. */
export interface StreamCall {
  /** What is done, in the words of the errors. */
  operation: string;
  /** Path and query. */
  path: string;
  /** Gives up opening; what is open is ended by the stream's own `close`. */
  signal: AbortSignal;
}

interface TerminalEvents {
  /** The terminal accepted a call but says that it has to be restarted. */
  onRebootRequired?: () => void;
}

/** What has to be ended at the terminal before the connection to it is closed. */
interface ToCancel {
  cancel: IsapiCall;
  /** Settled when what is cancelled has ended. */
  ended: Promise<unknown>;
}

/** One socket for the queue and one for a capture that bypasses it. */
const SOCKETS = 2;
const MAX_REPLY_BYTES = 1024 * 1024;
const ACCEPT: Headers = { Accept: '*/*' };
/** What is read as it comes cannot be waited for to be unpacked. */
const ACCEPT_STREAM: Headers = { ...ACCEPT, 'Accept-Encoding': 'identity' };
/** What has to be cancelled is, within this (milliseconds), or is left to end by itself: Node-RED waits to redeploy. */
const CANCEL_ON_CLOSE_MS = 800;

/**
 * A face terminal over ISAPI: one request at a time, logged in with Digest, repeated where that is safe.
 * Everything it throws is a HikvisionError that names the terminal and the operation.
 */
export class Terminal {
  readonly enrolment: Enrolment;
  /** Stands for the terminal at this address: the same object for every connection to it. */
  readonly physical: PhysicalTerminal;
  private readonly connection: Connection;
  private readonly session: DigestSession;
  private readonly loginUse: LoginUse | undefined;
  private readonly closing = new AbortController();
  private readonly gone = new AbortController();
  private readonly toCancel = new Set<ToCancel>();
  private readonly streams = new Set<ReplyStream>();
  /** Signals that are aborted when this is closed. */
  private readonly ending = new WeakSet<AbortSignal>();
  private sentCount = 0;

  constructor(
    readonly settings: TerminalSettings,
    private readonly events: TerminalEvents = {},
  ) {
    this.physical = physicalTerminal(settings.host, settings.port);
    this.enrolment = this.physical.enrolment;
    const sharedSignals = [this.closed, this.gone.signal];
    this.connection = new Connection({ ...settings, maxSockets: SOCKETS, sharedSignals });
    const { credentials } = settings;
    this.loginUse = credentials && this.physical.logins.join(credentials);
    this.session = new DigestSession(credentials, undefined, this.loginUse?.guard);
    // Every call that waits listens: a full queue is no leak.
    setMaxListeners(0, this.closed, this.gone.signal);
  }

  get name(): string {
    return this.settings.name;
  }

  /** Aborted, with `CANCELLED`, when the terminal is closed. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /** Requests that wait for the one in flight. */
  get waitingCount(): number {
    return this.physical.requests.waitingCount;
  }

  /** In this, those who work through a whole list take turns. */
  get syncs(): SerialQueue {
    return this.physical.syncs;
  }

  /** Requests that were sent to this terminal so far, repeats and challenges among them. */
  get requestCount(): number {
    return this.sentCount;
  }

  /** Rises when a connection to the terminal is made or lost: where it has not, the same unit is at its other end. */
  get connectionChanges(): number {
    return this.connection.socketChanges;
  }

  /**
   * Says what is going to be sent, in its order, in place of what was said before, so that logging in with each takes
   * less time. Nothing else depends on it.
   */
  foresee(lines: readonly RequestLine[]): void {
    this.session.foresee(lines);
  }

  /** Somebody presses Test connection: a login that was rejected is tried again when he asks a second time. */
  beginLoginTrial(): void {
    this.loginUse?.guard.beginTrial();
  }

  /** Ends what `beginLoginTrial` began. */
  endLoginTrial(): void {
    this.loginUse?.guard.endTrial();
  }

  /** What the terminal's nonces turned out to be like. */
  get nonceStatistics(): NonceStatistics {
    return this.session.nonceStatistics;
  }

  /**
   * Sends the call as its policy says, and reads the reply.
   * @throws HikvisionError; what `call.signal` was aborted with
   */
  call(call: IsapiCall): Promise<IsapiReply> {
    const closed = CALL_POLICIES[call.policy].onClose === 'survives' ? this.gone.signal : this.closed;
    const { signal } = call;
    if (!signal) return this.repeated(call, closed);
    if (closed === this.closed && this.ending.has(signal)) return this.repeated(call, signal);
    return withAnyOf([signal, closed], (either) => this.repeated(call, either));
  }

  /**
   * Runs `work` with a signal for its calls, which is aborted with any of these, and when the terminal is closed. Thousands of
   * calls under it cost what one call under a signal of its own does.
   */
  whileOpen<T>(signals: readonly AbortSignal[], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withAnyOf([...signals, this.closed], async (signal) => {
      const forget = this.connection.shareSignal(signal);
      this.ending.add(signal);
      try {
        return await work(signal);
      } finally {
        this.ending.delete(signal);
        forget();
      }
    });
  }

  /**
   * Opens a reply that is read as it comes, with the login of all calls but beside their queue and on a socket of its
   * own; it ends with the terminal. Its headers have the time of one request. Never repeated.
   * @throws HikvisionError, also where the terminal answers with anything but a success; what `call.signal` was aborted
   * with
   */
  async openStream(call: StreamCall): Promise<ReplyStream> {
    const { operation, path, signal } = call;
    const whole: IsapiCall = { operation, method: 'GET', path, policy: 'repeatable', signal };
    try {
      return await withAnyOf([signal, this.closed], (either) => this.opened(whole, either));
    } catch (error) {
      throw this.explained(error, whole);
    }
  }

  private async opened(call: IsapiCall, signal: AbortSignal): Promise<ReplyStream> {
    const { method, path } = call;
    signal.throwIfAborted();
    assertSafePath(path);
    const exchange: Exchange = (sign, kind) => {
      this.sentCount += 1;
      const sending = this.sending(call, CALL_POLICIES[call.policy], sign, signal);
      return kind === 'probe'
        ? this.connection.send(this.probe(call, sign, signal))
        : this.connection.openStream({ ...sending, headers: () => ({ ...ACCEPT_STREAM, ...sign() }) });
    };
    // A terminal whose streams are all taken may stay silent: that says nothing about the login.
    const reply = await this.session.send({ method, target: path, blocks: true, signal }, exchange);
    const { stream } = reply;
    if (!stream) {
      readReply(reply);
      throw HikvisionError.of('httpStatus', { params: { status: reply.status }, httpStatus: reply.status });
    }
    if (signal.aborted) {
      stream.close();
      signal.throwIfAborted();
    }
    this.streams.add(stream);
    void stream.closed.then(() => this.streams.delete(stream));
    return stream;
  }

  /**
   * Has `cancel` sent when the terminal is closed, and the connection kept until that is answered and `ended` settled,
   * 800 ms at most.
   * @returns withdraws it
   */
  cancelOnClose(cancel: IsapiCall, ended: Promise<unknown>): () => void {
    const entry = { cancel, ended };
    this.toCancel.add(entry);
    return () => this.toCancel.delete(entry);
  }

  private async repeated(call: IsapiCall, signal: AbortSignal): Promise<IsapiReply> {
    const policy: CallPolicy = CALL_POLICIES[call.policy];
    const { enrolment, settings } = this;
    const pauseAfter = (error: unknown, attempt: number): number | undefined => {
      const failure = error instanceof HikvisionError ? error : undefined;
      if (!failure || failure.delivery === 'unknown') policy.quietPeriod?.(enrolment, settings.timeoutMs);
      return failure && mayRepeat(failure, policy, attempt) ? backOff(attempt) : undefined;
    };
    const retries = policy.retries === 'none' ? 0 : settings.retries;
    try {
      const reply = await withRetries(() => this.once(call, policy, signal), { retries, pauseAfter, signal });
      if (reply.rebootRequired) this.events.onRebootRequired?.();
      return reply;
    } catch (error) {
      throw this.explained(error, call);
    }
  }

  /** Aborts what is in flight, ends each waiting call with `CANCELLED`, and leaves no socket within a second. */
  async close(): Promise<void> {
    if (this.closed.aborted) return;
    const cancelled = HikvisionError.of('cancelled', { terminal: this.name });
    const toCancel = [...this.toCancel];
    this.closing.abort(cancelled);
    for (const stream of this.streams) stream.close(cancelled);
    if (toCancel.length > 0) {
      const inTime = AbortSignal.timeout(CANCEL_ON_CLOSE_MS);
      const ended = toCancel.flatMap(({ cancel, ended }) => [
        this.exchange({ ...cancel, timeoutMs: CANCEL_ON_CLOSE_MS }, CALL_POLICIES[cancel.policy], inTime),
        ended,
      ]);
      await Promise.race([Promise.allSettled(ended), wait(CANCEL_ON_CLOSE_MS, inTime).catch(() => undefined)]);
    }
    this.gone.abort(cancelled);
    this.connection.close();
    this.loginUse?.leave();
  }

  /** The error with this terminal's name and the operation in its cause. */
  named(error: unknown, operation: string): HikvisionError {
    return asFailure(error).withFacts({ terminal: this.name, operation });
  }

  /** As `named`; but what the caller aborted the call with is the caller's own and stays as it is. */
  private explained(error: unknown, call: IsapiCall): HikvisionError {
    if (call.signal?.aborted && error === call.signal.reason && !(error instanceof HikvisionError)) throw error;
    return this.named(error, call.operation);
  }

  private once(call: IsapiCall, policy: CallPolicy, signal: AbortSignal): Promise<IsapiReply> {
    // A suspended login answers before the queue does: nobody waits only to be refused.
    this.session.assertNotSuspended();
    if (policy.queue === 'bypassed') return this.exchange(call, policy, signal);
    return this.physical.requests.run(() => this.exchange(call, policy, signal), this.settings.queueLimit, signal);
  }

  private async exchange(call: IsapiCall, policy: CallPolicy, signal: AbortSignal): Promise<IsapiReply> {
    const { method, path } = call;
    assertSafePath(path);
    const exchange: Exchange = (sign, kind) => {
      this.sentCount += 1;
      return this.connection.send(
        kind === 'probe' ? this.probe(call, sign, signal) : this.sending(call, policy, sign, signal),
      );
    };
    const blocks = policy.queue === 'bypassed';
    const reply = await this.session.send({ method, target: path, blocks, signal }, exchange);
    return readReply(reply, policy.repeatable);
  }

  /** Asks for a challenge; without a body, which could start a capture or travel twice. */
  private probe({ path, maxBytes = MAX_REPLY_BYTES }: IsapiCall, sign: () => Headers, signal: AbortSignal): HttpCall {
    const { timeoutMs } = this.settings;
    return { method: 'GET', path, headers: () => ({ ...ACCEPT, ...sign() }), timeoutMs, maxBytes, signal };
  }

  private sending(call: IsapiCall, { reuse }: CallPolicy, sign: () => Headers, signal: AbortSignal): HttpCall {
    const { method, path, body, contentType, timeoutMs = this.settings.timeoutMs, maxBytes = MAX_REPLY_BYTES } = call;
    call.beforeSending?.();
    const head: Headers = contentType === undefined ? ACCEPT : { ...ACCEPT, 'Content-Type': contentType };
    return {
      method,
      path,
      headers: () => ({ ...head, ...sign() }),
      body,
      timeoutMs,
      maxBytes,
      signal,
      reuse,
    };
  }
}

/** By the classes of the vendor's status codes: a device error (3) once, what passes by itself as often as allowed. */
function mayRepeat({ code, cause, delivery }: HikvisionError, { repeatable }: CallPolicy, attempt: number): boolean {
  if (code === 'QUEUE_FULL' || code === 'NOT_OWNER') return false;
  if (!cause.retryable) return cause.statusCode === 3 && repeatable && attempt === 1;
  return repeatable || delivery !== 'unknown';
}

/** Paths that were found to be safe: nearly all calls are of a few kinds, and come again and again. */
const safePaths = new Set<string>();
const MOST_SAFE_PATHS = 64;
/** Longer ones (characters) are looked at each time. */
const LONGEST_KEPT = 200;

/**
 * Lets only a plain path of the terminal itself through: no blanks or line breaks, no quotes (the path stands quoted in
 * the login), no way up and no other host, written plainly or percent-encoded.
 * @throws HikvisionError `INVALID_INPUT`
 */
function assertSafePath(path: string): void {
  if (safePaths.has(path)) return;
  const [steps = ''] = path.split('?', 1);
  const plain = /^\/(?!\/)[\x21-\x7e]*$/.test(path) && !/["\\#]|%(?:[01][0-9a-f]|7f)/i.test(path);
  const climbs = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)|%2f|%5c/i.test(steps);
  if (!plain || climbs) throw invalid('path', 'path');
  if (path.length > LONGEST_KEPT) return;
  if (safePaths.size >= MOST_SAFE_PATHS) safePaths.clear();
  safePaths.add(path);
}
