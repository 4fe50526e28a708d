import { setMaxListeners } from 'node:events';

import type { CertificateCheck } from '../../http/certificate.js';
import { Connection, type Headers, type HttpCall } from '../../http/connection.js';
import { asFailure, HikvisionError } from '../../errors/hikvision-error.js';
import { invalid } from '../../errors/invalid.js';
import { backOff, wait, withAnyOf } from '../../http/wait.js';
import type { Credentials } from '../login/authorization.js';
import { DigestSession, type Exchange, type NonceHabits } from '../login/digest-session.js';
import type { Enrolment } from './enrolment.js';
import { physicalTerminal, type PhysicalTerminal } from './physical-terminal.js';
import { readReply, type IsapiReply } from '../protocol/reply.js';

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
  /** Whether the call may be sent again when it is unknown if it took effect. */
  idempotent: boolean;
  /** Milliseconds; the terminal's own setting where absent. */
  timeoutMs?: number;
  /** Bytes; 1 MiB where absent. */
  maxBytes?: number;
  /** Repeats in place of the terminal's own setting. */
  retries?: number;
  signal?: AbortSignal;
  /** A capture blocks for up to a minute: it goes beside the queue, and the enrolment keeps captures apart. */
  besideQueue?: boolean;
  /** Called in the queue at the moment of sending; what it throws is the outcome. */
  beforeSending?: () => void;
  /**
   * Called whenever it became unknown whether an attempt that was sent takes effect, now or later. Such a call never
   * goes out twice behind its caller's back, and never on a socket that may have died unnoticed.
   */
  onDoubt?: () => void;
  /** Goes on when the terminal is closed, until the farewell has been answered: a capture, which the farewell cancels. */
  outlivesClose?: boolean;
}

/** One socket for the queue and one for a capture beside it. */
const SOCKETS = 2;
const MAX_REPLY_BYTES = 1024 * 1024;
const ACCEPT: Headers = { Accept: '*/*' };
const FAREWELL_MS = 800;

/**
 * A face terminal over ISAPI: one request at a time, logged in with Digest, repeated where that is safe.
 * Everything it throws is a HikvisionError that names the terminal and the operation.
 */
export class Terminal {
  readonly enrolment: Enrolment;
  private readonly physical: PhysicalTerminal;
  private readonly connection: Connection;
  private readonly session: DigestSession;
  private readonly closing = new AbortController();
  private readonly gone = new AbortController();
  /** The path that was checked last: most calls come again and again. */
  private safePath: string | undefined;
  /** Called when the terminal accepted a call but says that it has to be restarted. */
  onRebootRequired: (() => void) | undefined;
  /** What has to be said before the connection is closed: the cancelling of a capture that runs, and its end. */
  farewell: { call: IsapiCall; answered: Promise<unknown> } | undefined;

