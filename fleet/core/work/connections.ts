import net from 'node:net';

import { Pool, type QueryResult, type QueryResultRow } from 'pg';

import { clientConfig } from '../database/client.js';
import type { FleetSettings } from '../options.js';

/** Connections of an instance for its work, beside the one that holds its locks. */
const MOST = 4;
/** Milliseconds after which a question to the database counts as lost. */
const PATIENCE_MS = 60_000;

/** A few connections whose sockets can be taken away, whatever they are waiting for. */
export class Connections {
  readonly pool: Pool;
  private readonly sockets = new Set<net.Socket>();
  private isCut = false;

  constructor(settings: FleetSettings) {
    this.pool = new Pool({
      ...clientConfig(settings, 'work'),
      max: MOST,
      query_timeout: PATIENCE_MS,
      stream: () => this.socket(),
    });
    // Whoever asks hears of it by the question that fails; the next gets another connection.
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<Row>> {
    return this.pool.query<Row>(text, values);
  }

  /** Ends those that nobody uses, and waits for the others. */
  async end(): Promise<void> {
    await this.pool.end().catch(() => undefined);
  }

  /** Ends them all now, whatever the server says or does not say any more. */
  cut(): void {
    this.isCut = true;
    void this.pool.end().catch(() => undefined);
    for (const socket of this.sockets) socket.destroy();
  }

  private socket(): net.Socket {
    const socket = new net.Socket();
    if (this.isCut) socket.destroy();
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  }
}
