import type { Client } from 'pg';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import type { Finding } from '../../../core/http/findings.js';
import type { FleetSettings } from '../options.js';
import { openClient } from './client.js';
import { addressOf, databaseFailure } from './failures.js';
import { namesOf, workSchemaOf } from './names.js';
import { demandKnown } from './schema.js';
import { demandSessions } from './sessions.js';
import { CORE } from './tables.js';
import { demandVersion } from './version.js';

/**
 * What is looked at, in this order. `sessions`: whether locks hold, or a pooler hands the connection on. `clock`: seconds
 * by which the server's is ahead. `locks`: how many are free of those for which the server has room.
 */
type FleetFindingId = 'connection' | 'version' | 'rights' | 'sessions' | 'clock' | 'locks';
export type FleetFinding = Finding<FleetFindingId>;

/** Seconds. Times are compared on the server; but people read them beside those of this computer. */
const CLOCK_TOLERANCE_S = 5;
/** Fewer are soon gone: each terminal that is worked on has one, and so has each table in use. */
const FEW_LOCKS = 1_000;
/** Milliseconds for one look. */
const PATIENCE_MS = 5_000;
/** Looks at a fleet's database with the settings of a dialog; nothing is made in it. @param signal gives it up; its reason is thrown */
export async function testFleet(settings: FleetSettings, signal: AbortSignal): Promise<FleetFinding[]> {
  let destroy = (): void => undefined;
  const end = (): void => destroy();
  signal.addEventListener('abort', end);
  try {
    const client = await look('connection', settings, async () => {
      const opened = await openClient(settings, 'test', signal);
      ({ destroy } = opened);
      await opened.client.query(`set statement_timeout = ${PATIENCE_MS}; set lock_timeout = ${PATIENCE_MS}`);
      return opened.client;
    });
    return 'state' in client ? [client] : await findings(client, settings, signal);
  } finally {
    destroy();
    signal.removeEventListener('abort', end);
    signal.throwIfAborted();
  }
}

async function findings(client: Client, settings: FleetSettings, signal: AbortSignal): Promise<FleetFinding[]> {
  const looks: [FleetFindingId, () => Promise<FleetFinding>][] = [
    ['version', () => versionFinding(client)],
    ['rights', () => rightsFinding(client, settings)],
    ['sessions', () => sessionsFinding(client, settings, signal)],
    ['clock', () => clockFinding(client)],
    ['locks', () => locksFinding(client)],
  ];
  const found: FleetFinding[] = [
    { id: 'connection', state: 'passed', params: { address: addressOf(settings.connection) } },
  ];
  for (const [id, finding] of looks) found.push(await look(id, settings, finding));
  return found;
}

/** What was found, or the failure as a finding. */
async function look<T>(id: FleetFindingId, settings: FleetSettings, work: () => Promise<T>): Promise<T | FleetFinding> {
  try {
    return await work();
  } catch (error) {
    return { id, state: 'failed', failure: databaseFailure(error, settings.connection) };
  }
}

async function versionFinding(client: Client): Promise<FleetFinding> {
  return { id: 'version', state: 'passed', params: { version: await demandVersion(client) } };
}

/** Both schemas can be made, or are there and may be used and changed. */
async function rightsFinding(client: Client, { schema, connection }: FleetSettings): Promise<FleetFinding> {
  namesOf(schema);
  const standby = await client.query<{ is: boolean }>('select pg_is_in_recovery() as is');
  if (standby.rows[0]?.is) throw HikvisionError.of('databaseReadOnly', { params: { address: addressOf(connection) } });
  const { rows } = await client.query<{ name: string; there: boolean; usable: boolean; creatable: boolean }>(
    `select wanted.name, oid is not null as there, has_database_privilege(current_database(), 'create') as creatable,
        coalesce(has_schema_privilege(oid, 'usage') and has_schema_privilege(oid, 'create'), false)
        and not exists (
          select from pg_class c where c.relnamespace = n.oid and c.relkind in ('r', 'p')
            and not (has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')
              and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete'))
        ) as usable
      from unnest($1::text[]) with ordinality as wanted (name, place) left join pg_namespace n on nspname = wanted.name
      order by place`,
    [[schema, workSchemaOf(schema)]],
  );
  const locked = rows.find(({ there, usable, creatable }) => !(there ? usable : creatable));
  const params = { schema: locked?.name ?? schema };
  if (locked) {
    return { id: 'rights', state: 'failed', text: locked.there ? 'notOurs' : 'notCreatable', params, advice: true };
  }
  await demandKnown(client, schema, CORE);
  const text = rows.every(({ there }) => there) ? {} : { text: 'willCreate' };
  return { id: 'rights', state: 'passed', ...text, params };
}

async function sessionsFinding(client: Client, settings: FleetSettings, signal: AbortSignal): Promise<FleetFinding> {
  await demandSessions(client, settings, signal);
  return { id: 'sessions', state: 'passed' };
}

async function clockFinding(client: Client): Promise<FleetFinding> {
  const before = Date.now();
  const { rows } = await client.query<{ now: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
  );
  const after = Date.now();
  const now = rows[0]?.now ?? Number.NaN;
  // Somewhere between question and answer.
  const ahead = now > after ? now - after : Math.min(now - before, 0);
  const difference = Math.round(ahead / 1000);
  const off = Math.abs(ahead) > CLOCK_TOLERANCE_S * 1000;
  return { id: 'clock', state: off ? 'warned' : 'passed', params: { difference }, ...(off && { advice: true }) };
}

async function locksFinding(client: Client): Promise<FleetFinding> {
  const { rows } = await client.query<{ room: number; used: number }>(
    `select current_setting('max_locks_per_transaction')::int8
        * (current_setting('max_connections')::int8 + current_setting('max_prepared_transactions')::int8) as room,
      (select count(*) from pg_locks where not fastpath) as used`,
  );
  const room = Number(rows[0]?.room);
  const free = Math.max(room - Number(rows[0]?.used), 0);
  const few = free < FEW_LOCKS;
  return { id: 'locks', state: few ? 'warned' : 'passed', params: { free, room }, ...(few && { advice: true }) };
}
