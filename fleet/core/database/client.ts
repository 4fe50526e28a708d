import net from 'node:net';

import { Client, type ClientConfig } from 'pg';

import type { FleetSettings } from '../options.js';
import { databaseFailure } from './failures.js';

/** Milliseconds for a connection with its login. */
const CONNECT_MS = 10_000;
/** Milliseconds without traffic after which the network is asked whether the server is still there. */
const KEEP_ALIVE_MS = 10_000;
/** Bytes that PostgreSQL keeps of an application's name. */
const LONGEST_NAME = 63;

/** A connection whose socket can be taken away, whatever it is waiting for. */
export interface OpenClient {
  client: Client;
  destroy: () => void;
}

/**
 * How every connection of an instance is made.
 * @param role what it is for; an administrator sees it in `pg_stat_activity`
 */
export function clientConfig({ connection, instance }: FleetSettings, role: string): ClientConfig {
  return {
    ...connection,
    application_name: shortened(`hikvision-fleet ${role} ${instance}`),
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  };
}

/** A connection that is ready, or a HikvisionError that says why there is none. @param signal gives it up; its reason is thrown */
export async function openClient(settings: FleetSettings, role: string, signal?: AbortSignal): Promise<OpenClient> {
  signal?.throwIfAborted();
  const socket = new net.Socket();
  const destroy = (): void => void socket.destroy();
  signal?.addEventListener('abort', destroy);
  try {
    const client = new Client({ ...clientConfig(settings, role), stream: () => socket });
    // Whoever uses it hears of it by the query that fails, or by the end.
    client.on('error', () => undefined);
    await client.connect();
    signal?.throwIfAborted();
    return { client, destroy };
  } catch (error) {
    destroy();
    throw signal?.aborted ? signal.reason : databaseFailure(error, settings.connection);
  } finally {
    signal?.removeEventListener('abort', destroy);
  }
}

/** As many characters as there is room for: cut between them, not within one. */
function shortened(name: string): string {
  const bytes = Buffer.from(name).subarray(0, LONGEST_NAME);
  return bytes.toString().replace(/\ufffd+$/, '');
}
