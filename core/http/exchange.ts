import http from 'node:http';
import type { Socket } from 'node:net';

import { closedEarly, type CheckedAgent } from './agent.js';
import { BodyBuffer } from './body-buffer.js';
import { ReplyStream } from './reply-stream.js';
import type { AbortWatch } from './turns/wait.js';
import { HikvisionError } from '../errors/hikvision-error.js';

export type Headers = Readonly<Record<string, string>>;

/**
 * Which sockets a call may go out on, and so what happens where its socket turns out to be dead.
 * `any`: also one that has long been idle; a call that died on it before any reply is sent once more, on a new one.
 * `certainlyAlive`: one used a moment ago, or a new one; never sent twice.
 * `fresh`: a new one of its own; never sent twice.
 */
export type SocketReuse = 'any' | 'certainlyAlive' | 'fresh';

export interface HttpCall {
  method: string;
  /** Path and query, exactly as it goes on the wire. */
  path: string;
  /** A function is called for each attempt, so that no signature is sent twice. */
  headers: Headers | (() => Headers);
  body?: Buffer | undefined;
  /** Milliseconds until the reply's headers must be there, connecting included. */
  timeoutMs: number;
  /** The longest body accepted, in bytes; more gives `TOO_LARGE`. */
  maxBytes: number;
  signal?: AbortSignal;
  /** `any` where absent. */
  reuse?: SocketReuse;
  /** Of a reply 200, resolves once its headers are there: its body is `stream`, and `maxBytes` does not hold for it. */
  streams?: boolean;
}

export interface HttpReply {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Each `WWW-Authenticate` header of a 401 by itself. */
  challenges: string[];
  /** Empty where there is a `stream`. */
  body: Buffer;
  /** Of a call that `streams` and was answered 200. */
  stream?: ReplyStream;
}

/** Where a call goes. */
export interface Route {
  agent: CheckedAgent;
  /** Host and port, for texts. */
  address: string;
  hostHeader: string;
  aborts: AbortWatch;
}

/** A request that died on a reused socket before any reply: the socket was dead, not the server. */
export class DeadSocket extends Error {
  constructor(readonly failure: Error) {
    super(failure.message);
  }
}

/** A reply whose headers came in time may take `timeoutMs` and this much longer (milliseconds) to arrive as a whole. */
const BODY_GRACE_MS = 5_000;
const ONE_WRITE_BYTES = 16 * 1024;
/** What a TLS handshake with a server that speaks plain HTTP ends in. */
const NO_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST']);
/** No server sends more replies of the kind "still at it" (1xx) before the one that counts. */
const MOST_INTERIM_REPLIES = 100;
/** Pieces of a body that are taken before everything else in the process gets its turn; they may be one byte long. */
const PIECES_A_TURN = 1_000;
const LOST_CONNECTION = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/**
 * Sends one request and reads its whole reply.
 * Errors: those of `Connection`, and `DeadSocket` around them where the request may be sent again.
 */
export function exchange(call: HttpCall, route: Route): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    new Exchange(call, route, resolve, reject).start();
  });
}

class Exchange {
  private phase: 'waiting' | 'reading' | 'over' = 'waiting';
  private readonly request: http.ClientRequest;
  private timer: NodeJS.Timeout | undefined;
  /** On the clock of `performance`. */
  private bodyDueAt = 0;
  private readonly body: BodyBuffer;
  private piecesThisTurn = 0;
  private interimReplies = 0;

  constructor(
    private readonly call: HttpCall,
    private readonly route: Route,
    private readonly resolve: (reply: HttpReply) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.request = requestFor(call, route);
    this.body = new BodyBuffer(call.maxBytes);
  }

  start(): void {
    const { request } = this;
    const { body, signal, timeoutMs } = this.call;
    this.timer = setTimeout(this.onTime, timeoutMs);
    if (signal) this.route.aborts.watch(signal, this.onAbort);
    request.on('error', (error) => this.onRequestError(error));
    // A reply that changes the protocol (101) ends the request without any other event.
    request.on('close', () => {
      if (this.phase !== 'over') this.fail(this.failureOf(closedEarly()));
    });
    request.on('information', () => this.onInterimReply());
    request.on('response', (response) => this.onResponse(response));
    // A body given as text goes out in one write with the headers; a long one is not worth the copy.
    if (body && body.length <= ONE_WRITE_BYTES) request.end(body.toString('latin1'), 'latin1');
    else request.end(body);
  }

  private onInterimReply(): void {
    this.interimReplies += 1;
    if (this.interimReplies <= MOST_INTERIM_REPLIES) return;
    this.fail(HikvisionError.of('notHttp', { params: { address: this.route.address, reason: '1xx' } }));
  }

  private onResponse(response: http.IncomingMessage): void {
    if (this.phase === 'over') return;
    if (this.call.streams && response.statusCode === 200) {
      this.handOver(response);
      return;
    }
    this.phase = 'reading';
    this.bodyDueAt = performance.now() + this.call.timeoutMs + BODY_GRACE_MS;
    const { headers } = response;
    if (Number(headers['content-length'] ?? 0) > this.call.maxBytes) this.tooLarge();
    if (headers['keep-alive'] !== undefined) this.route.agent.limitIdleTime(response);
    const { socket } = response;
    response.on('data', (piece: Buffer) => {
      // The rest of what was received together still comes after the exchange has ended.
      if (this.phase === 'reading' && !this.body.add(piece)) this.tooLarge();
      this.piecesThisTurn += 1;
      if (this.piecesThisTurn === PIECES_A_TURN) this.letOthersRun(socket);
    });
    response.on('error', (error) => this.fail(this.failureOf(error)));
    response.on('end', () => this.succeed(response));
  }

