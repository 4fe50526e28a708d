import assert from 'node:assert/strict';

import type { Client } from 'pg';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import type { FleetSettings } from '../../../fleet/core/options.js';
import { eventually } from '../../harness/fleet/eventually.js';
import { doors, Instance } from '../../harness/fleet/instance.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';

describe('work that instances take', () => {
  const postgres = TestPostgres.forAll();
  let settings: FleetSettings;
  let sql: Client;

  beforeEach(async () => {
    settings = postgres.settings();
    sql = await postgres.client();
  });
  afterEach(() => Instance.closeAll());

  it('comes with its terminal, its site and its priority, and is done once', async () => {
    const a = await Instance.start({ settings, terminals: doors(1, 'yard') });
    a.take();
    assert.deepEqual(await a.fleet.send('all', 'revoke'), { terminals: 1, added: 1 });
    const { job, finish } = await a.next();
    const { terminal, site, priority, attempt, takenOver } = job;
    const expected = { terminal: 'door 1', site: 'yard', priority: 'revoke', attempt: 1, takenOver: false };
    assert.deepEqual({ terminal, site, priority, attempt, takenOver }, expected);
    assert.equal(await owner(), 'a');
    finish();
    await eventually(async () => (await status()).finished_at !== null);
    assert.deepEqual([await owner(), a.pending], [null, 0]);
  });

  it('is one job for a terminal at a time, whoever has it', async () => {
    const instances = await Promise.all(
      ['a', 'b'].map((instance) => Instance.start({ settings: { ...settings, instance }, terminals: doors(3) })),
    );
    const atWork = new Map<string, string>();
    const seen: string[] = [];
    for (const [index, { fleet }] of instances.entries()) {
      fleet.take({
        timeoutMs: 10_000,
        work: async ({ terminal }) => {
          assert.ok(!atWork.has(terminal), `two at ${terminal}`);
          atWork.set(terminal, String(index));
          if (seen.length < 30) await fleet.send({ terminal }, 'change');
          seen.push(terminal);
          atWork.delete(terminal);
        },
      });
    }
    await instances[0]?.fleet.send('all', 'change');
    await eventually(async () => seen.length >= 32 && (await waiting()) === 0);
    assert.deepEqual(
      instances.flatMap(({ problems }) => problems),
      [],
    );
    assert.equal(await dead(), 0);
  });

  it('is one job for a unit that is listed under two names', async () => {
    const serialOf = (): Promise<string> => Promise.resolve('SN 1');
    const a = await Instance.start({ settings, terminals: doors(2), serialOf });
    a.take();
    await a.fleet.send('all', 'change');
    const first = await a.next();
    await eventually(async () => (await waiting()) === 1);
    assert.equal(a.pending, 0);
    first.finish();
    const second = await a.next();
    assert.notEqual(second.job.terminal, first.job.terminal);
    assert.equal(second.job.attempt, 1, 'waiting is no attempt');
    second.finish();
  });

  it('waits while somebody else has the terminal, and that is no attempt', async () => {
    const a = await Instance.start({ settings });
    const b = await Instance.start({ settings: { ...settings, instance: 'b' } });
    const registration = await b.fleet.guard.acquire('SN door 1', new AbortController().signal);
    a.take();
    await a.fleet.send('all', 'change');
    await eventually(
      async () => (await sql.query(`select from ${work()} where state = 'retry' and started_on is null`)).rowCount,
    );
    assert.equal(a.pending, 0);
    registration.release();
    const { job, finish } = await a.next();
    assert.deepEqual([job.attempt, job.takenOver], [1, false]);
    finish();
  });

  it('is no more than an instance may do at once', async () => {
    const a = await Instance.start({ settings: { ...settings, parallel: 2 }, terminals: doors(5) });
    a.take();
    await a.fleet.send('all', 'change');
    const held = [await a.next(), await a.next()];
    assert.deepEqual(await counts(), { active: 2, waiting: 3 });
    held[0]?.finish();
    await a.next();
    assert.deepEqual([a.pending, (await counts()).active], [0, 2]);
  });

  it('is of the sites of an instance only', async () => {
    const terminals = [...doors(1, 'north'), { name: 'gate', site: 'south' }];
    const north = await Instance.start({ settings: { ...settings, sites: ['north'] }, terminals });
    const south = await Instance.start({ settings: { ...settings, instance: 'b', sites: ['south'] }, terminals });
    north.take();
    south.take();
    await north.fleet.send('all', 'change');
    const [here, there] = [await north.next(), await south.next()];
    assert.deepEqual([here.job.site, there.job.site], ['north', 'south']);
  });

  it('that an instance cannot reach is left to one that can', async () => {
    const a = await Instance.start({ settings, terminals: doors(1) });
    a.take();
    const b = await Instance.start({
      settings: { ...settings, instance: 'b' },
      terminals: [{ name: 'gate', site: '' }],
    });
    await a.fleet.send({ terminal: 'gate' }, 'change');
    b.take();
    const { job, finish } = await b.next();
    assert.deepEqual([job.terminal, job.attempt, a.pending], ['gate', 1, 0]);
    finish();
  });

  it('waits until its terminal is listed again, where nobody lists it any more', async () => {
    const a = await Instance.start({ settings, terminals: doors(2), tempo: { pauses: { listed: 1, list: 50 } } });
    a.terminals = doors(1);
    await eventually(
      async () =>
        (await sql.query(`select from ${settings.schema}.terminal where seen_at < now() - interval '0.1 s'`)).rowCount,
    );
    a.take();
    await sql.query(`select ${settings.schema}.work('door 2')`);
    await eventually(async () => (await sql.query(`select from ${work()} where name = 'unlisted'`)).rowCount);
    a.terminals = doors(2);
    const { job, finish } = await a.next();
    assert.deepEqual([job.terminal, job.attempt], ['door 2', 1]);
    finish();
  });

  it('goes back at once, uncounted, when an instance ends', async () => {
    const [a, b] = await Promise.all(
      ['a', 'b'].map((instance) => Instance.start({ settings: { ...settings, instance } })),
    );
    assert.ok(a && b);
    a.take();
    await a.fleet.send('all', 'revoke');
    const first = await a.next();
    b.take();
    const closed = a.close();
    const second = await b.next();
    assert.deepEqual([second.job.attempt, second.job.takenOver, second.job.priority], [1, false, 'revoke']);
    assert.equal((first.job.signal.reason as HikvisionError).code, 'CANCELLED');
    await closed;
    assert.equal(a.fleet.state, 'closed');
    second.finish();
  });

  it('goes back when who took it takes no more', async () => {
    const a = await Instance.start({ settings });
    const stop = a.take();
    await a.fleet.send('all', 'change');
    await a.next();
    await stop();
    assert.deepEqual(await counts(), { active: 0, waiting: 1 });
    a.take();
    assert.equal((await a.next()).job.attempt, 1);
  });

  it('is shared by all who take in one instance', async () => {
    const a = await Instance.start({ settings, terminals: doors(6) });
    const seen = [0, 0];
    for (const index of [0, 1]) {
      a.fleet.take({ timeoutMs: 10_000, work: () => Promise.resolve(void (seen[index] = (seen[index] ?? 0) + 1)) });
    }
    await a.fleet.send('all', 'change');
    await eventually(() => Promise.resolve(seen.reduce((sum, each) => sum + each) === 6));
    assert.deepEqual(seen, [3, 3]);
  });

  it('has failed when nobody says that it has ended', async () => {
    const a = await Instance.start({ settings });
    a.take(50);
    await a.fleet.send('all', 'change');
    const { job } = await a.next();
    const { error_code: code } = await eventually(async () => {
      const row = await status();
      return row.error_code !== null && row;
    });
    assert.equal(code, 'TIMEOUT');
    assert.equal((job.signal.reason as HikvisionError).reason, 'fleetJobTimeout');
    assert.equal(await owner(), null);
  });

  it('fails with the words of its failure where a terminal cannot be reached', async () => {
    const serialOf = (): Promise<string> => Promise.reject(HikvisionError.of('noDocument'));
    const a = await Instance.start({ settings, serialOf, wordsOf: ({ reason }) => `said: ${reason}` });
    a.take();
    await a.fleet.send('all', 'change');
    const row = await eventually(async () => {
      const each = await status();
      return each.error_code !== null && each;
    });
    assert.deepEqual([row.error_code, row.error], ['BAD_REPLY', 'said: noDocument']);
    assert.equal(a.pending, 0);
  });

  it('tells who sends work for a terminal that the fleet has not', async () => {
    const a = await Instance.start({ settings });
    await assert.rejects(a.fleet.send({ terminal: 'door 9' }, 'change'), { reason: 'fleetTerminalUnknown' });
  });

  it('is looked at again later, where the owner before did not end cleanly', async () => {
    const a = await Instance.start({ settings });
    // As somebody leaves it who was killed a while ago.
    await sql.query(
      `insert into ${settings.schema}.ownership values ('SN door 1', 'x', gen_random_uuid(), now() - interval '1 h', null, null)`,
    );
    a.take();
    await a.fleet.send('all', 'revoke');
    const { job, finish } = await a.next();
    assert.equal(job.takenOver, true);
    finish();
    await eventually(async () => (await status()).finished_at !== null);
    const { rows } = await sql.query<{ seconds: number }>(
      `select extract(epoch from start_after - created_on)::float as seconds from ${work()} where state = 'created'`,
    );
    assert.deepEqual(rows, [{ seconds: 90 }]);
  });

  interface Status {
    owner: string | null;
    finished_at: Date | null;
    error_code: string | null;
    error: string | null;
  }

  async function status(): Promise<Status> {
    const { rows } = await sql.query<Status>(`select * from ${settings.schema}.status where terminal = 'door 1'`);
    const [row] = rows;
    assert.ok(row);
    return row;
  }

  async function owner(): Promise<string | null> {
    return (await status()).owner;
  }

  async function counts(): Promise<{ active: number; waiting: number }> {
    const { rows } = await sql.query<{ active: number; waiting: number }>(
      `select count(active_since)::integer as active, sum(waiting)::integer as waiting from ${settings.schema}.status`,
    );
    return rows[0] ?? { active: 0, waiting: 0 };
  }

  async function waiting(): Promise<number> {
    return (await counts()).waiting;
  }

  async function dead(): Promise<number> {
    return (await sql.query(`select from ${settings.schema}.dead_letter`)).rowCount ?? 0;
  }

  function work(): string {
    return `${settings.schema}_work.job_common`;
  }
});
