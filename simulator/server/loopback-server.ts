import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { createServer, isIPv4, type AddressInfo, type Server, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';

export interface LoopbackSettings {
  /** 0 = any free port. */
  port: number;
  /** Default 127.0.0.1; only loopback is allowed: 127.0.0.0/8, ::1, localhost. */
  host?: string;
  /** Speaks HTTPS when given. */
  tls?: SecureContextOptions;
  /** Real seconds after which an idle connection is closed; default 30. */
  idleSeconds?: number;
}

export interface Listeners {
  onRequest: (request: http.IncomingMessage, response: http.ServerResponse) => void;
  onConnection: () => void;
  onTlsHandshake: () => void;
}

/** Where requests come from. */
export interface Listener {
  /**
   * @param port where it listens, if not where its settings say
   * @throws Error if it runs already, or if it cannot listen
   */
  start(port?: number): Promise<{ port: number }>;
  stop(): Promise<void>;
  /** Ends every connection at once, and goes on listening. */
  hangUp(): void;
  /** @throws Error before the first start */
  readonly address: { host: string; port: number; protocol: 'http' | 'https' };
  /** The address as the beginning of a URL. @throws Error before the first start */
  readonly origin: string;
}

/** An HTTP or HTTPS server on loopback that can be started again after each stop. */
export class LoopbackServer implements Listener {
  private readonly sockets = new Set<Socket>();
  /** Undefined while stopped. */
  private server: http.Server | undefined;
  /** Where it listens, or listened last. */
  private lastAddress: AddressInfo | undefined;

  /** @param name what error messages call it, such as `simulated terminal` */
  constructor(
    private readonly name: string,
    private readonly settings: LoopbackSettings,
    private readonly listeners: Listeners,
  ) {}

  /**
   * Begins to listen.
   * @throws Error if the host is not loopback, if it runs already, or if it cannot listen (EADDRINUSE, EACCES)
   */
  async start(port = this.settings.port): Promise<{ port: number }> {
    const host = this.loopbackHost();
    if (this.server) throw new Error(`The ${this.name} runs already`);
    const server = this.newServer();
    this.server = server;
    try {
      const at = port === 0 ? await freshPort(host) : port;
      if (this.server !== server) throw new Error(`The ${this.name} was stopped`);
      await new Promise<void>((resolve, reject) => {
        server.once('listening', resolve).once('error', reject);
        server.once('close', () => reject(new Error(`The ${this.name} was stopped`)));
        server.listen(at, host);
      });
    } catch (error) {
      if (this.server === server) this.server = undefined;
      throw error;
    }
    server.on('error', () => undefined);
    this.lastAddress = server.address() as AddressInfo;
    return { port: this.lastAddress.port };
  }

  /** Closes the server with every socket at once. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    this.hangUp();
    await closed;
  }

  /** Ends every connection at once, and goes on listening. */
  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Where it listens, or listened last. @throws Error before the first start */
  get address(): { host: string; port: number; protocol: 'http' | 'https' } {
    if (!this.lastAddress) throw new Error(`The ${this.name} has not been started`);
    const { address, port } = this.lastAddress;
    return { host: address, port, protocol: this.settings.tls ? 'https' : 'http' };
  }

  /** The address as the beginning of a URL. @throws Error before the first start */
  get origin(): string {
    const { protocol, host, port } = this.address;
    return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  private newServer(): http.Server {
    const { tls, idleSeconds = 30 } = this.settings;
    const { onRequest, onConnection, onTlsHandshake } = this.listeners;
    const server = tls ? https.createServer(tls) : http.createServer();
    server.keepAliveTimeout = idleSeconds * 1000;
    server.on('request', onRequest);
    server.on('connection', (socket: Socket) => {
      onConnection();
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.on('secureConnection', onTlsHandshake);
    return server;
  }

  private loopbackHost(): string {
    const { host = '127.0.0.1' } = this.settings;
    if (host === 'localhost') return '127.0.0.1';
    if (host === '::1' || (isIPv4(host) && host.startsWith('127.'))) return host;
    throw new Error(
      `A ${this.name} listens on loopback only (127.0.0.1, ::1, localhost), not on ${JSON.stringify(host)}`,
    );
  }
}

/** Ports that the system has chosen in this process. */
const given = new Set<number>();
const MOST_TRIES = 50;

/** A free port that none had before: whoever remembers a terminal by its address is not to take another one for it. */
async function freshPort(host: string): Promise<number> {
  const held: Server[] = [];
  try {
    for (;;) {
      const probe = createServer().listen(0, host);
      held.push(probe);
      await once(probe, 'listening');
      const { port } = probe.address() as AddressInfo;
      if (given.has(port) && held.length < MOST_TRIES) continue;
      given.add(port);
      return port;
    }
  } finally {
    await Promise.all(held.map((probe) => new Promise((resolve) => probe.close(resolve))));
  }
}
