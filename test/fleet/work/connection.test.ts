import assert from 'node:assert/strict';

import type { Client } from 'pg';

import type { HikvisionError } from '../../../core/errors/hikvision-error.js';
import type { FleetSettings } from '../../../fleet/core/options.js';
import { eventually } from '../../harness/fleet/eventually.js';
import { doors, Instance } from '../../harness/fleet/instance.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';

/** So long that nobody finds work who is not told of it. */
const NEVER = 600_000;

describe("an instance's connections", () => {
  const postgres = TestPostgres.forAll();
  let settings: FleetSettings;
  let sql: Client;

  beforeEach(async () => {
    settings = postgres.settings();
    sql = await postgres.client();
  });
  afterEach(() => Instance.closeAll());

  it('wake it when there is work, whoever sends it', async () => {
    const a = await Instance.start({ settings, tempo: { pauses: { poll: NEVER } } });
    a.take();
    await a.fleet.send('all', 'change');
    const { finish } = await a.next();
    await sql.query(`select ${settings.schema}.work('door 1', 'revoke')`);
    finish();
    assert.equal((await a.next()).job.priority, 'revoke');
  });

  it('wake it for a site that is new in the fleet', async () => {
    const a = await Instance.start({ settings, terminals: doors(1), tempo: { pauses: { poll: NEVER } } });
    const b = await Instance.start({ settings: { ...settings, instance: 'b' }, terminals: doors(2, 'new site') });
    a.terminals = doors(2, 'new site');
    a.take();
    await b.fleet.send({ terminal: 'door 2' }, 'change');
    const { job, finish } = await a.next();
    assert.deepEqual([job.terminal, job.site], ['door 2', 'new site']);
    finish();
  });

  it('are made again when one is lost; what was under way has lost its terminal, and is done again', async () => {
    const a = await Instance.start({ settings, terminals: doors(2) });
    a.take();
    await a.fleet.send('all', 'change');
    const held = [await a.next(), await a.next()];
    await terminate('locks');
    const again = [await a.next(), await a.next()];
    for (const { job } of held) assert.equal((job.signal.reason as HikvisionError).code, 'NOT_OWNER');
    assert.deepEqual(
      again.map(({ job }) => [job.attempt, job.takenOver]),
      [
        [1, true],
        [1, true],
      ],
    );
    assert.deepEqual(a.states, ['ready', 'lost', 'ready']);
    for (const { finish } of again) finish();
    // Both are looked at once more, and no more than that.
    await eventually(async () => (await open()) === 2);
  });

  it('for work are made again without anybody noticing', async () => {
    const a = await Instance.start({ settings, terminals: doors(1) });
    a.take();
    await a.fleet.send('all', 'change');
    const { finish } = await a.next();
    await terminate('work');
    finish();
    await eventually(async () => (await open()) === 0);
    assert.deepEqual(a.states, ['ready']);
  });

  it('that were never there keep nobody from ending', async () => {
    const connection = { connectionString: postgres.url.replace(/:\d+\//, ':1/') };
    const a = Instance.begin({ settings: { ...settings, connection } });
    await a.isIn('lost');
    const stopped = a.close();
    await assert.rejects(a.fleet.send('all', 'change'), { code: 'CANCELLED' });
    await stopped;
    assert.equal(a.fleet.state, 'closed');
  });

  it('end with it, and leave nothing behind that answers', async () => {
    const a = await Instance.start({ settings });
    a.take();
    await a.fleet.send('all', 'change');
    await a.next();
    await a.close();
    await eventually(async () => (await connections()) === 0);
    assert.equal(a.fleet.state, 'closed');
    await assert.rejects(a.fleet.send('all', 'change'), { code: 'CANCELLED' });
    const { rows } = await sql.query(`select waiting, owner, active_since from ${settings.schema}.status`);
    assert.deepEqual(rows, [{ waiting: 1, owner: null, active_since: null }]);
  });

  async function terminate(role: string): Promise<void> {
    const like = `hikvision-fleet ${role}%`;
    await sql.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name like $1', [like]);
  }

  async function connections(): Promise<number> {
    const { rowCount } = await sql.query(`select from pg_stat_activity where application_name like 'hikvision-fleet%'`);
    return rowCount ?? 0;
  }

  /** Jobs that are not done. */
  async function open(): Promise<number> {
    const { rowCount } = await sql.query(`select from ${settings.schema}_work.job_common where state < 'completed'`);
    return rowCount ?? 0;
  }
});
