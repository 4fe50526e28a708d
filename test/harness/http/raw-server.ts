import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

import type { KeyPair } from './key-pairs.js';

/** One request as it came over the wire, and the socket to answer on. */
export interface RawRequest {
  method: string;
  path: string;
  /** Names in lower case. */
  headers: Map<string, string>;
  body: Buffer;
  socket: net.Socket;
  /** Ends the TCP connection below with a reset, as a crash does. */
  reset: () => void;
  /** Which connection, counted from 1, and which request on it. */
  connection: number;
  onConnection: number;
}

export type Answer = (request: RawRequest) => void;

const portsHad = new Set<number>();

/** A server on loopback that answers with the very bytes that a test gives it. */
export class RawServer {
  readonly requests: RawRequest[] = [];
  /** Connections that were accepted, and for TLS how many of them finished their handshake. */
  connections = 0;
  handshakes = 0;
  /** Handshakes that resumed a session and so showed no certificate. */
  resumed = 0;
  /** Bytes that came over all connections, after decryption. */
  bytes = 0;
  private readonly sockets = new Set<net.Socket>();
  private readonly byPort = new Map<number | undefined, { tcp: net.Socket; connection: number }>();
  private readonly server: net.Server;

  private constructor(
    private readonly answer: Answer,
    readonly secure: tls.TlsOptions | undefined,
  ) {
    this.server = secure ? tls.createServer(secure) : net.createServer();
    this.server.on('connection', (tcp: net.Socket) => {
      this.connections += 1;
      this.sockets.add(tcp);
      this.byPort.set(tcp.remotePort, { tcp, connection: this.connections });
      tcp.once('close', () => this.sockets.delete(tcp));
      tcp.on('error', () => undefined);
      if (!secure) this.serve(tcp);
    });
    this.server.on('secureConnection', (socket: tls.TLSSocket) => {
      this.handshakes += 1;
      if (socket.isSessionReused()) this.resumed += 1;
      this.serve(socket);
    });
  }

  /** On a port that none had before in this process: by its address a terminal is known, with the logins that it rejected. */
  static async start(answer: Answer, secure?: KeyPair & tls.TlsOptions): Promise<RawServer> {
    const raw = new RawServer(answer, secure);
    raw.server.on('tlsClientError', () => undefined);
    raw.server.listen(0, '127.0.0.1');
    await once(raw.server, 'listening');
    if (!portsHad.has(raw.port)) {
      portsHad.add(raw.port);
      return raw;
    }
    const another = await RawServer.start(answer, secure);
    await raw.stop();
    return another;
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  get openSockets(): number {
    return this.sockets.size;
  }

  /** Waits until no socket is open any more. */
  async drained(): Promise<void> {
    await Promise.all([...this.sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private serve(socket: net.Socket): void {
    const { tcp, connection } = this.byPort.get(socket.remotePort) ?? { tcp: socket, connection: 0 };
    const reset = (): void => void tcp.resetAndDestroy();
    let onConnection = 0;
    let pending = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const end = pending.indexOf('\r\n\r\n');
        if (end < 0) return;
        const [start = '', ...lines] = pending.toString('latin1', 0, end).split('\r\n');
        const headers = new Map(
          lines.map((line): [string, string] => {
            const colon = line.indexOf(':');
            return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
          }),
        );
        const length = Number(headers.get('content-length') ?? 0);
        if (pending.length < end + 4 + length) return;
        const body = pending.subarray(end + 4, end + 4 + length);
        pending = pending.subarray(end + 4 + length);
        const [method = '', path = ''] = start.split(' ');
        onConnection += 1;
        const request = { method, path, headers, body, socket, reset, connection, onConnection };
        this.requests.push(request);
        this.answer(request);
      }
    });
  }
}

/** A reply with a right Content-Length, as bytes. */
export function reply(status: number, body: string | Buffer = '', headers: Record<string, string> = {}): Buffer {
  const content = Buffer.from(body);
  const head = Object.entries({ 'Content-Length': String(content.length), ...headers });
  const lines = [`HTTP/1.1 ${status} Status`, ...head.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), content]);
}
