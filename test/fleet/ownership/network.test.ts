import assert from 'node:assert/strict';

import type { FleetSettings } from '../../../fleet/core/options.js';
import type { Timing } from '../../../fleet/core/ownership/timing.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';
import { SwallowingLine } from '../../harness/fleet/swallowing-line.js';
import { Worker } from '../../harness/fleet/worker.js';

const SERIAL = 'DS-K1T341AMF20240101V030000ENABC123456';
/** A beat that is not answered in time has to be noticed, not only that none was for long: the next one comes too late. */
const TIMING: Partial<Timing> = { beatMs: 1500, patienceMs: 500, marginMs: 400, retryMs: 50, nameMs: 500 };

describe('an owner that is cut off', () => {
  const postgres = TestPostgres.forAll();
  let settings: FleetSettings;
  let line: SwallowingLine;

  beforeEach(async () => {
    settings = postgres.settings();
    line = await SwallowingLine.to(postgres.port);
  });

  afterEach('processes and lines end', async () => {
    await Worker.killAll();
    await line.close();
  });

  /** One that has the terminal, over the line, and one that waits for it. */
  async function ownerAndHeir(): Promise<{ owner: Worker; heir: Worker }> {
    const url = new URL(postgres.url);
    url.port = String(line.port);
    const start = (instance: string, connectionString: string): Promise<Worker> =>
      Worker.start({ settings: { ...settings, instance, connection: { connectionString } }, timing: TIMING });
    const [owner, heir] = await Promise.all([start('owner', url.href), start('heir', postgres.url)]);
    assert.equal((await owner.acquire(SERIAL)).takenOver, false);
    assert.equal((await heir.tryAcquire(SERIAL)).event, 'notFree');
    return { owner, heir };
  }

  it('knows it before another may start, even where the server has let go at once', async () => {
    const { owner, heir } = await ownerAndHeir();
    const heirs = heir.acquire(SERIAL);
    line.swallow();
    line.endFarSide();
    const [lost, held] = await Promise.all([owner.lost(), heirs]);
    assert.ok(lost.at <= held.at, `${lost.at} ${held.at}`);
    assert.equal(held.takenOver, true);
    assert.equal((await owner.check(SERIAL)).code, 'NOT_OWNER');
    line.carry();
    await owner.next(
      ({ state }) => state === 'ready',
      owner.told.findIndex(({ event }) => event === 'lost'),
    );
    assert.equal((await owner.tryAcquire(SERIAL)).event, 'notFree');
  });

  it('is not followed while the server still has its lock', async () => {
    const { owner, heir } = await ownerAndHeir();
    const heirs = heir.acquire(SERIAL);
    line.swallow();
    const lost = await owner.lost();
    const client = await postgres.client();
    await client.query('select pg_sleep(2.5)');
    assert.equal((await heir.tryAcquire(SERIAL)).event, 'notFree');
    line.endFarSide();
    assert.ok(lost.at <= (await heirs).at);
  });
});
