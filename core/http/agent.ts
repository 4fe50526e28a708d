import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

import { checkCertificate, tlsOptions, type CertificateCheck } from './certificate.js';
import { HikvisionError } from '../errors/hikvision-error.js';

declare module 'http' {
  interface Agent {
    /** What node:http calls for each request, and asks of whatever is given as its agent. */
    addRequest(request: ClientRequest, options: object): void;
  }
}

export interface AgentSettings {
  protocol: 'http' | 'https';
  host: string;
  port: number;
  certificate: CertificateCheck;
  /** Sockets that may be open at once. */
  maxSockets: number;
}

/** Connecting, with the TLS handshake, may take this long (milliseconds) at most. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Milliseconds for which an idle socket is kept: terminals drop theirs without notice, and routers forget them. */
const IDLE_MS = 30_000;
/** An idle socket is closed this much (milliseconds) before the server would, where the server says when that is. */
const KEEP_ALIVE_MARGIN_MS = 1_000;
/** Silence (milliseconds) after which TCP asks whether the other side is still there. */
const KEEP_ALIVE_PROBE_MS = 10_000;

/** What the agent keeps its sockets under. */
const ONE_ADDRESS = 'one address';
/** Without a server name node:http would derive one for each request. */
const NO_OPTIONS = { servername: '' };

/**
 * An agent for one address whose sockets are connected, and for TLS their certificate checked, before any request gets
 * them: not a byte of HTTP reaches an unchecked server. Each new connection makes a full handshake, since a resumed
 * session would skip the check.
 */
export class CheckedAgent extends http.Agent {
  private readonly connecting = new Set<net.Socket>();
  /** On the clock of `performance`, which nobody sets. */
  private readonly idleSince = new WeakMap<Duplex, number>();
  /** Sockets that the server is about to close. */
  private readonly closingSoon = new WeakSet<Duplex>();
  private changeCount = 0;

  constructor(private readonly settings: AgentSettings) {
    super({ keepAlive: true, maxSockets: settings.maxSockets, scheduling: 'lifo' });
    // Read by now; node:http would copy them for each request, which is most of what an agent costs.
    Object.assign(this, { options: {} });
  }

  /** What stands in the options of a request leads nowhere: there is one address, and sockets are connected here. */
  override addRequest(request: http.ClientRequest): void {
    super.addRequest(request, NO_OPTIONS);
  }

  /** Rises when a socket is connected, and when one is closed. */
  get socketChanges(): number {
    return this.changeCount;
  }

  override getName(): string {
    return ONE_ADDRESS;
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    let socket: net.Socket;
    try {
      socket = this.open();
    } catch (error) {
      process.nextTick(callback, error);
      return;
    }
    const finish = (failure?: Error): void => {
      if (!this.connecting.delete(socket)) return;
      clearTimeout(timer);
      socket.removeListener('close', closed);
      if (!failure) {
        this.changeCount += 1;
        socket.once('close', () => (this.changeCount += 1));
        callback(null, socket);
        return;
      }
      socket.destroy();
      (callback as (error: Error) => void)(failure);
    };
    const closed = (): void => finish(closedEarly());
    const timer = setTimeout(() => finish(this.connectTimeout()), CONNECT_TIMEOUT_MS);
    this.connecting.add(socket);
    // Stays for good: a socket that fails between two requests must not bring Node-RED down.
    socket.on('error', finish);
    socket.once('close', closed);
    socket.once(this.isSecure ? 'secureConnect' : 'connect', () => finish(this.certificateFailure(socket)));
  }

  /** Notes since when the socket is idle. */
  override keepSocketAlive(socket: Duplex): boolean {
    this.idleSince.set(socket, performance.now());
    if (socket instanceof net.Socket) socket.unref();
    return !this.closingSoon.has(socket);
  }

  /** Keeps the reply's socket no longer than its `Keep-Alive: timeout=5` says, less a second for the way. */
  limitIdleTime({ headers, socket }: http.IncomingMessage): void {
    const [, seconds] = /(?:^|[\s,])timeout=(\d{1,6})/i.exec(String(headers['keep-alive'])) ?? [];
    if (seconds === undefined) return;
    const idleMs = Math.min(Number(seconds) * 1000 - KEEP_ALIVE_MARGIN_MS, IDLE_MS);
    if (idleMs <= 0) this.closingSoon.add(socket);
    else if (socket.timeout !== idleMs) socket.setTimeout(idleMs);
  }

  /** Ends the sockets that have been idle for at least so many milliseconds. */
  dropIdleSockets(idleMs = 0): void {
    const latest = performance.now() - idleMs;
    for (const socket of [...(this.freeSockets[ONE_ADDRESS] ?? [])]) {
      if ((this.idleSince.get(socket) ?? 0) <= latest) socket.destroy();
    }
  }

  override destroy(): void {
    for (const socket of this.connecting) socket.destroy();
    super.destroy();
  }

  private get isSecure(): boolean {
    return this.settings.protocol === 'https';
  }

  /** Begins to connect. Throws `CERTIFICATE` for unusable key material in a tls-config. */
  private open(): net.Socket {
    const { host, port, certificate } = this.settings;
    try {
      const socket = this.isSecure ? tls.connect(tlsOptions(host, port, certificate)) : net.connect({ host, port });
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
      // Set once for all requests: the agent acts on it only while the socket is idle.
      socket.setTimeout(IDLE_MS);
      return socket;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw HikvisionError.of('tlsSettings', { params: { reason }, delivery: 'unsent' });
    }
  }

  private certificateFailure(socket: net.Socket): Error | undefined {
    try {
      if (socket instanceof tls.TLSSocket) checkCertificate(socket, this.settings.certificate);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  private connectTimeout(): HikvisionError {
    const { host, port } = this.settings;
    return HikvisionError.of('connectTimeout', {
      retryable: true,
      delivery: 'unsent',
      params: { address: `${host}:${port}`, seconds: CONNECT_TIMEOUT_MS / 1000 },
    });
  }
}

/** What stands for a socket that closed without saying why. */
export function closedEarly(): NodeJS.ErrnoException {
  return Object.assign(new Error('closed'), { code: 'ECONNABORTED' });
}
