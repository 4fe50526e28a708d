import type { Client } from 'pg';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { wait } from '../../../core/http/turns/wait.js';
import { openClient, type OpenClient } from '../database/client.js';
import { databaseFailure } from '../database/failures.js';
import { namesOf } from '../database/names.js';
import { lockNumber, migrate } from '../database/schema.js';
import { demandSessions } from '../database/sessions.js';
import { CORE } from '../database/tables.js';
import { demandVersion } from '../database/version.js';
import type { FleetSettings } from '../options.js';
import type { Timing } from './timing.js';

/** Milliseconds for all of it, migrations by somebody else included. */
const ENTRY_MS = 30_000;
/**
 * How long the server keeps the locks of somebody who is cut off: 10 + 3 × 5 s, and as long where it has something to say.
 * Short limits for our own queries: a beat waits behind them.
 */
const SESSION = `
  set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3; set tcp_user_timeout = 25000;
  set lock_timeout = 1000; set statement_timeout = 2000;
  select set_config(name, '0', false) from pg_settings where name in ('idle_session_timeout', 'transaction_timeout')`;

/** A connection that has the instance's name as long as it lives, and no other has it. */
export interface Entered extends OpenClient {
  /** Number of the server's process behind it. */
  backend: number;
}

/**
 * Waits a little for the name: who was killed and started again may be faster than the server.
 * @throws HikvisionError; `instanceTaken` where another process has that name
 */
export async function enterFleet(
  settings: FleetSettings,
  boot: string,
  timing: Timing,
  signal: AbortSignal,
): Promise<Entered> {
  const open = await openClient(settings, 'locks', signal);
  const { client, destroy } = open;
  const timer = setTimeout(destroy, ENTRY_MS);
  signal.addEventListener('abort', destroy);
  try {
    await demandVersion(client);
    await demandSessions(client, settings, signal);
    await migrate(client, settings.schema, CORE);
    await client.query(SESSION);
    const backend = await takeName(client, settings, timing, signal);
    const { schema } = namesOf(settings.schema);
    await client.query(`select ${schema}.enter($1, $2)`, [settings.instance, boot]);
    return { ...open, backend };
  } catch (error) {
    destroy();
    throw signal.aborted ? signal.reason : databaseFailure(error, settings.connection);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', destroy);
  }
}

/** A lock with two numbers: those of terminals have one. */
async function takeName(client: Client, settings: FleetSettings, timing: Timing, signal: AbortSignal): Promise<number> {
  const { schema, instance } = settings;
  const until = Date.now() + timing.nameMs;
  for (;;) {
    const values = [lockNumber(schema), lockNumber(instance)];
    const { rows } = await client.query<{ taken: boolean; backend: number }>(
      'select pg_try_advisory_lock($1, $2) as taken, pg_backend_pid() as backend',
      values,
    );
    if (rows[0]?.taken) return rows[0].backend;
    if (Date.now() >= until) throw HikvisionError.of('instanceTaken', { params: { name: instance } });
    await wait(timing.retryMs, signal);
  }
}
