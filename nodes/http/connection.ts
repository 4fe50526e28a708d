import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

import { checkCertificate, tlsOptions, type CertificateCheck } from './certificate.js';
import { HikvisionError } from './failure.js';

export interface ConnectionSettings {
  protocol: 'http' | 'https';
  host: string;
  port: number;
  certificate: CertificateCheck;
  /** Sockets that may be open at once. */
  maxSockets: number;
}

export type Headers = Readonly<Record<string, string>>;

export interface HttpCall {
  method: string;
  /** Path and query, exactly as it goes on the wire. */
  path: string;
  /** A function is asked anew for each attempt: a signature is never sent twice. */
  headers: Headers | (() => Headers);
  body?: Buffer;
  /** Milliseconds until the reply's headers must be there, connecting included. */
  timeoutMs: number;
  /** The longest body accepted, in bytes; more gives `TOO_LARGE`. */
  maxBytes: number;
  signal?: AbortSignal;
  /** False forbids the one repeat of a request that died on a reused socket before any reply. */
  repeatOnDeadSocket?: boolean;
  /** Milliseconds: a socket that has been idle for longer is not used, since it may have died unnoticed. */
  maxIdleMs?: number;
}

export interface HttpReply {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Each `WWW-Authenticate` header of a 401 by itself. */
  challenges: string[];
  body: Buffer;
}

/** Connecting, with the TLS handshake, may take this long (milliseconds) at most. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A reply whose headers came in time may take `timeoutMs` and this much longer (milliseconds) to arrive as a whole. */
const BODY_GRACE_MS = 5_000;
const ONE_WRITE_BYTES = 16 * 1024;
/** Milliseconds for which an idle socket is kept: units drop theirs without notice, and routers forget them. */
const IDLE_MS = 30_000;

/**
 * Keep-alive connections to one address over node:http sockets, plain or TLS.
 * Errors: `TIMEOUT`, `UNREACHABLE`, `CERTIFICATE`, `TOO_LARGE`, `BAD_REPLY`, `INVALID_INPUT` (a path or header that
 * HTTP cannot carry), and the reason of an aborted signal. Redirects are not followed.
 */
export class Connection {
  private readonly agent: CheckedAgent;
  private readonly hostHeader: string;
  private readonly address: string;
  private closed = false;

  constructor(settings: ConnectionSettings) {
    this.agent = new CheckedAgent(settings);
    const { protocol, host, port } = settings;
    const name = net.isIPv6(host) ? `[${host}]` : host;
    this.address = `${name}:${port}`;
    this.hostHeader = port === (protocol === 'https' ? 443 : 80) ? name : this.address;
  }

  /** Sends the call and reads the whole reply. */
  async send(call: HttpCall): Promise<HttpReply> {
    if (call.maxIdleMs !== undefined) this.agent.dropIdleSockets(call.maxIdleMs);
    try {
      return await this.attempt(call);
    } catch (error) {
      // Where one idle socket is dead or silent, the others of its age are too.
      this.agent.dropIdleSockets();
      if (!(error instanceof DeadSocket)) throw error;
      if (call.repeatOnDeadSocket === false) throw error.failure;
      return await this.attempt(call).catch((again: unknown) => {
        throw again instanceof DeadSocket ? again.failure : again;
      });
    }
  }

  /** Ends every socket at once; whatever is sent afterwards gets `CANCELLED`. */
  close(): void {
    this.closed = true;
    this.agent.destroy();
  }

  private attempt(call: HttpCall): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      const { signal } = call;
      signal?.throwIfAborted();
      if (this.closed) throw new HikvisionError('CANCELLED', { delivery: 'unsent' });
      const request = this.request(call);
      let connected = false;
      let answered = false;
      let settled = false;
      const settle = (): void => {
        settled = true;
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const fail = (error: Error): void => {
        // Afterwards the socket may be another request's already.
        if (settled) return;
        settle();
        reject(error);
        request.destroy();
      };
      const abort = (): void => fail(signal?.reason as Error);
      const late = (): void => fail(this.timeoutFailure(call.timeoutMs, connected));
      let timer = setTimeout(late, call.timeoutMs);
      signal?.addEventListener('abort', abort, { once: true });

      request.once('socket', () => (connected = true));
      request.on('error', (error: NodeJS.ErrnoException) => {
        const failure = this.failureOf(error, connected);
        fail(request.reusedSocket && !answered && isLostConnection(error) ? new DeadSocket(failure) : failure);
      });
      // A reply that changes the protocol (101) ends the request without any other event.
      request.once('close', () => {
        if (!settled) fail(this.failureOf(lostConnection(), connected));
      });
      request.once('response', (response) => {
        answered = true;
        clearTimeout(timer);
        timer = setTimeout(late, call.timeoutMs + BODY_GRACE_MS);
        const chunks: Buffer[] = [];
        let length = 0;
        const count = (bytes: number): void => {
          length += bytes;
          if (length <= call.maxBytes) return;
          fail(new HikvisionError('TOO_LARGE', { params: { limit: Math.round(call.maxBytes / 1024) } }));
        };
        if (Number(response.headers['content-length'] ?? 0) > call.maxBytes) count(Infinity);
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          count(chunk.length);
        });
        response.on('error', (error: NodeJS.ErrnoException) => fail(this.failureOf(error, true)));
        response.once('end', () => {
          settle();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            challenges: response.statusCode === 401 ? (response.headersDistinct['www-authenticate'] ?? []) : [],
            body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks),
          });
        });
      });
      // As one text with the headers, a body is one write; a long one is not worth the copy.
      if (call.body && call.body.length <= ONE_WRITE_BYTES) request.end(call.body.toString('latin1'), 'latin1');
      else request.end(call.body);
    });
  }

  private request({ method, path, headers, body }: HttpCall): http.ClientRequest {
    try {
      return http.request({
        agent: this.agent,
        method,
        path,
        setHost: false,
        // A flat list is written as it is; an object would be copied name by name.
        headers: [
          ...['Host', this.hostHeader],
          ...Object.entries(typeof headers === 'function' ? headers() : headers).flat(),
          ...lengthOf(method, body),
        ],
      });
    } catch (error) {
      // node:http refuses line breaks and the like in path, method and headers before anything is sent.
      if (error instanceof HikvisionError) throw error;
      throw new HikvisionError('INVALID_INPUT', { delivery: 'unsent' });
    }
  }

  private timeoutFailure(timeoutMs: number, connected: boolean): HikvisionError {
    return new HikvisionError('TIMEOUT', {
      ...(connected ? {} : { text: 'connectTimeout' }),
      retryable: true,
      delivery: connected ? 'unknown' : 'unsent',
      params: { address: this.address, seconds: timeoutMs / 1000 },
    });
  }

  private failureOf(error: NodeJS.ErrnoException, connected: boolean): Error {
    if (error instanceof HikvisionError) return error;
    const { address } = this;
    if (error.code?.startsWith('HPE_')) {
      return new HikvisionError('BAD_REPLY', { text: 'notHttp', params: { address, reason: error.code } });
    }
    return new HikvisionError('UNREACHABLE', {
      text: connected ? 'connectionLost' : 'UNREACHABLE',
      retryable: true,
      delivery: connected ? 'unknown' : 'unsent',
      params: { address, reason: error.code ?? error.message },
    });
  }
}

