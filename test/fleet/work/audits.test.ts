import assert from 'node:assert/strict';

import type { Client } from 'pg';

import { nightAt } from '../../../fleet/core/listing.js';
import type { FleetSettings } from '../../../fleet/core/options.js';
import { eventually } from '../../harness/fleet/eventually.js';
import { doors, Instance } from '../../harness/fleet/instance.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';

const NIGHT = { from: 1, to: 5 };

describe('audits', () => {
  const postgres = TestPostgres.forAll();
  let settings: FleetSettings;
  let sql: Client;
  let now: Date;

  beforeEach(async () => {
    settings = { ...postgres.settings(), audits: NIGHT };
    sql = await postgres.client();
  });
  afterEach(() => Instance.closeAll());

  it('are asked for once a night for each listed terminal, spread over it, by whichever instance', async () => {
    now = new Date(2026, 10, 22, 0, 59);
    await Promise.all(['a', 'b'].map((instance) => start({ ...settings, instance })));
    await listedOnce();
    assert.equal(await audits(), 0, 'before the night');
    now = new Date(2026, 10, 22, 3);
    const half = await eventually(async () => (await audits()) || undefined);
    await listedOnce();
    assert.equal(await audits(), half);
    assert.ok(half > 20 && half < 80, `${half} of 100 by the middle of the night`);
    now = new Date(2026, 10, 22, 4, 55);
    await eventually(async () => (await audits()) === 100);
    await sql.query(`delete from ${settings.schema}_work.job_common`);
    await listedOnce();
    assert.equal(await audits(), 0, 'once a night');
    now = new Date(2026, 10, 23, 4, 55);
    await eventually(async () => (await audits()) === 100);
  });

  it('are not asked for where an instance has no hours for them', async () => {
    now = new Date(2026, 10, 22, 4, 55);
    const { audits: none, ...rest } = settings;
    assert.ok(none);
    await start(rest);
    await listedOnce();
    assert.equal(await audits(), 0);
  });

  it('belong to the night in which they begin', () => {
    const at = (...time: [number, number, number, number?]): Date => new Date(2026, ...time);
    assert.equal(nightAt(at(10, 22, 0, 59), NIGHT), undefined);
    assert.deepEqual(nightAt(at(10, 22, 1), NIGHT), { date: '2026-11-22', share: 0 });
    assert.equal(nightAt(at(10, 22, 4, 50), NIGHT)?.share, 1);
    assert.equal(nightAt(at(10, 22, 5), NIGHT), undefined);
    const overMidnight = { from: 22, to: 4 };
    assert.equal(nightAt(at(10, 22, 3), overMidnight)?.date, '2026-11-21');
    assert.equal(nightAt(at(10, 22, 23), overMidnight)?.date, '2026-11-22');
    assert.equal(nightAt(at(10, 22, 12), overMidnight), undefined);
    assert.equal(nightAt(at(10, 22, 12), { from: 3, to: 3 })?.date, '2026-11-22');
    assert.equal(nightAt(at(10, 22, 2), { from: 3, to: 3 })?.date, '2026-11-21');
  });

  function start(mine: FleetSettings): Promise<Instance> {
    return Instance.start({ settings: mine, terminals: doors(100), tempo: { now: () => now, pauses: { list: 50 } } });
  }

  /** Until every terminal has been listed once more, from now on. */
  async function listedOnce(): Promise<void> {
    const { rows } = await sql.query<{ at: Date }>('select now() as at');
    for (let count = 0; count < 2; count += 1) {
      const at = count === 0 ? rows[0]?.at : (await sql.query<{ at: Date }>('select now() as at')).rows[0]?.at;
      await eventually(async () => {
        const listed = await sql.query(`select from ${settings.schema}.terminal where seen_at > $1`, [at]);
        return listed.rowCount === 100;
      });
    }
  }

  async function audits(): Promise<number> {
    const { rowCount } = await sql.query(
      `select from ${settings.schema}.status where waiting = 1 and priority = 'audit'`,
    );
    return rowCount ?? 0;
  }
});