  constructor(readonly settings: TerminalSettings) {
    this.physical = physicalTerminal(settings.host, settings.port);
    this.enrolment = this.physical.enrolment;
    const sharedSignals = [this.closed, this.gone.signal];
    this.connection = new Connection({ ...settings, maxSockets: SOCKETS, sharedSignals });
    this.session = new DigestSession(settings.credentials);
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

  /** Goes on after a rejected login, because a person has seen the same one accepted. */
  releaseLogin(): void {
    this.session.release();
  }

  get nonceHabits(): NonceHabits {
    return this.session.habits;
  }

  /** Sends the call in its turn and reads the reply; repeats it after passing failures as often as `retries` allows. */
  call(call: IsapiCall): Promise<IsapiReply> {
    const closed = call.outlivesClose ? this.gone.signal : this.closed;
    if (!call.signal) return this.repeated(call, closed);
    return withAnyOf([call.signal, closed], (signal) => this.repeated(call, signal));
  }

  private async repeated(call: IsapiCall, signal: AbortSignal): Promise<IsapiReply> {
    const retries = call.retries ?? this.settings.retries;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const reply = await this.once(call, signal);
        if (reply.rebootRequired) this.onRebootRequired?.();
        return reply;
      } catch (error) {
        if (!(error instanceof HikvisionError) || error.delivery === 'unknown') call.onDoubt?.();
        const failure = this.explained(error, call);
        if (attempt > retries || !mayRepeat(failure, call, attempt)) throw failure;
      }
      await wait(backOff(attempt), signal).catch((reason: unknown) => {
        throw this.explained(reason, call);
      });
    }
  }

  /** Aborts what is in flight, ends each waiting call with `CANCELLED`, and leaves no socket within a second. */
  async close(): Promise<void> {
    if (this.closed.aborted) return;
    const { farewell } = this;
    const cancelled = HikvisionError.of('cancelled', { terminal: this.name });
    this.closing.abort(cancelled);
    if (farewell) {
      const inTime = AbortSignal.timeout(FAREWELL_MS);
      const said = this.exchange({ ...farewell.call, timeoutMs: FAREWELL_MS }, inTime).catch(() => undefined);
      await Promise.race([Promise.all([said, farewell.answered]), wait(FAREWELL_MS, inTime).catch(() => undefined)]);
    }
    this.gone.abort(cancelled);
    this.connection.close();
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

  private once(call: IsapiCall, signal: AbortSignal): Promise<IsapiReply> {
    // A parked login answers before the queue does: nobody waits only to be refused.
    this.session.assertNotParked();
    if (call.besideQueue) return this.exchange(call, signal);
    return this.physical.requests.run(() => this.exchange(call, signal), this.settings.queueLimit, signal);
  }

  private async exchange(call: IsapiCall, signal: AbortSignal): Promise<IsapiReply> {
    const { method, path, besideQueue = false } = call;
    if (path !== this.safePath) assertSafePath(path);
    this.safePath = path;
    const exchange: Exchange = (sign, kind) => this.connection.send(this.httpCall(call, kind, sign, signal));
    const reply = await this.session.send({ method, target: path, blocks: besideQueue, signal }, exchange);
    return readReply(reply, call.idempotent);
  }

  private httpCall(call: IsapiCall, kind: 'call' | 'probe', sign: () => Headers, signal: AbortSignal): HttpCall {
    const { method, path, body, contentType, idempotent, onDoubt } = call;
    const { timeoutMs } = this.settings;
    const maxBytes = call.maxBytes ?? MAX_REPLY_BYTES;
    if (kind === 'probe') {
      return { method: 'GET', path, headers: () => ({ ...ACCEPT, ...sign() }), timeoutMs, maxBytes, signal };
    }
    call.beforeSending?.();
    const head: Headers = contentType === undefined ? ACCEPT : { ...ACCEPT, 'Content-Type': contentType };
    return {
      method,
      path,
      headers: () => ({ ...head, ...sign() }),
      body,
      timeoutMs: call.timeoutMs ?? timeoutMs,
      maxBytes,
      signal,
      reuse: idempotent && !onDoubt ? 'any' : 'certainlyAlive',
    };
  }
}

/** By the classes of the vendor's status codes: a device error (3) once, what passes by itself as often as allowed. */
function mayRepeat({ code, cause, delivery }: HikvisionError, { idempotent }: IsapiCall, attempt: number): boolean {
  if (code === 'QUEUE_FULL') return false;
  if (!cause.retryable) return cause.statusCode === 3 && idempotent && attempt === 1;
  return idempotent || delivery !== 'unknown';
}

/**
 * Lets only a plain path of the terminal itself through: no blanks or line breaks, no quotes (the path stands quoted in
 * the login), no way up and no other host, written plainly or percent-encoded.
 * @throws HikvisionError `INVALID_INPUT`
 */
function assertSafePath(path: string): void {
  const [steps = ''] = path.split('?', 1);
  const plain = /^\/(?!\/)[\x21-\x7e]*$/.test(path) && !/["\\#]|%(?:[01][0-9a-f]|7f)/i.test(path);
  const climbs = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)|%2f|%5c/i.test(steps);
  if (!plain || climbs) throw invalid('path', 'path');
}
