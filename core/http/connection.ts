import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

import { checkCertificate, tlsOptions, type CertificateCheck } from './certificate.js';
import { HikvisionError } from '../errors/hikvision-error.js';

export interface ConnectionSettings {
  protocol: 'http' | 'https';
  host: string;
  port: number;
  certificate: CertificateCheck;
  /** Sockets that may be open at once. */
  maxSockets: number;
  /** Signals of many calls, which live as long as the connection: they are listened to once and not for each call. */
  lastingSignals?: readonly AbortSignal[];
}

export type Headers = Readonly<Record<string, string>>;

export interface HttpCall {
  method: string;
  /** Path and query, exactly as it goes on the wire. */
  path: string;
  /** A function is asked anew for each attempt: a signature is never sent twice. */
  headers: Headers | (() => Headers);
  body?: Buffer | undefined;
  /** Milliseconds until the reply's headers must be there, connecting included. */
  timeoutMs: number;
  /** The longest body accepted, in bytes; more gives `TOO_LARGE`. */
  maxBytes: number;
  signal?: AbortSignal;
  /** False forbids the one repeat of a request that died on a reused socket before any reply. */
  repeatOnDeadSocket?: boolean;
  /** Milliseconds: a socket that has been idle for longer is not used, since it may have died unnoticed. */
  maxIdleMs?: number | undefined;
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
/** A unit that announces when it closes an idle socket is taken to do so this much (milliseconds) earlier. */
const KEEP_ALIVE_MARGIN_MS = 1_000;
/** Silence (milliseconds) after which TCP asks whether the other side is still there. */
const KEEP_ALIVE_PROBE_MS = 10_000;

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
  /** What to abort with each lasting signal. */
  private readonly lasting = new Map<AbortSignal, Set<() => void>>();

