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

export interface HttpCall {
  method: string;
  /** Path and query, exactly as it goes on the wire. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: Buffer;
  /** Milliseconds until the reply's headers must be there, and until all of it. */
  timeoutMs: number;
  /** The longest body accepted, in bytes; more gives `TOO_LARGE`. */
  maxBytes: number;
  signal?: AbortSignal;
  /** False forbids the one repeat of a request that died on a reused socket before any reply. */
  repeatOnDeadSocket?: boolean;
}

export interface HttpReply {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Each `WWW-Authenticate` header by itself. */
  challenges: string[];
  body: Buffer;
}

/** Connecting, with the TLS handshake, may take this long (milliseconds) at most. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A reply whose headers came in time may take this much longer (milliseconds) to arrive as a whole. */
const BODY_GRACE_MS = 5_000;

/**
 * Keep-alive connections to one address over node:http sockets, plain or TLS.
 * Errors: `TIMEOUT`, `UNREACHABLE`, `CERTIFICATE`, `TOO_LARGE`, `BAD_REPLY`, and the reason of an aborted signal.
 * Redirects are not followed.
 */
export class Connection {
  private readonly agent: CheckedAgent;
  private readonly hostHeader: string;

  constructor(settings: ConnectionSettings) {
    this.agent = new CheckedAgent(settings);
    const { protocol, host, port } = settings;
    const name = net.isIPv6(host) ? `[${host}]` : host;
    this.hostHeader = port === (protocol === 'https' ? 443 : 80) ? name : `${name}:${port}`;
  }

  /** Sends the call and reads the whole reply. */
  async send(call: HttpCall): Promise<HttpReply> {
    try {
      return await this.attempt(call);
    } catch (error) {
      if (!(error instanceof DeadSocket)) throw error;
      // Units drop idle sockets without notice; the others of that age are dead too.
      this.agent.dropIdleSockets();
      if (call.repeatOnDeadSocket === false) throw error.failure;
      return await this.attempt(call).catch((again: unknown) => {
        throw again instanceof DeadSocket ? again.failure : again;
      });
    }
  }

  /** Ends every socket at once. */
  close(): void {
    this.agent.destroy();
  }

  private attempt(call: HttpCall): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      let connected = false;
      let answered = false;
      const { signal, body } = call;
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const request = http.request({
        agent: this.agent,
        method: call.method,
        path: call.path,
        setHost: false,
        headers: {
          Host: this.hostHeader,
          ...call.headers,
          ...(body ? { 'Content-Length': String(body.length) } : lengthOfNothing(call.method)),
        },
      });
      const finish = (error: Error): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        reject(error);
        request.destroy();
      };
      const abort = (): void => finish(signal?.reason as Error);
      const late = (): void =>
        finish(
          new HikvisionError('TIMEOUT', {
            retryable: true,
            delivery: connected ? 'unknown' : 'unsent',
            params: { seconds: call.timeoutMs / 1000 },
          }),
        );
      let timer = setTimeout(late, call.timeoutMs);
      signal?.addEventListener('abort', abort, { once: true });

      request.once('socket', () => (connected = true));
      request.on('error', (error: NodeJS.ErrnoException) => {
        const failure = this.failureOf(error, connected, answered);
        finish(request.reusedSocket && !answered && isLostConnection(error) ? new DeadSocket(failure) : failure);
      });
      request.once('response', (response) => {
        answered = true;
        clearTimeout(timer);
        timer = setTimeout(late, BODY_GRACE_MS + call.timeoutMs);
        const chunks: Buffer[] = [];
        let length = 0;
        const tooLarge = (): void =>
          finish(new HikvisionError('TOO_LARGE', { params: { limit: Math.round(call.maxBytes / 1024) } }));
        if (Number(response.headers['content-length'] ?? 0) > call.maxBytes) {
          tooLarge();
          return;
        }
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > call.maxBytes) tooLarge();
          else chunks.push(chunk);
        });
        response.on('error', (error: NodeJS.ErrnoException) => finish(this.failureOf(error, true, true)));
        response.once('end', () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', abort);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            challenges: response.headersDistinct['www-authenticate'] ?? [],
            body: Buffer.concat(chunks),
          });
        });
      });
      request.end(body);
    });
  }

  private failureOf(error: NodeJS.ErrnoException, connected: boolean, answered: boolean): Error {
    if (error instanceof HikvisionError) return error;
    const address = this.hostHeader;
    if (error.code?.startsWith('HPE_')) {
      return new HikvisionError('BAD_REPLY', { text: 'notHttp', params: { address, reason: error.code } });
    }
    return new HikvisionError('UNREACHABLE', {
      text: connected ? 'connectionLost' : 'UNREACHABLE',
      retryable: true,
      delivery: connected || answered ? 'unknown' : 'unsent',
      params: { address, reason: error.code ?? error.message },
    });
  }
}

/** A request that died on a reused socket before any reply byte: the socket was dead, not the unit. */
class DeadSocket extends Error {
  constructor(readonly failure: Error) {
    super(failure.message);
  }
}

function isLostConnection(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE' || error.code === 'ECONNABORTED';
}

/** A body-less POST or PUT still says its length: embedded servers wait for a body otherwise. */
function lengthOfNothing(method: string): Record<string, string> {
  return method === 'POST' || method === 'PUT' ? { 'Content-Length': '0' } : {};
}

/**
 * An agent whose sockets are connected, and for TLS their certificate checked, before any request gets them:
 * not a byte of HTTP reaches an unchecked terminal. Each new connection makes a full handshake, since a
 * resumed session would skip the check.
 */
class CheckedAgent extends http.Agent {
  private readonly connecting = new Set<net.Socket>();

  constructor(private readonly settings: ConnectionSettings) {
    super({ keepAlive: true, maxSockets: settings.maxSockets, scheduling: 'lifo' });
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const { protocol, host, port, certificate } = this.settings;
    const secure = protocol === 'https';
    let socket: net.Socket;
    const failed = (error: Error): void => {
      clearTimeout(timer);
      this.connecting.delete(socket);
      socket.destroy();
      (callback as (error: Error) => void)(error);
    };
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
    try {
      socket = secure ? tls.connect(tlsOptions(host, port, certificate)) : net.connect({ host, port });
    } catch (error) {
      // Unusable key material in a tls-config throws here and not in an event.
      clearTimeout(timer);
      const reason = error instanceof Error ? error.message : String(error);
      const failure = new HikvisionError('CERTIFICATE', {
        text: 'tlsSettings',
        params: { reason },
        delivery: 'unsent',
      });
      process.nextTick(callback, failure);
      return;
    }
    this.connecting.add(socket);
    socket.setNoDelay(true);
    const gone = (): void => failed(Object.assign(new Error('closed'), { code: 'ECONNABORTED' }));
    socket.once('error', failed);
    socket.once('close', gone);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      socket.removeListener('error', failed);
      socket.removeListener('close', gone);
      try {
        if (socket instanceof tls.TLSSocket) checkCertificate(socket, certificate);
      } catch (error) {
        failed(error as Error);
        return;
      }
      clearTimeout(timer);
      this.connecting.delete(socket);
      callback(null, socket);
    });
  }

  dropIdleSockets(): void {
    for (const sockets of Object.values(this.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }

  override destroy(): void {
    for (const socket of this.connecting) socket.destroy();
    super.destroy();
  }
}
