import { once } from 'node:events';
import net from 'node:net';

/** A TCP line to a local port that can swallow what goes over it, as a network does that is cut: nobody is told of an end. */
export class SwallowingLine {
  private swallows = false;
  private readonly near = new Set<net.Socket>();
  private readonly far = new Set<net.Socket>();

  private constructor(
    private readonly server: net.Server,
    private readonly to: number,
  ) {
    server.on('connection', (socket) => this.join(socket));
  }

  static async to(port: number): Promise<SwallowingLine> {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new SwallowingLine(server, port);
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  /** From now on nothing arrives, on lines that are there and on new ones. */
  swallow(): void {
    this.swallows = true;
  }

  /** New lines carry again; what was swallowed is gone, and so are the lines that lost it. */
  carry(): void {
    this.swallows = false;
    for (const socket of this.near) socket.destroy();
  }

  /** The far side gives up, as a server does by its keep-alives; the near side hears nothing while it swallows. */
  endFarSide(): void {
    for (const socket of this.far) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of [...this.near, ...this.far]) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(near: net.Socket): void {
    this.near.add(near);
    const far = net.connect({ host: '127.0.0.1', port: this.to });
    this.far.add(far);
    near.on('error', () => undefined).on('data', (data) => !this.swallows && far.write(data));
    far.on('error', () => undefined).on('data', (data) => !this.swallows && near.write(data));
    near.once('close', () => !this.swallows && far.destroy());
    far.once('close', () => !this.swallows && near.destroy());
  }
}
