import assert from 'node:assert/strict';

import type { HikvisionError } from '../../../core/errors/hikvision-error.js';
import type { FleetSettings } from '../../../fleet/core/options.js';
import { eventually } from '../../harness/fleet/eventually.js';
import { Instance } from '../../harness/fleet/instance.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';
import { SwallowingLine } from '../../harness/fleet/swallowing-line.js';

describe('an instance that is cut off from its database', () => {
  const postgres = TestPostgres.forAll();
  let line: SwallowingLine;
  let settings: FleetSettings;

  beforeEach(async () => {
    line = await SwallowingLine.to(postgres.port);
    settings = postgres.settings();
    settings.connection = { connectionString: postgres.url.replace(String(postgres.port), String(line.port)) };
  });
  afterEach(async () => {
    await Instance.closeAll();
    await line.close();
  });

  it('ends its work, and goes on by itself when the line is there again', async () => {
    const a = await Instance.start({ settings });
    a.take();
    await a.fleet.send('all', 'change');
    const { job } = await a.next();
    line.swallow();
    await a.isIn('lost');
    assert.equal((job.signal.reason as HikvisionError).code, 'NOT_OWNER');
    line.endFarSide();
    line.carry();
    const again = await a.next();
    assert.deepEqual([again.job.takenOver, again.job.attempt], [true, 1]);
    again.finish();
    const sql = await postgres.client();
    await eventually(async () => {
      const { rows } = await sql.query<{ at: Date | null }>(`select finished_at as at from ${settings.schema}.status`);
      return rows[0]?.at;
    });
  });

  it('is not kept from ending', async () => {
    const a = await Instance.start({ settings });
    a.take();
    await a.fleet.send('all', 'change');
    await a.next();
    line.swallow();
    await a.close();
    assert.equal(a.fleet.state, 'closed');
  });
});

describe('an instance that was never started', () => {
  it('ends', async () => {
    const connection = { connectionString: 'postgres://nobody@127.0.0.1:1/fleet' };
    const a = Instance.make({ settings: { connection, schema: 'fleet', instance: 'a', sites: [], parallel: 1 } });
    a.take();
    await a.close();
    assert.equal(a.fleet.state, 'closed');
  });
});
