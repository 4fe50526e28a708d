import type tls from 'node:tls';

import { HikvisionError } from '../../errors/hikvision-error.js';
import { certificateCheck, isHost, numberBetween, wholeNumber, wordOf } from '../../settings/settings.js';
import type { TerminalSettings } from './terminal.js';

/** The settings of an isapi-config as they come from the editor or from environment variables: numbers may be text. */
export interface RawTerminalSettings {
  name?: unknown;
  protocol?: unknown;
  host?: unknown;
  port?: unknown;
  certificate?: unknown;
  fingerprint?: unknown;
  timeout?: unknown;
  retries?: unknown;
  queueLimit?: unknown;
  username?: unknown;
  password?: unknown;
}

/**
 * Checks the settings of a terminal and fills in what is blank.
 * @param tlsOptions CA, client certificate and the like of a tls-config
 * @throws HikvisionError `NOT_CONFIGURED`, naming the field
 */
export function terminalSettings(raw: RawTerminalSettings, tlsOptions?: tls.ConnectionOptions): TerminalSettings {
  const host = hostName(raw.host);
  const name = typeof raw.name === 'string' && raw.name !== '' ? raw.name : (host ?? '');
  const refuse = (field: string): never => {
    throw HikvisionError.of('settings', { terminal: name, params: { name, field } });
  };
  const protocol = wordOf(raw.protocol, ['https', 'http']) ?? refuse('protocol');
  const username = typeof raw.username === 'string' ? raw.username : '';
  const password = typeof raw.password === 'string' ? raw.password : '';
  // A colon ends the name in what Digest hashes; control characters cannot stand in a header.
  if (/[:\p{Cc}]/u.test(username)) refuse('username');
  return {
    name,
    protocol,
    host: host ?? refuse('host'),
    port: wholeNumber(raw.port, protocol === 'https' ? 443 : 80, 1, 65_535) ?? refuse('port'),
    certificate: certificateCheck(raw, tlsOptions) ?? refuse('fingerprint'),
    timeoutMs: (numberBetween(raw.timeout, 10, 0.05, 600) ?? refuse('timeout')) * 1000,
    retries: wholeNumber(raw.retries, 2, 0, 20) ?? refuse('retries'),
    queueLimit: wholeNumber(raw.queueLimit, 1000, 1, 1_000_000) ?? refuse('queueLimit'),
    ...(username === '' ? {} : { credentials: { username, password } }),
  };
}

function hostName(value: unknown): string | undefined {
  const host = typeof value === 'string' ? value.trim().replace(/^\[(.*)\]$/, '$1') : '';
  return isHost(host) ? host : undefined;
}
