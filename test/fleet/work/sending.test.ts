import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

import type { Client } from 'pg';

import type { FleetSettings, ListedTerminal } from '../../../fleet/core/options.js';
import type { Claim } from '../../../fleet/core/work/claims.js';
import { queueOf } from '../../../fleet/core/work/names.js';
import { RETRIES, WorkQueue } from '../../../fleet/core/work/queue.js';
import { doors } from '../../harness/fleet/instance.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';

/** Debian's client; where it is not installed, the driver says the same. */
const PSQL = '/usr/bin/psql';

describe('work that is sent', () => {
  const postgres = TestPostgres.forAll();
  const opened: WorkQueue[] = [];
  let settings: FleetSettings;
  let queue: WorkQueue;
  let sql: Client;

  beforeEach(async () => {
    settings = postgres.settings();
    queue = await open(settings, doors(3));
    sql = await postgres.client();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });

  it('is there once, however often it is sent, with the highest priority', async () => {
    assert.equal(await work('door 1', 'audit'), true);
    assert.equal(await work('door 1', 'revoke'), false);
    assert.equal(await work('door 1', 'change'), false);
    const claims = await queue.claim(10);
    assert.deepEqual(claims.map(facts), [{ terminal: 'door 1', priority: 'revoke' }]);
  });

  it('reads the whole terminal where an audit is among what became one, whatever came after it', async () => {
    await work('door 1', 'audit');
    await work('door 1', 'revoke');
    await work('door 2', 'change');
    const claims = await queue.claim(10);
    assert.deepEqual(
      claims.map(({ terminal, whole }) => ({ terminal, whole })),
      [
        { terminal: 'door 1', whole: true },
        { terminal: 'door 2', whole: false },
      ],
    );
  });

  it('still does where the terminal has moved to another site meanwhile', async () => {
    await work('door 1', 'audit');
    await work('door 1', 'change');
    await queue.list([{ name: 'door 1', site: 'moved' }]);
    assert.equal((await claimed()).whole, true);
  });

  it('reads the whole terminal at the look after a takeover', async () => {
    await queue.lookAgain('door 1', 0);
    assert.equal((await claimed()).whole, true);
  });

  it('is taken by its priority, then in the order in which it was sent, over all sites', async () => {
    const terminals = [...doors(3), { name: 'gate', site: 'Склад №2' }, { name: 'yard', site: 'Склад №2' }];
    await queue.list(terminals);
    for (const [terminal, priority] of [
      ['door 2', 'change'],
      ['door 1', 'change'],
      ['yard', 'audit'],
      ['gate', 'revoke'],
      ['door 3', 'audit'],
    ] as const) {
      await work(terminal, priority);
    }
    const taken: string[] = [];
    for (let count = 0; count < 5; count += 1) taken.push((await claimed()).terminal);
    assert.deepEqual(taken.slice(0, 3), ['gate', 'door 2', 'door 1']);
    assert.deepEqual(taken.slice(3).sort(), ['door 3', 'yard']);
  });

  it('is new while the work before it is being done', async () => {
    await work('door 1');
    const [active] = await queue.claim(10);
    assert.equal(await work('door 1'), true);
    assert.ok(active);
    await queue.complete(active);
    assert.deepEqual((await queue.claim(10)).map(facts), [{ terminal: 'door 1', priority: 'change' }]);
  });

  it('takes the place of work that failed and waits, with its priority, and counts anew', async () => {
    await work('door 1', 'revoke');
    await queue.fail(await claimed(), { code: 'TIMEOUT', message: 'no answer' });
    assert.deepEqual(await queue.claim(10), [], 'it waits for its next attempt');
    assert.equal(await work('door 1', 'audit'), false);
    const again = await claimed();
    assert.deepEqual(facts(again), { terminal: 'door 1', priority: 'revoke' });
    assert.equal(again.retryCount, 0);
    await queue.complete(again);
    await hurryAll();
    assert.deepEqual(await queue.claim(10), [], 'there is one of it only');
  });

  it('for later waits beside that for now', async () => {
    assert.equal(await work('door 1', 'change', '90 s'), true);
    assert.equal(await work('door 1', 'revoke', '60 s'), false);
    assert.equal(await work('door 1', 'audit'), true);
    assert.deepEqual((await queue.claim(10)).map(facts), [{ terminal: 'door 1', priority: 'audit' }]);
    await hurryAll();
    assert.deepEqual((await queue.claim(10)).map(facts), [{ terminal: 'door 1', priority: 'revoke' }]);
  });

  it('goes with the transaction that changes something, or not at all', async () => {
    const { schema } = settings;
    await sql.query(`
      create table ${schema}.person (number text primary key, door text);
      create function ${schema}.changed() returns trigger language plpgsql as
        $$ begin perform ${schema}.work(new.door, 'revoke'); return null; end $$;
      create trigger changed after insert or update on ${schema}.person for each row execute function ${schema}.changed()`);
    const insert = (number: number): string => `insert into ${schema}.person values ('${number}', 'door 1')`;
    await asPsql(`begin; ${insert(1)}; rollback;`);
    assert.deepEqual(await queue.claim(10), []);
    await asPsql(`begin; ${insert(1)}; ${insert(2)}; commit;`);
    assert.deepEqual((await queue.claim(10)).map(facts), [{ terminal: 'door 1', priority: 'revoke' }]);
  });

  it('tells waiting instances of it when the transaction ends', async () => {
    const heard: string[] = [];
    const listener = await postgres.client();
    listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
    await listener.query(`listen "${settings.schema}_work"`);
    await sql.query('begin');
    await work('door 1');
    await listener.query('select 1');
    assert.deepEqual(heard, []);
    await sql.query('commit');
    await listener.query('select 1');
    assert.deepEqual(heard, [queueOf('')]);
  });

  it('is counted for a site and for all, without terminals that nobody has listed for a day', async () => {
    const { schema } = settings;
    await queue.list([...doors(3), { name: 'gate', site: 'yard' }]);
    await sql.query(`update ${schema}.terminal set seen_at = now() - interval '25 hours' where name = 'door 3'`);
    await work('door 1');
    assert.deepEqual(await queue.send('all', 'change'), { terminals: 3, added: 2 });
    assert.deepEqual(await queue.send({ site: 'yard' }, 'revoke'), { terminals: 1, added: 0 });
    assert.deepEqual(await queue.send({ site: 'nowhere' }, 'revoke'), { terminals: 0, added: 0 });
    assert.deepEqual(await queue.send({ terminal: 'door 3' }, 'revoke'), { terminals: 1, added: 1 });
    assert.equal(await queue.send({ terminal: 'door 9' }, 'revoke'), undefined);
    assert.deepEqual((await sql.query(`select ${schema}.work_site('yard', 'audit') as n`)).rows, [{ n: 0 }]);
    assert.deepEqual((await sql.query(`select ${schema}.work_all('audit') as n`)).rows, [{ n: 0 }]);
  });

  it('is refused with a clear error for a priority that is none, and for no terminal', async () => {
    await assert.rejects(work('door 1', 'urgent'), { message: 'No priority "urgent"' });
    await assert.rejects(sql.query(`select ${settings.schema}.work(null)`), { message: 'Which terminal has work?' });
    assert.deepEqual(await queue.claim(10), []);
  });

  it('follows a terminal to its new site', async () => {
    const there = await open({ ...settings, instance: 'b', sites: ['yard'] }, []);
    await work('door 1', 'revoke');
    await work('door 1', 'change', '90 s');
    assert.deepEqual(await there.claim(10), []);
    await queue.list([{ name: 'door 1', site: 'yard' }]);
    assert.deepEqual((await there.claim(10)).map(facts), [{ terminal: 'door 1', priority: 'revoke' }]);
    await hurryAll();
    assert.deepEqual((await there.claim(10)).map(facts), [{ terminal: 'door 1', priority: 'change' }]);
  });

  it('waits for a terminal that nobody lists yet', async () => {
    assert.equal(await work('gate', 'revoke'), true);
    assert.equal(await work('gate'), false);
    assert.deepEqual(await queue.claim(10), []);
    await queue.list([...doors(3), { name: 'gate', site: '' }]);
    assert.deepEqual((await queue.claim(10)).map(facts), [{ terminal: 'gate', priority: 'revoke' }]);
  });

  it('is kept longer than its terminal, which is forgotten when nobody has listed it for two months', async () => {
    const { schema } = settings;
    await work('door 3', 'revoke');
    await sql.query(`update ${schema}.terminal set seen_at = now() - interval '61 days' where name = 'door 3'`);
    await queue.list(doors(2));
    const { rows } = await sql.query(`select terminal from ${schema}.status order by terminal`);
    assert.deepEqual(rows, [{ terminal: 'door 1' }, { terminal: 'door 2' }]);
    const claim = await claimed();
    assert.equal(await queue.isListed(claim.terminal, 1000), false);
    await queue.giveBack(claim, { pauseMs: 0, begun: false, unlisted: true });
    assert.deepEqual(await queue.claim(10), []);
    await queue.list(doors(3));
    assert.deepEqual((await queue.claim(10)).map(facts), [{ terminal: 'door 3', priority: 'revoke' }]);
  });

  it('comes from the queue whose name both sides compute', async () => {
    const sites = ['', 'a', 'Склад №2', '現場', "it's", 'x'.repeat(300)];
    const { rows } = await sql.query<{ q: string }>(
      `select ${settings.schema}.queue_of(s) as q from unnest($1::text[]) with ordinality u (s, n) order by n`,
      [sites],
    );
    assert.deepEqual(
      rows.map(({ q }) => q),
      sites.map(queueOf),
    );
  });

  it('that goes back has not been tried, and becomes one with newer work', async () => {
    await work('door 1', 'revoke');
    await queue.giveBack(await claimed(), { pauseMs: 0, begun: false });
    const again = await claimed();
    assert.deepEqual([again.retryCount, again.redelivered, again.priority], [0, false, 'revoke']);
    await work('door 1', 'audit');
    await queue.giveBack(again, { pauseMs: 0, begun: true });
    const one = await queue.claim(10);
    assert.deepEqual(
      one.map(({ priority, redelivered }) => [priority, redelivered]),
      [['revoke', true]],
    );
  });

  it('can be given back only by who has it', async () => {
    await work('door 1');
    const stale = await claimed();
    await sql.query(`update ${settings.schema}_work.job_common set state = 'retry', start_after = now()`);
    const fresh = await claimed();
    await queue.giveBack(stale, { pauseMs: 0, begun: true });
    await queue.complete(stale);
    const { rows } = await sql.query(
      `select active_since is not null as active, waiting from ${settings.schema}.status where terminal = 'door 1'`,
    );
    assert.deepEqual(rows, [{ active: true, waiting: 0 }]);
    assert.equal(fresh.retryCount, 1);
  });

  it('stands in the status of its terminal', async () => {
    const { schema } = settings;
    await queue.list([{ name: 'door 1', site: 'yard' }]);
    await work('door 1', 'revoke');
    await work('door 1', 'change', '90 s');
    const status = async (): Promise<Record<string, unknown>> => {
      const { rows } = await sql.query<Record<string, unknown>>(
        `select * from ${schema}.status where terminal = 'door 1'`,
      );
      return rows[0] ?? {};
    };
    const waiting = await status();
    assertHas(waiting, {
      site: 'yard',
      listed: true,
      waiting: 2,
      priority: 'revoke',
      active_since: null,
    });
    await queue.remember('door 1', 'SN 1');
    await queue.remember('door 1', 'SN 2');
    await queue.fail(await claimed(), { code: 'TIMEOUT', message: 'no answer' });
    const failed = await status();
    assertHas(failed, {
      serial: 'SN 2',
      former_serial: 'SN 1',
      error_code: 'TIMEOUT',
      error: 'no answer',
    });
    assert.ok(failed['replaced_at'] instanceof Date);
    await hurryAll();
    for (const each of await queue.claim(10)) await queue.complete(each);
    const done = await status();
    assertHas(done, { waiting: 0, error_code: null, error: null, dead: 0 });
    assert.ok(done['finished_at'] instanceof Date);
  });

  it('has a database that a user makes who may make no schemas, in those of somebody else', async () => {
    const mine = postgres.settings();
    const { schema } = mine;
    await sql.query(`create role ${schema} login password 'x';
      create schema ${schema} authorization ${schema}; create schema ${schema}_work authorization ${schema}`);
    const connectionString = postgres.url.replace(/\/\/.*@/, `//${schema}:x@`);
    const limited = await open({ ...mine, connection: { connectionString } }, doors(1));
    assert.deepEqual(await limited.send('all', 'change'), { terminals: 1, added: 1 });
    assert.equal((await limited.claim(1)).length, 1);
  });

  it('has a database that several instances make at once', async () => {
    settings = postgres.settings();
    const queues = ['a', 'b', 'c'].map(
      (instance) => new WorkQueue({ ...settings, instance }, RETRIES, () => undefined),
    );
    opened.push(...queues);
    await Promise.all(queues.map((each) => each.open()));
    await Promise.all(queues.map((each) => each.list(doors(20, 'yard'))));
    assert.deepEqual(await queues[0]?.send('all', 'change'), { terminals: 20, added: 20 });
    const claims = await Promise.all(queues.map((each) => each.claim(10)));
    const taken = claims.flat().map(({ terminal }) => terminal);
    assert.equal(new Set(taken).size, 20);
    assert.equal(taken.length, 20);
  });

  async function open(mine: FleetSettings, terminals: ListedTerminal[]): Promise<WorkQueue> {
    const one = new WorkQueue(mine, RETRIES, () => undefined);
    opened.push(one);
    await one.open();
    await one.list(terminals);
    return one;
  }

  async function work(terminal: string, priority = 'change', after = '0'): Promise<boolean> {
    const call = `select ${settings.schema}.work($1, $2, $3) as added`;
    const { rows } = await sql.query<{ added: boolean }>(call, [terminal, priority, after]);
    return rows[0]?.added ?? false;
  }

  async function claimed(): Promise<Claim> {
    const [claim] = await queue.claim(1);
    assert.ok(claim, 'there is work');
    return claim;
  }

  /** Whatever waits for its time is due. */
  async function hurryAll(): Promise<void> {
    await sql.query(`update ${settings.schema}_work.job_common set start_after = now() where state < 'active'`);
  }

  async function asPsql(script: string): Promise<void> {
    if (!existsSync(PSQL)) {
      await sql.query(script);
      return;
    }
    const { status, stderr } = spawnSync(PSQL, [postgres.url, '-v', 'ON_ERROR_STOP=1', '-q', '-c', script], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  }
});

function facts({ terminal, priority }: Claim): { terminal: string; priority: string } {
  return { terminal, priority };
}

function assertHas(row: Record<string, unknown>, expected: Record<string, unknown>): void {
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, row[key]])), expected);
}
