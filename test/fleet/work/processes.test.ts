import assert from 'node:assert/strict';

import type { Client } from 'pg';

import type { FleetSettings } from '../../../fleet/core/options.js';
import { eventually } from '../../harness/fleet/eventually.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';
import type { WorkTold } from '../../harness/fleet/work-process.js';
import { WorkerProcess } from '../../harness/fleet/worker-process.js';

describe('work of processes that die, stop and lose their database', () => {
  const postgres = TestPostgres.forAll();
  let settings: FleetSettings;
  let sql: Client;

  beforeEach(async () => {
    settings = postgres.settings();
    sql = await postgres.client();
  });
  afterEach(() => WorkerProcess.killAll());

  it('goes to another when a process is killed, which is told that it has been taken over', async () => {
    const a = await start('a');
    await send();
    await Promise.all([a.began('door 1'), a.began('door 2')]);
    const b = await start('b');
    await a.kill();
    await lapse();
    const taken = await Promise.all([b.began('door 1'), b.began('door 2')]);
    assert.deepEqual(
      taken.map(({ takenOver, attempt }) => [takenOver, attempt]),
      [
        [true, 2],
        [true, 2],
      ],
    );
    b.finish('door 1');
    b.finish('door 2');
    await eventually(async () => (await open()).every(({ state }) => state === 'created'));
    // Each terminal is looked at once more.
    assert.deepEqual(
      (await open()).map(({ later }) => later),
      [true, true],
    );
  });

  it('stays with a process that is paused as long as it has the lock', async () => {
    const a = await start('a');
    await send();
    await a.began('door 1');
    const b = await start('b');
    a.pause();
    await lapse();
    // So b may take the job, and finds that the terminal is not free.
    await eventually(async () => (await open()).some(({ state, again }) => state === 'retry' && again));
    const { rows } = await sql.query(`select from pg_locks where locktype = 'advisory' and objsubid = 1`);
    assert.ok(rows.length >= 2, 'a has the locks');
    assert.deepEqual(
      b.told.filter(({ event }) => event === 'began'),
      [],
    );
    a.resume();
    a.finish('door 1');
    const ended = await a.next(({ event, terminal }) => event === 'ended' && terminal === 'door 1');
    const isNext = ({ event, terminal, at }: WorkTold): boolean =>
      event === 'began' && terminal === 'door 1' && at >= ended.at;
    const again = await Promise.race([a.next(isNext), b.next(isNext)]);
    assert.equal(again.takenOver, true);
  });

  it('goes on when the database was away', async () => {
    const [a, b] = await Promise.all([start('a'), start('b')]);
    await send();
    const first = await Promise.race([a.began('door 1'), b.began('door 1')]);
    await postgres.stop('fast');
    const owner = a.told.includes(first) ? a : b;
    const ended = await owner.next(({ event, terminal }) => event === 'ended' && terminal === 'door 1');
    assert.equal(ended.code, 'NOT_OWNER');
    await postgres.start();
    const later = ({ event, terminal, at }: WorkTold): boolean =>
      event === 'began' && terminal === 'door 1' && at > ended.at;
    await Promise.race([a.next(later), b.next(later)]);
    sql = await postgres.client();
    await eventually(async () => {
      for (const each of [a, b]) for (const terminal of ['door 1', 'door 2']) each.finish(terminal);
      return (await open()).every(({ state, later: waits }) => state === 'created' && waits);
    });
  });

  function start(instance: string): Promise<WorkerProcess> {
    return WorkerProcess.start({ settings: { ...settings, instance }, terminals: 2 });
  }

  async function send(): Promise<void> {
    await sql.query(`select ${settings.schema}.work_all()`);
  }

  /** Takes the ten seconds for which a job stays with an owner that gives no sign of life. */
  async function lapse(): Promise<void> {
    const earlier = "heartbeat_on = heartbeat_on - interval '11 s'";
    await sql.query(`update ${settings.schema}_work.job_common set ${earlier} where state = 'active'`);
  }

  /** What is not done. */
  async function open(): Promise<{ state: string; again: boolean; later: boolean }[]> {
    const { rows } = await sql.query<{ state: string; again: boolean; later: boolean }>(
      `select state, started_on is null as again, singleton_key like '%again' as later
       from ${settings.schema}_work.job_common where state < 'completed'`,
    );
    return rows;
  }
});
