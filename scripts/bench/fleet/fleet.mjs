// A fleet in the bench: two real Node-REDs with one database keep a thousand terminals as a list says, and one is killed.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { startPostgres } from '../../postgres/postgres.mjs';
import { nodeForNodeRed5 } from '../../runtime-node.mjs';
import { openFleet } from '../lists-work.mjs';
import { Instance } from './instance.mjs';

const TERMINALS = Number(process.env.BENCH_TERMINALS ?? 1000);
const KILLS = 3;
/** Milliseconds after which work will not be done any more. */
const PATIENCE_MS = 600_000;
const LOOK_MS = 100;

/** Rows of figures: what, the figure, what is wanted. */
export async function fleet(folder) {
  const alone = await aloneRequests(folder);
  const postgres = await startPostgres({ settings: ['max_connections = 100'] });
  const terminals = await openFleet(TERMINALS);
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('CREATE TABLE bench (version int); INSERT INTO bench VALUES (0)');
  const options = { addresses: terminals.addresses, port: terminals.port, database: postgres.url };
  const instances = ['north', 'south'].map((name) => new Instance(name, folder, options));
  try {
    await Promise.all(instances.map((instance) => instance.start()));
    await listed(client);
    const fromNothing = await everywhere(client, terminals);
    await client.query('UPDATE bench SET version = version + 1');
    const change = await everywhere(client, terminals);
    const memory = instances.map(({ peak }) => peak);
    const takeovers = await killed(client, instances);
    return rows({ alone, fromNothing, change, memory, takeovers });
  } finally {
    await Promise.all(instances.map((instance) => instance.kill()));
    await client.end();
    terminals.close();
    await postgres.remove();
  }
}

function rows({ alone, fromNothing, change, memory, takeovers }) {
  const ratio = ({ requests }, least) => (requests / TERMINALS / least).toFixed(3);
  const speed = ({ seconds }) => (TERMINALS / seconds).toFixed(1);
  const seconds = takeovers.sort((one, other) => one - other).map((ms) => (ms / 1000).toFixed(1));
  const none = seconds.length === 0 ? 'none' : '';
  return [
    [`Fleet: ${TERMINALS} terminals, 20 persons each, two Node-REDs, one PostgreSQL`, '', 'this package', 'wanted'],
    ['  from nothing (5 have a picture): jobs a second', '', speed(fromNothing), ''],
    ['  requests, to those of terminal-sync alone', '', ratio(fromNothing, alone.fromNothing), '<= 1.1'],
    ['  one person changed everywhere: jobs a second', '', speed(change), ''],
    ['  requests, to those of terminal-sync alone', '', ratio(change, alone.change), '<= 1.1'],
    ['  (requests a terminal, and alone)', '', (change.requests / TERMINALS).toFixed(2), String(alone.change)],
    ['  RSS of each Node-RED at the most (MiB)', '', memory.map((mib) => mib.toFixed(0)).join(' / '), ''],
    [
      `  takeover after kill -9, ${seconds.length} terminals in ${KILLS} kills: median (s)`,
      '',
      none || seconds.at(seconds.length / 2),
      '',
    ],
    ['  worst (s)', '', none || seconds.at(-1), '< 30'],
  ];
}

/** What terminal-sync asks one terminal without a fleet. */
async function aloneRequests(folder) {
  const child = fork(fileURLToPath(new URL('../lists-client.mjs', import.meta.url)), ['record', folder], {
    execPath: nodeForNodeRed5(),
    execArgv: ['--expose-gc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('The bench of the fleet did not finish: record')));
  });
}

/** Until the instances have told the database of all terminals. */
async function listed(client) {
  await until('terminals are listed', async () => {
    const { rows } = await client
      .query('SELECT count(*)::int AS count FROM hikvision_fleet.terminal')
      .catch(() => ({ rows: [] }));
    return rows[0]?.count === TERMINALS;
  });
}

/** All terminals have work; says how long it took, and what it asked of them. */
async function everywhere(client, terminals) {
  const { requests } = await terminals.standing();
  const startedAt = performance.now();
  await sendAll(client);
  await idle(client);
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, requests: (await terminals.standing()).requests - requests };
}

async function sendAll(client) {
  await client.query("SELECT hikvision_fleet.work_all('change')");
}

/** Until no work waits or goes on, and none has failed. */
async function idle(client) {
  await until('all work is done', async () => {
    const { rows } = await client.query(
      'SELECT count(*) FILTER (WHERE waiting > 0 OR active_since IS NOT NULL)::int AS left, sum(dead)::int AS dead FROM hikvision_fleet.status',
    );
    if (rows[0].dead > 0) throw new Error(`${rows[0].dead} terminals have a dead letter`);
    return rows[0].left === 0;
  });
}

/** Milliseconds from the death of an instance until the other one has each of the terminals that it had. */
async function killed(client, instances) {
  const found = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const [one, other] = kill % 2 === 0 ? instances : instances.toReversed();
    await client.query('UPDATE bench SET version = version + 1');
    await sendAll(client);
    await delay(2000 + 500 * kill);
    const killedAt = Date.now();
    await one.kill();
    found.push(...(await takenBy(client, one.name, other.name, killedAt)));
    await one.start();
    await until('all work is done', async () => {
      const { rows } = await client.query(
        'SELECT count(*)::int AS left FROM hikvision_fleet.status WHERE active_since IS NOT NULL',
      );
      return rows[0].left === 0;
    });
  }
  return found;
}

async function takenBy(client, dead, heir, killedAt) {
  // Where its work was just finished there is nothing to take over.
  const { rows } = await client.query(
    'SELECT serial FROM hikvision_fleet.status WHERE owner = $1 AND active_since IS NOT NULL',
    [dead],
  );
  const orphans = new Set(rows.map(({ serial }) => serial));
  const found = [];
  await until('the other one has its terminals', async () => {
    const { rows: taken } = await client.query(
      'SELECT serial, taken_at FROM hikvision_fleet.ownership WHERE instance = $1 AND serial = ANY ($2)',
      [heir, [...orphans]],
    );
    for (const { serial, taken_at: at } of taken) {
      orphans.delete(serial);
      found.push(at.getTime() - killedAt);
    }
    return orphans.size === 0;
  });
  return found;
}

async function until(what, isSo) {
  const last = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > last) throw new Error(`The bench of the fleet did not get so far: ${what}`);
    await delay(LOOK_MS);
  }
}
