import type { ClientBase } from 'pg';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';

/** The first that has all that the fleet uses. */
const LEAST_VERSION = 13;

/** The server's version, such as `15.4`. @throws HikvisionError `databaseOld` */
export async function demandVersion(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  // Distributions add their own behind it.
  const found = rows[0]?.server_version.split(' ')[0] ?? '';
  if (Number.parseInt(found) >= LEAST_VERSION) return found;
  throw HikvisionError.of('databaseOld', { params: { found, least: LEAST_VERSION } });
}