/** A request that died on a reused socket before any reply: the socket was dead, not the unit. */
class DeadSocket extends Error {
  constructor(readonly failure: Error) {
    super(failure.message);
  }
}

function isLostConnection(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE' || error.code === 'ECONNABORTED';
}

function lostConnection(): NodeJS.ErrnoException {
  return Object.assign(new Error('closed'), { code: 'ECONNABORTED' });
}

/** Always said, also by a POST or PUT without a body: embedded servers refuse chunks and wait for a body otherwise. */
function lengthOf(method: string, body: Buffer | undefined): string[] {
  if (body) return ['Content-Length', String(body.length)];
  return method === 'POST' || method === 'PUT' ? ['Content-Length', '0'] : [];
}

/**
 * An agent whose sockets are connected, and for TLS their certificate checked, before any request gets them:
 * not a byte of HTTP reaches an unchecked terminal. Each new connection makes a full handshake, since a
 * resumed session would skip the check.
 */
class CheckedAgent extends http.Agent {
  private readonly connecting = new Set<net.Socket>();
  private readonly idleSince = new WeakMap<Duplex, number>();

  constructor(private readonly settings: ConnectionSettings) {
    super({ keepAlive: true, maxSockets: settings.maxSockets, scheduling: 'lifo', timeout: IDLE_MS });
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const { protocol, host, port, certificate } = this.settings;
    const secure = protocol === 'https';
    let socket: net.Socket;
    const failed = (error: Error): void => {
      if (!this.connecting.delete(socket)) return;
      clearTimeout(timer);
      socket.destroy();
      (callback as (error: Error) => void)(error);
    };
    try {
      socket = secure ? tls.connect(tlsOptions(host, port, certificate)) : net.connect({ host, port });
    } catch (error) {
      // Unusable key material in a tls-config throws here and not in an event.
      const reason = error instanceof Error ? error.message : String(error);
      const failure = new HikvisionError('CERTIFICATE', {
        text: 'tlsSettings',
        params: { reason },
        delivery: 'unsent',
      });
      process.nextTick(callback, failure);
      return;
    }
    const timer = setTimeout(
      () =>
        failed(
          new HikvisionError('TIMEOUT', {
            text: 'connectTimeout',
            retryable: true,
            delivery: 'unsent',
            params: { address: `${host}:${port}`, seconds: CONNECT_TIMEOUT_MS / 1000 },
          }),
        ),
      CONNECT_TIMEOUT_MS,
    );
    this.connecting.add(socket);
    socket.setNoDelay(true);
    // Stays for good: a socket that fails between two owners must not bring Node-RED down.
    socket.on('error', failed);
    const gone = (): void => failed(lostConnection());
    socket.once('close', gone);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      try {
        if (socket instanceof tls.TLSSocket) checkCertificate(socket, certificate);
      } catch (error) {
        failed(error as Error);
        return;
      }
      clearTimeout(timer);
      this.connecting.delete(socket);
      socket.removeListener('close', gone);
      callback(null, socket);
    });
  }

  /** Notes since when the socket is idle. */
  override keepSocketAlive(socket: Duplex): boolean {
    this.idleSince.set(socket, Date.now());
    // eslint-disable-next-line @typescript-eslint/no-confusing-void-expression -- declared void, but false means: not kept
    const kept: unknown = super.keepSocketAlive(socket);
    return kept !== false;
  }

  /** Ends the sockets that have been idle for at least so many milliseconds. */
  dropIdleSockets(idleMs = 0): void {
    const latest = Date.now() - idleMs;
    for (const socket of Object.values(this.freeSockets).flatMap((sockets) => sockets ?? [])) {
      if ((this.idleSince.get(socket) ?? 0) <= latest) socket.destroy();
    }
  }

  override destroy(): void {
    for (const socket of this.connecting) socket.destroy();
    super.destroy();
  }
}
