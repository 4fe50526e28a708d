import net from 'node:net';

export interface LineOptions {
  /** Listens at every loopback address, and goes on to the address that was connected to. */
  isEveryAddress?: boolean;
  /** Where it leads; of a line at every address, only the port counts. */
  to: { host: string; port: number };
  /** Sees what the near end sends before it goes on, and what comes back. */
  tap?: (address: string) => Tap;
  /** Milliseconds of silence after which the far end gives a connection up, as keep-alives make it; default: never. */
  givesUpAfter?: number;
}

/** What looks at one connection. */
export interface Tap {
  /** @param at when the near end sent it; it goes on now */
  sent: (data: Buffer, at: number) => void;
  answered: () => void;
}

/**
 * A TCP line that can swallow everything: nothing gets through in either direction, nobody is told, and what was sent
 * meanwhile arrives when it is whole again, as TCP sends it again; also what a process sent that has died since.
 */
export class Line {
  private readonly pairs = new Set<Pair>();
  private isDown = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });

  private constructor(private readonly options: LineOptions) {
    this.server.on('connection', (near) => this.accept(near));
  }

  static async open(options: LineOptions): Promise<Line> {
    const line = new Line(options);
    const host = options.isEveryAddress === true ? '0.0.0.0' : '127.0.0.1';
    await new Promise<void>((resolve, reject) => {
      line.server.once('error', reject).listen(0, host, resolve);
    });
    return line;
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  swallow(): void {
    if (this.isDown) return;
    this.isDown = true;
    const { givesUpAfter } = this.options;
    if (givesUpAfter === undefined) return;
    this.timer = setTimeout(() => {
      for (const pair of this.pairs) pair.giveUp();
    }, givesUpAfter);
  }

  heal(): void {
    if (!this.isDown) return;
    this.isDown = false;
    clearTimeout(this.timer);
    for (const pair of this.pairs) pair.flush();
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const pair of this.pairs) pair.destroy();
    await closed;
  }

  private accept(near: net.Socket): void {
    // Bound to all addresses, it is open to the network.
    const isOurs = [near.localAddress, near.remoteAddress].every((address) => address?.startsWith('127.'));
    if (!isOurs) {
      near.destroy();
      return;
    }
    const { to, isEveryAddress, tap } = this.options;
    const host = isEveryAddress === true ? (near.localAddress ?? to.host) : to.host;
    const pair = new Pair(near, {
      connect: () => net.connect({ host, port: to.port, allowHalfOpen: true, noDelay: true }),
      tap: tap?.(host),
      isDown: () => this.isDown,
      onEnd: () => this.pairs.delete(pair),
    });
    this.pairs.add(pair);
    pair.flush();
  }
}

interface PairOptions {
  connect: () => net.Socket;
  tap: Tap | undefined;
  isDown: () => boolean;
  onEnd: () => void;
}

/** One connection and its continuation. */
class Pair {
  private far: net.Socket | undefined;
  private readonly held: (() => void)[] = [];

  constructor(
    private readonly near: net.Socket,
    private readonly options: PairOptions,
  ) {
    const { tap } = options;
    near.on('error', () => undefined);
    near.on('data', (data: Buffer) => {
      const at = Date.now();
      this.pass(() => {
        tap?.sent(data, at);
        if (this.far?.destroyed === false) this.far.write(data);
      });
    });
    near.once('end', () => this.pass(() => this.far?.end()));
    near.once('close', () => this.pass(() => this.far?.destroySoon()));
    near.resume();
  }

  /** Lets through what was held, if the line is whole. */
  flush(): void {
    if (this.options.isDown()) return;
    this.far ??= this.join();
    for (const step of this.held.splice(0)) step();
  }

  /** The far end hears nothing for too long, and forgets the near one. */
  giveUp(): void {
    this.far?.resetAndDestroy();
  }

  destroy(): void {
    this.near.destroy();
    this.far?.destroy();
  }

  private join(): net.Socket {
    const { near } = this;
    const { connect, tap, onEnd } = this.options;
    const far = connect();
    far.on('error', () => undefined);
    far.on('data', (data: Buffer) =>
      this.pass(() => {
        tap?.answered();
        if (!near.destroyed) near.write(data);
      }),
    );
    far.once('end', () => this.pass(() => near.end()));
    far.once('close', () =>
      this.pass(() => {
        near.destroySoon();
        onEnd();
      }),
    );
    return far;
  }

  /** Now, or when the line is whole again. */
  private pass(step: () => void): void {
    this.held.push(step);
    this.flush();
  }
}