  constructor(settings: ConnectionSettings) {
    this.agent = new CheckedAgent(settings);
    const { protocol, host, port } = settings;
    const name = net.isIPv6(host) ? `[${host}]` : host;
    this.address = `${name}:${port}`;
    for (const signal of settings.lastingSignals ?? []) {
      const aborts = new Set<() => void>();
      this.lasting.set(signal, aborts);
      signal.addEventListener('abort', () => [...aborts].forEach((abort) => abort()), { once: true });
    }
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
      const { signal, timeoutMs, maxBytes } = call;
      signal?.throwIfAborted();
      if (this.closed) throw HikvisionError.of('cancelled', { delivery: 'unsent' });
      const request = this.request(call);
      let answered = false;
      let settled = false;
      // The agent gives a request no socket but a connected one.
      const isConnected = (): boolean => Boolean(request.socket);
      const settle = (): void => {
        settled = true;
        clearTimeout(timer);
        if (lasting) lasting.delete(abort);
        else signal?.removeEventListener('abort', abort);
      };
      const fail = (error: Error): void => {
        // Afterwards the socket may be another request's already.
        if (settled) return;
        settle();
        reject(error);
        request.destroy();
      };
      const abort = (): void => fail(signal?.reason as Error);
      const late = (): void => {
        // The timer is set anew only where it is needed: nearly every reply is there as a whole before it fires.
        const leftMs = bodyDueAt - performance.now();
        if (leftMs > 0) timer = setTimeout(late, leftMs);
        else fail(this.timeoutFailure(timeoutMs, isConnected()));
      };
      let bodyDueAt = 0;
      let timer = setTimeout(late, timeoutMs);
      const lasting = signal && this.lasting.get(signal);
      if (lasting) lasting.add(abort);
      else signal?.addEventListener('abort', abort);

      request.on('error', (error: NodeJS.ErrnoException) => {
        const failure = this.failureOf(error, isConnected());
        fail(request.reusedSocket && !answered && isLostConnection(error) ? new DeadSocket(failure) : failure);
      });
      // A reply that changes the protocol (101) ends the request without any other event.
      request.on('close', () => {
        if (!settled) fail(this.failureOf(lostConnection(), isConnected()));
      });
      request.on('response', (response) => {
        answered = true;
        bodyDueAt = performance.now() + timeoutMs + BODY_GRACE_MS;
        const chunks: Buffer[] = [];
        let length = 0;
        const count = (bytes: number): void => {
          length += bytes;
          if (length <= maxBytes) return;
          fail(HikvisionError.of('tooLarge', { params: { limit: Math.round(maxBytes / 1024) } }));
        };
        const { headers } = response;
        if (Number(headers['content-length'] ?? 0) > maxBytes) count(Infinity);
        if (headers['keep-alive'] !== undefined) this.agent.heedKeepAlive(response);
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          count(chunk.length);
        });
        response.on('error', (error: NodeJS.ErrnoException) => fail(this.failureOf(error, true)));
        response.on('end', () => {
          settle();
          resolve({
            status: response.statusCode ?? 0,
            headers,
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
        headers: this.headerList(typeof headers === 'function' ? headers() : headers, method, body),
      });
    } catch (error) {
      // node:http refuses line breaks and the like in path, method and headers before anything is sent.
      if (error instanceof HikvisionError) throw error;
      throw HikvisionError.of('unusableRequest', { delivery: 'unsent' });
    }
  }

  /** A flat list, which node:http writes as it is; an object would be copied name by name. */
  private headerList(headers: Headers, method: string, body: Buffer | undefined): string[] {
    const list = ['Host', this.hostHeader];
    for (const name of Object.keys(headers)) list.push(name, headers[name] ?? '');
    // Always said, also by a POST or PUT without a body: embedded servers refuse chunks and wait for a body otherwise.
    if (body) list.push('Content-Length', String(body.length));
    else if (method === 'POST' || method === 'PUT') list.push('Content-Length', '0');
    return list;
  }

  private timeoutFailure(timeoutMs: number, connected: boolean): HikvisionError {
    return HikvisionError.of(connected ? 'noAnswer' : 'connectTimeout', {
      retryable: true,
      delivery: connected ? 'unknown' : 'unsent',
      params: { address: this.address, seconds: timeoutMs / 1000 },
    });
  }

  private failureOf(error: NodeJS.ErrnoException, connected: boolean): Error {
    if (error instanceof HikvisionError) return error;
    const { address } = this;
    if (error.code?.startsWith('HPE_')) {
      return HikvisionError.of('notHttp', { params: { address, reason: error.code } });
    }
    if (!connected && NO_TLS.has(error.code ?? '')) {
      return HikvisionError.of('notTls', {
        delivery: 'unsent',
        params: { address, reason: error.code ?? '' },
      });
    }
    return HikvisionError.of(connected ? 'connectionLost' : 'unreachable', {
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

/** What a TLS handshake with a server that speaks plain HTTP ends in. */
const NO_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST']);

function isLostConnection(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE' || error.code === 'ECONNABORTED';
}

function lostConnection(): NodeJS.ErrnoException {
  return Object.assign(new Error('closed'), { code: 'ECONNABORTED' });
}

/**
 * An agent whose sockets are connected, and for TLS their certificate checked, before any request gets them:
 * not a byte of HTTP reaches an unchecked terminal. Each new connection makes a full handshake, since a
 * resumed session would skip the check.
 */
class CheckedAgent extends http.Agent {
  private readonly connecting = new Set<net.Socket>();
  private readonly idleSince = new WeakMap<Duplex, number>();
  /** Sockets that the unit is about to close. */
  private readonly spent = new WeakSet<Duplex>();

  constructor(private readonly settings: ConnectionSettings) {
    // The name is for TLS, which is not the agent's here; without one it would work it out for each request.
    const options: http.AgentOptions & { servername: string } = {
      keepAlive: true,
      maxSockets: settings.maxSockets,
      scheduling: 'lifo',
      servername: '',
    };
    super(options);
  }

  /** One name for all: there is one address. */
  override getName(): string {
    return 'terminal';
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
      const failure = HikvisionError.of('tlsSettings', {
        params: { reason },
        delivery: 'unsent',
      });
      process.nextTick(callback, failure);
      return;
    }
    const timer = setTimeout(
      () =>
        failed(
          HikvisionError.of('connectTimeout', {
            retryable: true,
            delivery: 'unsent',
            params: { address: `${host}:${port}`, seconds: CONNECT_TIMEOUT_MS / 1000 },
          }),
        ),
      CONNECT_TIMEOUT_MS,
    );
    this.connecting.add(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    // Set once for all requests: the agent heeds it only while the socket is idle.
    socket.setTimeout(IDLE_MS);
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
    if (socket instanceof net.Socket) socket.unref();
    return !this.spent.has(socket);
  }

  /** Keeps the reply's socket no longer than the unit says (`Keep-Alive: timeout=5`), less a second for the way. */
  heedKeepAlive({ headers, socket }: http.IncomingMessage): void {
    const [, seconds] = /(?:^|[\s,])timeout=(\d{1,6})/i.exec(String(headers['keep-alive'])) ?? [];
    if (seconds === undefined) return;
    const idleMs = Math.min(Number(seconds) * 1000 - KEEP_ALIVE_MARGIN_MS, IDLE_MS);
    if (idleMs <= 0) this.spent.add(socket);
    else if (socket.timeout !== idleMs) socket.setTimeout(idleMs);
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
