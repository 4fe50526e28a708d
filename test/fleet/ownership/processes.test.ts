import assert from 'node:assert/strict';

import type { FleetSettings } from '../../../fleet/core/options.js';
import { lockKeyOf } from '../../../fleet/core/ownership/key.js';
import type { Timing } from '../../../fleet/core/ownership/timing.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';
import { Worker } from '../../harness/fleet/worker.js';

const SERIAL = 'DS-K1T341AMF20240101V030000ENABC123456';
/** The same proportions as in earnest, in less time. */
const TIMING: Partial<Timing> = { beatMs: 600, patienceMs: 900, marginMs: 300, retryMs: 50, nameMs: 500 };

describe('an owner that ends without a word', () => {
  const postgres = TestPostgres.forAll();
  let settings: FleetSettings;

  beforeEach(() => (settings = postgres.settings()));

  afterEach('processes end', () => Worker.killAll());

  function worker(instance: string): Promise<Worker> {
    return Worker.start({ settings: { ...settings, instance }, timing: TIMING });
  }

  /** One that has the terminal, and one that waits for it. */
  async function ownerAndHeir(): Promise<{ owner: Worker; heir: Worker }> {
    const [owner, heir] = await Promise.all([worker('owner'), worker('heir')]);
    assert.equal((await owner.acquire(SERIAL)).takenOver, false);
    assert.equal((await heir.tryAcquire(SERIAL)).event, 'notFree');
    return { owner, heir };
  }

  it('is followed by another, who hears that it took over and keeps quiet', async () => {
    const { owner, heir } = await ownerAndHeir();
    const heirs = heir.acquire(SERIAL);
    await owner.kill();
    const { takenOver, quietMs = 0 } = await heirs;
    assert.equal(takenOver, true);
    assert.ok(quietMs > 60_000 && quietMs <= 67_000, String(quietMs));
  });

  it('may come back under its name at once', async () => {
    const first = await worker('same');
    await first.acquire(SERIAL);
    await first.kill();
    const second = await worker('same');
    assert.equal((await second.acquire(SERIAL)).takenOver, true);
    assert.ok(!second.told.some(({ state }) => state === 'refused'));
  });

  it('keeps its terminals while it is only paused, and nobody else gets them', async () => {
    const { owner, heir } = await ownerAndHeir();
    owner.pause();
    const heirs = heir.acquire(SERIAL);
    const client = await postgres.client();
    // Longer than an owner may be silent, by the server's clock.
    await client.query('select pg_sleep(2)');
    assert.equal((await heir.tryAcquire(SERIAL)).event, 'notFree');
    owner.resume();
    assert.equal((await owner.check(SERIAL)).code, 'NOT_OWNER');
    const lost = await owner.lost();
    const held = await heirs;
    assert.ok(lost.at <= held.at, `${lost.at} ${held.at}`);
    assert.equal(held.takenOver, true);
  });

  it('may send nothing when it wakes and the server has ended its connection meanwhile', async () => {
    const { owner, heir } = await ownerAndHeir();
    owner.pause();
    const heirs = heir.acquire(SERIAL);
    await terminate('owner');
    await heirs;
    owner.resume();
    assert.equal((await owner.check(SERIAL)).code, 'NOT_OWNER');
  });

  it('knows that its connection was ended before another may start', async () => {
    const { owner, heir } = await ownerAndHeir();
    const heirs = heir.acquire(SERIAL);
    await terminate('owner');
    const [lost, held] = await Promise.all([owner.lost(), heirs]);
    assert.equal(lost.code, 'NOT_OWNER');
    assert.ok(lost.at <= held.at, `${lost.at} ${held.at}`);
    assert.equal(held.takenOver, true);
  });

  async function terminate(instance: string): Promise<void> {
    const client = await postgres.client();
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid)
         where locktype = 'advisory' and objsubid = 1 and application_name like $1
           and (classid::bigint << 32) + objid::bigint = $2`,
      [`%locks ${instance}`, lockKeyOf(SERIAL)],
    );
    assert.equal(rowCount, 1);
  }
});
