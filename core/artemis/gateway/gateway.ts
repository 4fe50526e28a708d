import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';

import { Connection, type HttpCall, type HttpReply } from '../../http/connection.js';
import { asFailure, HikvisionError } from '../../errors/hikvision-error.js';
import { withRetries } from '../../http/turns/retry.js';
import { withAnyOf } from '../../http/turns/wait.js';
import { meaningOf, pauseBefore } from '../protocol/codes.js';
import { maskedKey, redact } from '../protocol/redaction.js';
import { credentialsProblem } from '../signing/credentials.js';
import type { GatewaySettings } from './gateway-settings.js';
import { refusal } from '../protocol/refusal.js';
import { readAnswer, type Answer } from '../protocol/reply.js';
import type { SignedLine } from '../signing/signature.js';
import { prepareRequest, signRequest, type PreparedRequest, type RequestInput, type SignedRequest } from './request.js';

export interface GatewayCall extends RequestInput {
  /** What is done, in the words of the errors: `personAdd`. */
  operation: string;
  /** Whether the call may be sent again when it is unknown if it took effect. */
  idempotent: boolean;
  /** Repeats in place of the gateway's own setting. */
  retries?: number;
  /** `told`: where the gateway says that the answer lies elsewhere, that address is the reply's data, as a URL. */
  redirects?: 'told';
  signal?: AbortSignal;
}

export interface GatewayReply extends Answer {
  httpStatus: number;
  /** The whole path that was called, without the query. */
  path: string;
  /** How long the body was. */
  bytes: number;
}

/** Calls to one gateway that may be in flight at once. */
const SOCKETS = 8;
/** A page of 500 persons or a picture fits. */
const MAX_REPLY_BYTES = 32 * 1024 * 1024;
/** So much of a signature is shown in a log. */
const SHOWN_SIGNATURE = 6;

/**
 * A HikCentral gateway: signs each attempt anew, turns codes into errors with advice, repeats what is safe to repeat.
 * Everything it throws is a HikvisionError that names the gateway and the operation.
 */
export class Gateway {
  private readonly connection: Connection;
  private readonly closing = new AbortController();
  /** Seconds by which the gateway's clock was ahead of ours at its last reply; undefined where it did not say. */
  clockAhead: number | undefined;

  /** @param logSigning gets the string to sign and the headers of each attempt, key and signature redacted */
  constructor(
    readonly settings: GatewaySettings,
    private readonly logSigning?: (text: string) => void,
  ) {
    this.connection = new Connection({ ...settings, maxSockets: SOCKETS });
    // Every call listens: many at once are no leak.
    setMaxListeners(0, this.closing.signal);
  }

  get name(): string {
    return this.settings.name;
  }

  /**
   * Sends the call and reads the reply. A call that failed for a passing reason is repeated as often as `retries`
   * allows; one that is not idempotent only where it provably never arrived.
   */
  call(call: GatewayCall): Promise<GatewayReply> {
    const closed = this.closing.signal;
    return withAnyOf(call.signal ? [closed, call.signal] : [closed], (signal) => this.callWithRetries(call, signal));
  }

  private async callWithRetries(call: GatewayCall, signal: AbortSignal): Promise<GatewayReply> {
    const { settings } = this;
    const { idempotent, operation, retries = settings.retries } = call;
    try {
      assertUsable(settings);
      const request = prepareRequest(call, settings);
      return await withRetries(() => this.attempt(request, call, signal), {
        retries,
        pauseAfter: (error, attempt) => this.pauseAfter(unlessRepeatable(asFailure(error), idempotent), attempt),
        signal,
      });
    } catch (error) {
      throw unlessRepeatable(asFailure(error), idempotent).withFacts({ gateway: this.name, operation });
    }
  }

  /** Aborts what is in flight, with `CANCELLED`, and leaves no socket. */
  close(): void {
    this.closing.abort(HikvisionError.of('cancelled'));
    this.connection.close();
  }

