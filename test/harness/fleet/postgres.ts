import { randomUUID } from 'node:crypto';
import type { Postgres } from '../../../scripts/postgres/postgres.mjs';

import { Client } from 'pg';

import type { FleetSettings } from '../../../fleet/core/options.js';

/** A real PostgreSQL for the tests of one file, started before them and removed after them. */
export class TestPostgres {
  private server: Postgres | undefined;
  private readonly clients = new Set<Client>();

  /** @param settings lines of postgresql.conf */
  static forAll(...settings: string[]): TestPostgres {
    const postgres = new TestPostgres();
    before('PostgreSQL starts', async function () {
      this.timeout(60_000);
      const { startPostgres } = await import('../../../scripts/postgres/postgres.mjs');
      postgres.server = await startPostgres({ settings });
    });
    afterEach('connections end', () => postgres.endClients());
    after('PostgreSQL ends', () => postgres.server?.remove());
    return postgres;
  }

  get url(): string {
    return this.running.url;
  }

  get port(): number {
    return this.running.port;
  }

  /** Ends the server; the data stay. */
  stop(how?: 'fast' | 'immediate'): Promise<void> {
    return this.running.stop(how);
  }

  start(): Promise<void> {
    return this.running.start();
  }

  /** A fleet of its own: a schema that no other test has. */
  settings(changes: Partial<FleetSettings> = {}): FleetSettings {
    const schema = `fleet_${randomUUID().slice(0, 8)}`;
    return { connection: { connectionString: this.url }, schema, instance: 'a', sites: [], parallel: 20, ...changes };
  }

  /** A connection for the test itself, ended after it. */
  async client(url = this.url): Promise<Client> {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    this.clients.add(client);
    await client.connect();
    return client;
  }

  private get running(): Postgres {
    if (!this.server) throw new Error('PostgreSQL runs within a test only');
    return this.server;
  }

  private async endClients(): Promise<void> {
    await Promise.all([...this.clients].map((client) => client.end().catch(() => undefined)));
    this.clients.clear();
  }
}