  /** What happens from now on, happens to the stream. */
  private handOver(response: http.IncomingMessage): void {
    const stream = new ReplyStream(response, (error) => this.failureOf(error));
    // Of a body without a length node:http says only here that it was cut, and ends it as if it were whole.
    this.request.on('error', (error) => stream.close(this.failureOf(error)));
    this.end();
    this.resolve({ status: 200, headers: response.headers, challenges: [], body: Buffer.alloc(0), stream });
  }

  /** Stops reading until the next turn: node:http would read on for as long as there is something to read. */
  private letOthersRun(socket: Socket): void {
    socket.pause();
    setImmediate(() => {
      this.piecesThisTurn = 0;
      socket.resume();
    });
  }

  private succeed(response: http.IncomingMessage): void {
    if (!this.end()) return;
    const status = response.statusCode ?? 0;
    this.resolve({
      status,
      headers: response.headers,
      challenges: status === 401 ? (response.headersDistinct['www-authenticate'] ?? []) : [],
      body: this.body.content,
    });
  }

  private onRequestError(error: NodeJS.ErrnoException): void {
    const failure = this.failureOf(error);
    const isDeadSocket = this.phase === 'waiting' && this.request.reusedSocket && LOST_CONNECTION.has(error.code ?? '');
    this.fail(isDeadSocket ? new DeadSocket(failure) : failure);
  }

  private readonly onAbort = (): void => this.fail(this.call.signal?.reason as Error);

  /** One timer a request, set anew only where it is needed: nearly every reply is there before it fires. */
  private readonly onTime = (): void => {
    const leftMs = this.phase === 'reading' ? this.bodyDueAt - performance.now() : 0;
    if (leftMs > 0) this.timer = setTimeout(this.onTime, leftMs);
    else this.fail(this.timeoutFailure());
  };

  private tooLarge(): void {
    this.fail(HikvisionError.of('tooLarge', { params: { limit: Math.round(this.call.maxBytes / 1024) } }));
  }

  private fail(error: Error): void {
    if (!this.end()) return;
    this.reject(error);
    this.request.destroy();
  }

  /** False where the exchange was over before: its socket may be another request's by now. */
  private end(): boolean {
    if (this.phase === 'over') return false;
    this.phase = 'over';
    clearTimeout(this.timer);
    if (this.call.signal) this.route.aborts.unwatch(this.call.signal, this.onAbort);
    return true;
  }

  /** The agent gives a request no socket but a connected one. */
  private get isConnected(): boolean {
    return Boolean(this.request.socket);
  }

  private timeoutFailure(): HikvisionError {
    return HikvisionError.of(this.isConnected ? 'noAnswer' : 'connectTimeout', {
      retryable: true,
      delivery: this.isConnected ? 'unknown' : 'unsent',
      params: { address: this.route.address, seconds: this.call.timeoutMs / 1000 },
    });
  }

  private failureOf(error: NodeJS.ErrnoException): Error {
    if (error instanceof HikvisionError) return error;
    const { isConnected } = this;
    const { address } = this.route;
    if (error.code?.startsWith('HPE_')) {
      return HikvisionError.of('notHttp', { params: { address, reason: error.code } });
    }
    if (!isConnected && NO_TLS.has(error.code ?? '')) {
      return HikvisionError.of('notTls', { delivery: 'unsent', params: { address, reason: error.code ?? '' } });
    }
    return HikvisionError.of(isConnected ? 'connectionLost' : 'unreachable', {
      retryable: true,
      delivery: isConnected ? 'unknown' : 'unsent',
      params: { address, reason: error.code ?? error.message },
    });
  }
}

function requestFor({ method, path, headers, body }: HttpCall, { agent, hostHeader }: Route): http.ClientRequest {
  try {
    return http.request({
      agent,
      method,
      path,
      setHost: false,
      headers: headerList(hostHeader, typeof headers === 'function' ? headers() : headers, method, body),
    });
  } catch (error) {
    // node:http refuses line breaks and the like in path, method and headers before anything is sent.
    if (error instanceof HikvisionError) throw error;
    throw HikvisionError.of('unusableRequest', { delivery: 'unsent' });
  }
}

/** A flat list, which node:http writes as it is; it would copy an object name by name. */
function headerList(hostHeader: string, headers: Headers, method: string, body: Buffer | undefined): string[] {
  const list = ['Host', hostHeader];
  for (const name of Object.keys(headers)) list.push(name, headers[name] ?? '');
  // Also for a POST or PUT without a body: embedded servers refuse chunks, and wait for a body where no length is given.
  if (body) list.push('Content-Length', String(body.length));
  else if (method === 'POST' || method === 'PUT') list.push('Content-Length', '0');
  return list;
}
