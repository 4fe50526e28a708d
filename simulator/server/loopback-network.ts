import http from 'node:http';
import net, { isIPv4, type AddressInfo, type Socket } from 'node:net';
import type { Listener, Listeners } from './loopback-server.js';

interface Place {
  listeners: Listeners;
  sockets: Set<Socket>;
  online: boolean;
}

interface NetworkSettings {
  /** 0 = any free port; the same at every address. */
  port: number;
  /** Real seconds after which an idle connection is closed; default 30. */
  idleSeconds?: number;
}

/**
 * One listener at many loopback addresses: the address that a client connected to says who answers. HTTP only.
 *
 * No socket can be bound to 127.0.0.0/8 alone, so it is bound to 0.0.0.0, and the port is open to the network. Therefore a
 * connection whose own or other end is not in 127.0.0.0/8, or that nobody answers at, is destroyed before a byte is read
 * of it: sockets come paused, and only one that passed is given to the HTTP server. Linux answers at every address of
 * 127.0.0.0/8; other systems have 127.0.0.1 alone until they are told of more.
 */
export class LoopbackNetwork {
  private readonly places = new Map<string, Place>();
  private readonly http = http.createServer();
  private readonly server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
  private port = 0;

  /** @param arrive is asked to take a place at an address that nobody has taken yet, or leaves it */
  constructor(
    private readonly settings: NetworkSettings,
    private readonly arrive: (address: string) => void,
  ) {
    this.http.keepAliveTimeout = (settings.idleSeconds ?? 30) * 1000;
    this.http.on('request', (request, response) => {
      const place = this.places.get(request.socket.localAddress ?? '');
      if (place) place.listeners.onRequest(request, response);
      else response.destroy();
    });
    this.server.on('connection', (socket) => this.accept(socket));
  }

  /** Begins to listen. @throws Error if it cannot (EADDRINUSE, EACCES) */
  async start(): Promise<{ port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('listening', resolve).once('error', reject);
      this.server.listen(this.settings.port, '0.0.0.0');
    });
    this.server.on('error', () => undefined);
    ({ port: this.port } = this.server.address() as AddressInfo);
    return { port: this.port };
  }

  /** Closes it with every socket at once. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    for (const place of this.places.values()) goOffline(place);
    await closed;
  }

  /** Takes the place at an address; it is online until it is stopped. */
  at(address: string, listeners: Listeners): Listener {
    const place: Place = { listeners, sockets: new Set(), online: true };
    this.places.set(address, place);
    const port = (): number => this.port;
    return {
      start: () => {
        if (place.online) return Promise.reject(new Error(`The simulated terminal at ${address} runs already`));
        place.online = true;
        return Promise.resolve({ port: port() });
      },
      stop: () => {
        goOffline(place);
        return Promise.resolve();
      },
      hangUp: () => hangUp(place),
      get address() {
        return { host: address, port: port(), protocol: 'http' as const };
      },
      get origin() {
        return `http://${address}:${port()}`;
      },
    };
  }

  private accept(socket: Socket): void {
    const { localAddress = '' } = socket;
    const isOurs = isLoopback(localAddress) && isLoopback(socket.remoteAddress);
    if (isOurs && !this.places.has(localAddress)) this.arrive(localAddress);
    const place = isOurs ? this.places.get(localAddress) : undefined;
    if (place?.online !== true) {
      socket.destroy();
      return;
    }
    place.listeners.onConnection();
    place.sockets.add(socket);
    socket.once('close', () => place.sockets.delete(socket));
    this.http.emit('connection', socket);
    socket.resume();
  }
}

/** Whether an end of a connection is in 127.0.0.0/8. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && isIPv4(address) && address.startsWith('127.');
}

function goOffline(place: Place): void {
  place.online = false;
  hangUp(place);
}

function hangUp({ sockets }: Place): void {
  for (const socket of sockets) socket.destroy();
}
