import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Client } from 'pg';

import type { Postgres } from '../../../scripts/postgres/postgres.mjs';
import { SimulatedFleet } from '../../../simulator/simulated-fleet.js';
import type { SimulatedTerminal } from '../../../simulator/simulated-terminal.js';
import { eventually } from '../examples/system.js';
import { example, type FlowNode } from '../node-red/embedded-node-red.js';
import { NodeRedProcess } from '../node-red/node-red-process.js';

const PACKAGES = ['@flowfuse/node-red-dashboard', 'pg'];
const NAMES = ['one', 'two'] as const;

/** An example of the companion in two real Node-REDs, with a real PostgreSQL and simulated terminals. */
export class ExampleInTwo {
  private constructor(
    private readonly postgres: Postgres,
    private readonly client: Client,
    readonly fleet: SimulatedFleet,
    readonly reds: readonly [NodeRedProcess, NodeRedProcess],
    /** What the flows write. */
    private readonly folder: string,
  ) {}

  /** The flow as shipped; each Node-RED has a name of its own, and the terminals are simulated ones. */
  static async start(name: string, terminals: number): Promise<ExampleInTwo> {
    const { startPostgres } = await import('../../../scripts/postgres/postgres.mjs');
    const postgres = await startPostgres();
    const fleet = await SimulatedFleet.start({ count: terminals, models: ['DS-K1T342MFWX-E1'], timeScale: 0.05 });
    const folder = await mkdtemp(path.join(tmpdir(), 'hikvision-fleet-'));
    const client = new Client(postgres.url);
    // It ends with the server.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const flow = await example(`fleet/${name}`);
      const [one, two] = await Promise.all(
        NAMES.map((each) => startOne(each, flow, { database: postgres.url, fleet, folder })),
      );
      if (!one || !two) throw new Error('two were started');
      return new ExampleInTwo(postgres, client, fleet, [one, two], folder);
    } catch (error) {
      await Promise.all([fleet.stop(), postgres.remove(), rm(folder, { recursive: true })]);
      throw error;
    }
  }

  async rows(sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await this.client.query<Record<string, unknown>>(sql, values)).rows;
  }

  /** Waits until the tables of the example are there, and both instances. */
  async ready(table: string): Promise<void> {
    await eventually(async () => {
      const [found] = await this.rows(
        `SELECT to_regclass($1) IS NOT NULL AND to_regclass('hikvision_fleet.status') IS NOT NULL AS is`,
        [table],
      );
      if (found?.['is'] !== true) return false;
      const instances = await this.rows('SELECT name FROM hikvision_fleet.instance');
      return instances.length === NAMES.length;
    }, `${table} and both Node-REDs are in the database`);
  }

  terminal(index: number): SimulatedTerminal {
    return this.fleet.terminal(this.fleet.addresses[index] ?? '');
  }

  /** Number, name and face of everybody on a terminal. */
  peopleOn(index: number): string[] {
    return this.terminal(index)
      .persons()
      .map(({ employeeNo, name, face }) => `${employeeNo} ${name} ${face ?? '-'}`)
      .sort();
  }

  async remove(): Promise<void> {
    await Promise.all(this.reds.map((red) => red.remove()));
    await this.client.end();
    await Promise.all([this.fleet.stop(), this.postgres.remove(), rm(this.folder, { recursive: true })]);
  }
}

interface Around {
  database: string;
  fleet: SimulatedFleet;
  folder: string;
}

async function startOne(
  instance: string,
  shipped: FlowNode[],
  { database, fleet, folder }: Around,
): Promise<NodeRedProcess> {
  const credentials: Record<string, object> = {};
  const flow = structuredClone(shipped);
  for (const node of flow) {
    if (node['credentials']) credentials[node.id] = node['credentials'];
    Reflect.deleteProperty(node, 'credentials');
    if (node.type === 'fleet-config') Object.assign(node, { instance, auditFrom: '', auditTo: '' });
    // Not ten seconds.
    if (node.type === 'inject' && node['repeat'] === '10') node['repeat'] = '1';
    if (node.type !== 'terminal-directory') continue;
    node['retries'] = '0';
    for (const [index, row] of (node['terminals'] as object[]).entries()) {
      Object.assign(row, { host: fleet.addresses[index], port: String(fleet.port) });
    }
  }
  return NodeRedProcess.start({
    ...{ flow, credentials, packages: PACKAGES },
    environment: { FLEET_DATABASE: database, FLEET_TERMINALS: path.join(folder, `${instance}.json`) },
  });
}
