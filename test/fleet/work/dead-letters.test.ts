import assert from 'node:assert/strict';

import type { Client } from 'pg';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import type { DeadLetter, FleetSettings } from '../../../fleet/core/options.js';
import { eventually } from '../../harness/fleet/eventually.js';
import { doors, Instance } from '../../harness/fleet/instance.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';

/** Attempts before work is dead: the first, and so many more. */
const RETRIES = 2;

describe('work that fails', () => {
  const postgres = TestPostgres.forAll();
  let settings: FleetSettings;
  let sql: Client;

  beforeEach(async () => {
    settings = postgres.settings();
    sql = await postgres.client();
  });
  afterEach(() => Instance.closeAll());

  it('is tried again after growing pauses, and is a dead letter in the end', async () => {
    const a = await start('a');
    a.take();
    await a.fleet.send({ terminal: 'door 1' }, 'revoke');
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= RETRIES; attempt += 1) {
      const held = await a.next();
      assert.equal(held.job.attempt, attempt);
      held.fail(failure(`attempt ${attempt}`));
      pauses.push(await pauseThenHurry());
    }
    const [first = 0, second = 0] = pauses;
    assert.ok(first >= 5 && first <= 10, `first ${first} s`);
    assert.ok(second >= 10 && second <= 20, `second ${second} s`);
    (await a.next()).fail(failure('attempt 3'));
    const letters = await eventually(async () => {
      const { rows } = await sql.query<Record<string, unknown>>(`select * from ${settings.schema}.dead_letter`);
      return rows.length > 0 && rows;
    });
    const [{ id, failed_at: failedAt, asked_at: askedAt, ...letter } = {}] = letters;
    const expected = { terminal: 'door 1', site: '', priority: 'revoke', attempts: 3, code: 'TIMEOUT' };
    assert.deepEqual(letter, { ...expected, message: 'attempt 3' });
    assert.ok(typeof id === 'string' && failedAt instanceof Date && askedAt instanceof Date);
    await eventually(() => Promise.resolve(a.problems.length > 0));
    const [problem] = a.problems;
    assert.deepEqual(
      [problem?.reason, problem?.code, problem?.params['terminal']],
      ['fleetDeadLetter', 'TIMEOUT', 'door 1'],
    );
  });

  it('is a dead letter at once where the login was not accepted: tries of it lock the account', async () => {
    const a = await start('a');
    a.take();
    await a.fleet.send({ terminal: 'door 1' }, 'change');
    (await a.next()).fail(HikvisionError.of('rejected'));
    const [letter] = await eventually(async () => {
      const { rows } = await sql.query<Record<string, unknown>>(`select * from ${settings.schema}.dead_letter`);
      return rows.length > 0 && rows;
    });
    assert.deepEqual([letter?.['code'], letter?.['attempts']], ['UNAUTHORIZED', 1]);
  });

  it('is sent again from its dead letter, which is gone then', async () => {
    const a = await start('a');
    const id = await deadLetter('door 1');
    assert.equal(await a.fleet.resend([id, id]), 1);
    assert.equal(await a.fleet.resend([id]), 0);
    a.take();
    const { job, finish } = await a.next();
    assert.deepEqual([job.terminal, job.priority, job.attempt], ['door 1', 'change', 1]);
    finish();
    assert.equal(await dead(), 0);
  });

  it('is given to who reads dead letters, one instance at a time, and is gone when they have dealt with it', async () => {
    const instances = await Promise.all(['a', 'b'].map(start));
    const seen: DeadLetter[] = [];
    const finish: (() => void)[] = [];
    for (const { fleet } of instances) {
      fleet.takeDead({
        work: (letter) => {
          seen.push(letter);
          return new Promise((resolve) => finish.push(resolve));
        },
      });
    }
    const ids = [await deadLetter('door 1'), await deadLetter('door 2')];
    await eventually(() => Promise.resolve(seen.length === 2));
    assert.deepEqual(seen.map(({ id }) => id).sort(), ids.sort());
    const one = seen.find(({ terminal }) => terminal === 'door 1');
    assert.ok(one);
    const { id, failedAt, ...letter } = one;
    const error = { code: 'TIMEOUT', message: 'no answer' };
    assert.deepEqual(letter, { terminal: 'door 1', site: '', priority: 'change', attempts: 3, error });
    assert.ok(ids.includes(id) && Math.abs(failedAt.getTime() - Date.now()) < 60_000);
    assert.equal(await dead(), 2, 'they are there until they have been dealt with');
    for (const each of finish) each();
    await eventually(async () => (await dead()) === 0);
  });

  it('comes again later where who read its letter failed, and at once where that one stopped', async () => {
    const a = await start('a');
    const stop = a.fleet.takeDead({ work: () => Promise.reject(new Error('no network')) });
    const id = await deadLetter('door 1');
    const pause = await eventually(async () => {
      const { rows } = await sql.query<{ s: number }>(
        `select extract(epoch from start_after - now())::float as s from ${work()} where name = 'dead' and state = 'retry'`,
      );
      return rows[0]?.s;
    });
    assert.ok(pause > 290 && pause <= 300, `${pause} s`);
    await stop();
    await sql.query(`update ${work()} set start_after = now()`);
    const taken: string[] = [];
    const take = (): (() => Promise<void>) =>
      a.fleet.takeDead({
        work: (letter) => {
          taken.push(letter.id);
          return new Promise(() => undefined);
        },
      });
    const stopAgain = take();
    await eventually(() => Promise.resolve(taken.length === 1));
    await stopAgain();
    take();
    await eventually(() => Promise.resolve(taken.length === 2));
    assert.deepEqual(taken, [id, id]);
  });

  it('is sent again by who reads its letter, in the same breath', async () => {
    const a = await start('a');
    a.fleet.takeDead({
      work: async ({ id }) => {
        await a.fleet.resend([id]);
      },
    });
    await deadLetter('door 2');
    a.take();
    const { job, finish } = await a.next();
    assert.equal(job.terminal, 'door 2');
    finish();
    await eventually(async () => (await dead()) === 0);
    assert.deepEqual(a.problems, []);
  });

  function start(instance: string): Promise<Instance> {
    const tempo = { retries: { limit: RETRIES } };
    return Instance.start({ settings: { ...settings, instance }, terminals: doors(2), tempo });
  }

  /** Seconds until the next attempt, which comes at once then. */
  async function pauseThenHurry(): Promise<number> {
    const pause = await eventually(async () => {
      const { rows } = await sql.query<{ s: number }>(
        `select extract(epoch from start_after - now())::float as s from ${work()} where state = 'retry'`,
      );
      return rows[0] && Math.ceil(rows[0].s);
    });
    await sql.query(`update ${work()} set start_after = now() where state = 'retry'`);
    return pause;
  }

  /** Work that has failed for good. @returns the number of its letter */
  async function deadLetter(terminal: string): Promise<string> {
    await sql.query(`select ${settings.schema}.work($1)`, [terminal]);
    const output = JSON.stringify({ code: 'TIMEOUT', message: 'no answer' });
    const { rows } = await sql.query<{ id: string }>(
      `with failed as (
         delete from ${work()} where data->>'terminal' = $1 and state = 'created' returning *
       )
       insert into ${work()} (name, priority, data, retry_limit, retry_delay, heartbeat_seconds, singleton_key, source_name,
         source_id, source_retry_count, source_output)
       select 'dead', priority, data, 1000, 300, 10, singleton_key, name, id, ${RETRIES}, $2 from failed returning id`,
      [terminal, output],
    );
    const [row] = rows;
    assert.ok(row);
    return row.id;
  }

  async function dead(): Promise<number> {
    return (await sql.query(`select from ${settings.schema}.dead_letter`)).rowCount ?? 0;
  }

  function work(): string {
    return `${settings.schema}_work.job_common`;
  }
});

function failure(message: string): Error {
  return Object.assign(new Error(message), { code: 'TIMEOUT' });
}
