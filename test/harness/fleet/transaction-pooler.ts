import { once } from 'node:events';
import net from 'node:net';

import { Client } from 'pg';

/** What a server says when a client may ask the next thing; `I`: not within a transaction. */
const READY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);
/** Of a message: a letter, and the length of the rest with itself. */
const HEAD = 5;

/** A connection to the server, lent for one transaction at a time. */
interface Lent {
  socket: net.Socket;
  borrower: net.Socket | undefined;
}

/**
 * A pooler in transaction mode, as PgBouncer is: whoever asks gets a connection to the server that is free, until the end of
 * its transaction. The one that was used the longest ago comes first.
 */
export class TransactionPooler {
  private readonly free: Lent[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly sockets = new Set<net.Socket>();

  private constructor(private readonly server: net.Server) {
    server.on('connection', (socket) => this.welcome(socket));
  }

  static async before(url: string, size: number): Promise<TransactionPooler> {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const pooler = new TransactionPooler(server);
    for (let count = 0; count < size; count += 1) pooler.free.push(await pooler.connect(url));
    return pooler;
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  /** The driver logs in, then its socket is ours. */
  private async connect(url: string): Promise<Lent> {
    const socket = new net.Socket();
    this.sockets.add(socket);
    const client = new Client({ connectionString: url, stream: () => socket });
    client.on('error', () => undefined);
    await client.connect();
    socket.removeAllListeners('data');
    const lent: Lent = { socket, borrower: undefined };
    eachMessage(socket, (message) => {
      lent.borrower?.write(message);
      if (message[0] === READY && message[HEAD] === IDLE) this.giveBack(lent);
    });
    return lent;
  }

  /** Anybody may in. */
  private welcome(socket: net.Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      // Authenticated; a number to cancel by; ready.
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x4b, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1]));
      socket.write(Buffer.from([READY, 0, 0, 0, 5, IDLE]));
      let turn = Promise.resolve();
      socket.on('data', (asked) => {
        turn = turn.then(() => this.pass(socket, asked));
      });
    });
  }

  private async pass(socket: net.Socket, asked: Buffer): Promise<void> {
    // Good-bye: the connection to the server stays.
    if (asked[0] === 'X'.charCodeAt(0)) return;
    const mine = this.lentTo(socket) ?? (await this.lend(socket));
    mine.socket.write(asked);
  }

  private readonly out = new Set<Lent>();

  private lentTo(socket: net.Socket): Lent | undefined {
    return [...this.out].find(({ borrower }) => borrower === socket);
  }

  private async lend(socket: net.Socket): Promise<Lent> {
    let lent = this.free.shift();
    while (!lent) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
      lent = this.free.shift();
    }
    lent.borrower = socket;
    this.out.add(lent);
    return lent;
  }

  private giveBack(lent: Lent): void {
    lent.borrower = undefined;
    this.out.delete(lent);
    this.free.push(lent);
    this.waiting.shift()?.();
  }
}

function eachMessage(socket: net.Socket, told: (message: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= HEAD && rest.length > rest.readUInt32BE(1)) {
      const length = rest.readUInt32BE(1) + 1;
      told(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  });
}
