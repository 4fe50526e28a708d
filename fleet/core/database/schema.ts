import { createHash } from 'node:crypto';

import type { ClientBase } from 'pg';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { namesOf, workSchemaOf, type SchemaNames } from './names.js';

/** Milliseconds to wait for somebody else who migrates, and after which somebody who was paused meanwhile is thrown out. */
const PATIENCE_MS = 15_000;
/** Advisory locks with two numbers never meet those with one, which terminals have. */
const MIGRATION_LOCK = 0x6d_69_67_72;

/** Part of the schema with versions of its own: step n leads from version n-1 to n. What was released is never changed. */
export interface Migrations {
  part: string;
  steps: readonly ((names: SchemaNames) => string)[];
}

/**
 * Makes the schema, or brings a part of it to its newest version; whoever comes first does it, others wait. All or
 * nothing: a step that fails leaves the version before.
 * @throws HikvisionError `NOT_CONFIGURED` where the name cannot be one or somebody newer was here; else as the driver does
 */
export async function migrate(client: ClientBase, schema: string, migrations: Migrations): Promise<void> {
  const names = namesOf(schema);
  if ((await versionOf(client, names, migrations)) === migrations.steps.length) return;
  await client.query('begin');
  try {
    await client.query(
      `set local lock_timeout = ${PATIENCE_MS}; set local statement_timeout = ${PATIENCE_MS};
       set local idle_in_transaction_session_timeout = ${PATIENCE_MS}`,
    );
    await client.query('select pg_advisory_xact_lock($1, $2)', [MIGRATION_LOCK, lockNumber(schema)]);
    await takeSteps(client, schema, names, migrations);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** @throws HikvisionError `databaseSchemaNewer` where a later version of this package was here */
export async function demandKnown(client: ClientBase, schema: string, migrations: Migrations): Promise<void> {
  await versionOf(client, namesOf(schema), migrations);
}

async function takeSteps(
  client: ClientBase,
  schema: string,
  names: SchemaNames,
  migrations: Migrations,
): Promise<void> {
  const { part, steps } = migrations;
  await makeSchemas(client, schema, names);
  const version = await versionOf(client, names, migrations);
  if (version === undefined) {
    await client.query(
      `create table if not exists ${names.schema}.version
         (part text primary key, version integer not null, at timestamptz not null default now())`,
    );
  }
  for (const step of steps.slice(version ?? 0)) await client.query(step(names));
  await client.query(
    `insert into ${names.schema}.version (part, version) values ($1, $2)
       on conflict (part) do update set version = excluded.version, at = now()`,
    [part, steps.length],
  );
}

/** Ours and the queue's: pg-boss makes its own in a way in which two that do so at once are in each other's way. */
async function makeSchemas(client: ClientBase, schema: string, names: SchemaNames): Promise<void> {
  const quoted = new Map([
    [schema, names.schema],
    [workSchemaOf(schema), names.work],
  ]);
  for (const [name, inSql] of quoted) {
    // "if not exists" asks for the right to create it even where it exists.
    const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [name]);
    if (rowCount === 0) await client.query(`create schema ${inSql}`);
  }
}

/** Undefined where there is no table of versions yet. */
async function versionOf(
  client: ClientBase,
  { schema }: SchemaNames,
  { part, steps }: Migrations,
): Promise<number | undefined> {
  const table = `${schema}.version`;
  const there = await client.query<{ is: boolean }>('select to_regclass($1) is not null as is', [table]);
  if (!there.rows[0]?.is) return undefined;
  const { rows } = await client.query<{ version: number }>(`select version from ${table} where part = $1`, [part]);
  const version = rows[0]?.version ?? 0;
  if (version <= steps.length) return version;
  throw HikvisionError.of('databaseSchemaNewer', {
    params: { schema: schema.slice(1, -1), found: version, known: steps.length },
  });
}

/** A number of four bytes for a text. */
export function lockNumber(text: string): number {
  return createHash('sha256').update(text).digest().readInt32BE();
}
