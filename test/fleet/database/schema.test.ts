import assert from 'node:assert/strict';

import { namesOf } from '../../../fleet/core/database/names.js';
import { migrate, type Migrations } from '../../../fleet/core/database/schema.js';
import { CORE } from '../../../fleet/core/database/tables.js';
import { failureOf } from '../../harness/failure-of.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';

describe('the schema of a fleet', () => {
  const postgres = TestPostgres.forAll();

  it('is made once, by whoever comes first of several', async () => {
    const { schema } = postgres.settings();
    const clients = await Promise.all(Array.from({ length: 8 }, () => postgres.client()));
    await Promise.all(clients.map((client) => migrate(client, schema, CORE)));
    const client = await postgres.client();
    const { rows } = await client.query(`select part, version from ${schema}.version`);
    assert.deepEqual(rows, [{ part: 'core', version: CORE.steps.length }]);
  });

  it('is brought to a newer version by the steps that are missing, each part for itself', async () => {
    const { schema } = postgres.settings();
    const client = await postgres.client();
    const first = ({ schema: name }: { schema: string }): string => `create table ${name}.one (x integer)`;
    const second = ({ schema: name }: { schema: string }): string => `alter table ${name}.one add y integer`;
    await migrate(client, schema, CORE);
    await migrate(client, schema, { part: 'other', steps: [first] });
    await migrate(client, schema, { part: 'other', steps: [first, second] });
    await client.query(`insert into ${schema}.one (x, y) values (1, 2)`);
    const { rows } = await client.query(`select part, version from ${schema}.version order by part`);
    assert.deepEqual(rows, [
      { part: 'core', version: CORE.steps.length },
      { part: 'other', version: 2 },
    ]);
  });

  it('stays as it was where a step fails', async () => {
    const { schema } = postgres.settings();
    const client = await postgres.client();
    const broken: Migrations = { part: 'core', steps: [...CORE.steps, () => 'select 1 / 0'] };
    await assert.rejects(migrate(client, schema, broken), { code: '22012' });
    const { rows } = await client.query('select 1 from pg_namespace where nspname = $1', [schema]);
    assert.deepEqual(rows, []);
    await migrate(client, schema, CORE);
  });

  it('is left alone where a later version was here', async () => {
    const { schema } = postgres.settings();
    const client = await postgres.client();
    await migrate(client, schema, { part: 'core', steps: [...CORE.steps, () => 'select 1'] });
    const failure = await failureOf(migrate(client, schema, CORE));
    assert.equal(failure.reason, 'databaseSchemaNewer');
    assert.deepEqual(failure.params, { schema, found: CORE.steps.length + 1, known: CORE.steps.length });
  });

  it('may be one that somebody else has made, for a user who may make none', async () => {
    const { schema } = postgres.settings();
    const client = await postgres.client();
    await client.query(`create role ${schema} login password 'x'; create schema ${schema} authorization ${schema};
      create schema ${schema}_work authorization ${schema}`);
    const theirs = await postgres.client(postgres.url.replace('postgres:fleet@', `${schema}:x@`));
    await migrate(theirs, schema, CORE);
  });

  for (const name of [
    '',
    'Fleet',
    'pg_fleet',
    'information_schema',
    '1fleet',
    'a"b',
    'a;drop',
    'a b',
    'a'.repeat(46),
    'парк',
  ]) {
    it(`is refused under the name ${JSON.stringify(name)}`, () => {
      assert.throws(() => namesOf(name), { reason: 'schemaName', code: 'NOT_CONFIGURED' });
    });
  }

  it('has its names quoted, and the queue beside it', () => {
    const { schema, work, channel } = namesOf('order');
    assert.deepEqual([schema, work, channel('x')], ['"order"', '"order_work"', '"order_x"']);
  });
});