  private pauseAfter({ code, cause }: HikvisionError, attempt: number): number | undefined {
    if (!cause.retryable) return undefined;
    const ownCode = /^artemis-(.*)$/.exec(code)?.[1];
    const { product } = this.settings;
    return pauseBefore(ownCode === undefined ? 'soon' : meaningOf(ownCode, product).repetition, attempt);
  }

  private async attempt(
    request: PreparedRequest,
    { idempotent, redirects }: GatewayCall,
    signal: AbortSignal,
  ): Promise<GatewayReply> {
    const { settings } = this;
    let lines: readonly SignedLine[] = [];
    const sent: HttpCall = {
      method: request.method,
      path: request.target,
      // Called for each sending: a repeat on a new socket gets a signature, nonce and time of its own.
      headers: () => {
        const signed = this.sign(request);
        ({ lines } = signed);
        return signed.headers;
      },
      ...(request.body ? { body: request.body } : {}),
      timeoutMs: settings.timeoutMs,
      maxBytes: MAX_REPLY_BYTES,
      signal,
      // An idle socket may have been dropped by the gateway, and then nobody would know whether the call arrived.
      reuse: idempotent ? 'any' : 'fresh',
    };
    const sentAt = Date.now();
    const reply = await this.connection.send(sent);
    this.clockAhead = clockDifference(reply, (sentAt + Date.now()) / 2);
    const answer = (redirects === 'told' ? movedAnswer(reply, settings) : undefined) ?? readAnswer(reply);
    if (answer.code !== '0') {
      throw refusal(answer, { settings, httpStatus: reply.status, lines, clockAhead: this.clockAhead });
    }
    return { ...answer, httpStatus: reply.status, path: request.path, bytes: reply.body.length };
  }

  private sign(request: PreparedRequest): SignedRequest {
    const signed = signRequest(request, this.settings, Date.now(), randomUUID());
    this.logSigning?.(this.signingReport(request, signed));
    return signed;
  }

  private signingReport({ method, path }: PreparedRequest, { headers, lines }: SignedRequest): string {
    const { settings } = this;
    const shown = Object.entries(headers).map(([name, value]) => {
      if (name === 'X-Ca-Key') return `${name}: ${maskedKey(value)}`;
      if (name === 'X-Ca-Signature') return `${name}: ${value.slice(0, SHOWN_SIGNATURE)}…`;
      return `${name}: ${/^(?:proxy-)?authorization$/i.test(name) ? '***' : value}`;
    });
    const text = lines.map((line) =>
      line.name === 'x-ca-key' ? `x-ca-key:${maskedKey(settings.appKey.trim())}` : line.text,
    );
    return redact([`${method} ${path}`, '--- string to sign', ...text, '--- headers', ...shown].join('\n'), settings);
  }
}

function assertUsable(settings: GatewaySettings): void {
  const problem = credentialsProblem(settings);
  if (problem === undefined || problem === 'blanks') return;
  throw HikvisionError.of(`credentials.${problem}`, { delivery: 'unsent' });
}

/** Where the answer lies, if the gateway only says that; undefined for any other reply. */
function movedAnswer({ status, headers }: HttpReply, { protocol, host, port }: GatewaySettings): Answer | undefined {
  const { location = '' } = headers;
  const own = `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (status < 300 || status > 399 || location === '' || !URL.canParse(location, own)) return undefined;
  return { code: '0', msg: '', data: new URL(location, own) };
}

function clockDifference({ headers }: HttpReply, now: number): number | undefined {
  const theirs = Date.parse(headers.date ?? '');
  // The header has whole seconds: on average it is half a second behind its own clock.
  return Number.isNaN(theirs) ? undefined : Math.round((theirs + 500 - now) / 1000);
}

/** A call that must not be made twice is retryable only where it never arrived, so that no flow repeats it blindly. */
function unlessRepeatable(failure: HikvisionError, idempotent: boolean): HikvisionError {
  const isSafe = idempotent || failure.delivery === 'unsent' || !failure.cause.retryable;
  return isSafe ? failure : failure.withAdvice('notRepeated', {}, false);
}
