import { randomInt } from 'node:crypto';

import type { Client } from 'pg';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import type { FleetSettings } from '../options.js';
import { openClient } from './client.js';

/** Of locks that are there for this question only: with two numbers, unlike those of terminals. */
const TEST_LOCK = 0x74_65_73_74;
/** What a pooler says that lends a connection for one statement when it shall begin a transaction. */
const PROTOCOL_VIOLATION = '08P01';

/**
 * A lock of a connection has to stay its own. A pooler that hands connections on would give both of two clients the same
 * process of the server, or the first one another as soon as the second one keeps its own busy.
 * @throws HikvisionError `databasePooler`
 */
export async function demandSessions(first: Client, settings: FleetSettings, signal: AbortSignal): Promise<void> {
  const key = randomInt(2 ** 31);
  const backend = await backendOf(first);
  const { client: second, destroy } = await openClient(settings, 'test', signal);
  signal.addEventListener('abort', destroy);
  try {
    await first.query('select pg_advisory_lock($1, $2)', [TEST_LOCK, key]);
    await second.query('begin').catch((error: unknown) => {
      throw codeOf(error) === PROTOCOL_VIOLATION ? HikvisionError.of('databasePooler') : error;
    });
    const isOther = (await backendOf(second)) !== backend;
    const isSeen = isOther && (await hasLock(second, backend, key));
    const stays = isSeen && (await backendOf(first)) === backend;
    // On whichever of them it is.
    await unlock(second, key);
    await second.query('rollback');
    await unlock(first, key);
    if (!stays) throw HikvisionError.of('databasePooler');
  } finally {
    signal.removeEventListener('abort', destroy);
    destroy();
  }
}

async function hasLock(client: Client, backend: number, key: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_locks where locktype = 'advisory' and objsubid = 2 and classid = $1::bigint::oid
       and objid = $2::bigint::oid and granted and pid = $3`,
    [TEST_LOCK, key, backend],
  );
  return rowCount === 1;
}

async function unlock(client: Client, key: number): Promise<void> {
  await client.query('select pg_advisory_unlock($1, $2)', [TEST_LOCK, key]);
}

async function backendOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ backend: number }>('select pg_backend_pid() as backend');
  return rows[0]?.backend ?? 0;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
