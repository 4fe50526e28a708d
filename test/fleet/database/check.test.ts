import assert from 'node:assert/strict';

import { testFleet, type FleetFinding } from '../../../fleet/core/database/check.js';
import { migrate } from '../../../fleet/core/database/schema.js';
import { CORE } from '../../../fleet/core/database/tables.js';
import type { FleetSettings } from '../../../fleet/core/options.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';
import { TransactionPooler } from '../../harness/fleet/transaction-pooler.js';

describe('the test of a connection to the database', () => {
  const postgres = TestPostgres.forAll();

  async function statesOf(settings: FleetSettings): Promise<Record<string, string>> {
    return states(await testFleet(settings, new AbortController().signal));
  }

  function states(findings: readonly FleetFinding[]): Record<string, string> {
    return Object.fromEntries(
      findings.map(({ id, state, text, failure }) => [id, [state, text, failure?.reason].filter(Boolean).join(' ')]),
    );
  }

  const PASSED = {
    connection: 'passed',
    version: 'passed',
    rights: 'passed',
    sessions: 'passed',
    clock: 'passed',
    locks: 'passed',
  };

  /** A user who may do nothing that nobody gave him, and may log in. */
  async function user(rights: (name: string) => string = () => ''): Promise<FleetSettings> {
    const settings = postgres.settings();
    const client = await postgres.client();
    await client.query(`create role ${settings.schema} login password 'x'; ${rights(settings.schema)}`);
    const connectionString = postgres.url.replace('postgres:fleet@', `${settings.schema}:x@`);
    return { ...settings, connection: { connectionString } };
  }

  it('finds everything in order, and makes nothing', async () => {
    const settings = postgres.settings();
    const findings = await testFleet(settings, new AbortController().signal);
    assert.deepEqual(states(findings), { ...PASSED, rights: 'passed willCreate' });
    const params = Object.fromEntries(findings.map(({ id, params }) => [id, params]));
    assert.deepEqual(params['connection'], { address: `127.0.0.1:${postgres.port}` });
    assert.match(String(params['version']?.['version']), /^\d+\.\d+$/);
    assert.deepEqual(params['clock'], { difference: 0 });
    assert.equal(params['locks']?.['room'], 64 * 60);
    const client = await postgres.client();
    const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [settings.schema]);
    assert.equal(rowCount, 0);
    const { rowCount: locks } = await client.query(`select from pg_locks where locktype = 'advisory'`);
    assert.equal(locks, 0);
  });

  it('says that a user may not make the schema', async () => {
    assert.deepEqual(await statesOf(await user()), { ...PASSED, rights: 'failed notCreatable' });
  });

  it('says that the schema is somebody else’s', async () => {
    const settings = await user((name) => `create schema ${name}; create schema ${name}_work`);
    assert.deepEqual(await statesOf(settings), { ...PASSED, rights: 'failed notOurs' });
  });

  it('says that the tables are somebody else’s', async () => {
    const settings = await user((name) => `grant create on database fleet to ${name}`);
    const client = await postgres.client();
    await migrate(client, settings.schema, CORE);
    await client.query(`grant all on schema ${settings.schema} to ${settings.schema}`);
    assert.deepEqual(await statesOf(settings), { ...PASSED, rights: 'failed notOurs' });
  });

  it('is content with schemas that somebody else has made for this user', async () => {
    const settings = await user(
      (name) => `create schema ${name} authorization ${name}; create schema ${name}_work authorization ${name}`,
    );
    assert.deepEqual(await statesOf(settings), PASSED);
  });

  it('says that the schema is of a later version', async () => {
    const settings = postgres.settings();
    const client = await postgres.client();
    await migrate(client, settings.schema, { part: CORE.part, steps: [...CORE.steps, () => 'select 1'] });
    assert.deepEqual(await statesOf(settings), { ...PASSED, rights: 'failed databaseSchemaNewer' });
  });

  for (const size of [1, 2, 3]) {
    it(`finds a pooler that hands connections on, of ${size}`, async () => {
      const pooler = await TransactionPooler.before(postgres.url, size);
      try {
        const url = new URL(postgres.url);
        url.port = String(pooler.port);
        const settings = postgres.settings({ connection: { connectionString: url.href } });
        const { sessions } = await statesOf(settings);
        assert.equal(sessions, 'failed databasePooler');
      } finally {
        await pooler.close();
      }
    });
  }

  it('ends when nobody wants to know any more', async () => {
    const client = await postgres.client();
    await client.query('begin; lock table pg_namespace');
    const stop = new AbortController();
    const asked = testFleet(postgres.settings(), stop.signal);
    const reason = new Error('closed');
    // When it waits for the table.
    for (let waits = 0; waits === 0;) {
      waits = (await client.query('select from pg_locks where not granted')).rowCount ?? 0;
    }
    stop.abort(reason);
    await assert.rejects(asked, reason);
  });

  const { connectionString } = { connectionString: 'postgres://nobody:s3cret%2F@127.0.0.1:1/none' };
  it('says that nobody is there', async () => {
    const [finding, ...more] = await testFleet(
      postgres.settings({ connection: { connectionString } }),
      new AbortController().signal,
    );
    assert.deepEqual(more, []);
    assert.equal(finding?.failure?.reason, 'databaseUnreachable');
    assert.equal(finding.failure.params['address'], '127.0.0.1:1');
    assert.ok(!JSON.stringify([finding, finding.failure.params]).includes('s3cret'));
  });
});

describe('the test of a database with few locks', () => {
  const postgres = TestPostgres.forAll('max_locks_per_transaction = 10', 'max_connections = 30');

  it('warns that they are soon gone', async () => {
    const findings = await testFleet(postgres.settings(), new AbortController().signal);
    const locks = findings.find(({ id }) => id === 'locks');
    assert.equal(locks?.state, 'warned');
    assert.equal(locks.params?.['room'], 300);
    assert.ok(Number(locks.params['free']) > 200);
  });
});
