import { isIPv6 } from 'node:net';
import type tls from 'node:tls';

import { normalFingerprint, type CertificateCheck } from '../http/certificate.js';
import { HikvisionError } from '../http/failure.js';
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
    throw new HikvisionError('NOT_CONFIGURED', { text: 'settings', terminal: name, params: { name, field } });
  };
  const protocol = raw.protocol === 'http' || raw.protocol === 'https' ? raw.protocol : refuse('protocol');
  const count = (
    field: 'port' | 'timeout' | 'retries' | 'queueLimit',
    blank: number,
    min: number,
    max: number,
  ): number => numberBetween(raw[field], blank, min, max) ?? refuse(field);
  const username = typeof raw.username === 'string' ? raw.username : '';
  const password = typeof raw.password === 'string' ? raw.password : '';
  // A colon ends the name in what Digest hashes; control characters cannot stand in a header.
  if (/[:\p{Cc}]/u.test(username)) refuse('username');
  return {
    name,
    protocol,
    host: host ?? refuse('host'),
    port: Math.trunc(count('port', protocol === 'https' ? 443 : 80, 1, 65_535)),
    certificate: certificateCheck(raw, tlsOptions) ?? refuse('fingerprint'),
    timeoutMs: count('timeout', 10, 0.05, 600) * 1000,
    retries: Math.trunc(count('retries', 2, 0, 20)),
    queueLimit: Math.trunc(count('queueLimit', 1000, 1, 1_000_000)),
    ...(username === '' ? {} : { credentials: { username, password } }),
  };
}

function hostName(value: unknown): string | undefined {
  const host = typeof value === 'string' ? value.trim().replace(/^\[(.*)\]$/, '$1') : '';
  return /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?$/.test(host) || isIPv6(host) ? host : undefined;
}

function numberBetween(value: unknown, blank: number, min: number, max: number): number | undefined {
  if (value === undefined || value === null || value === '') return blank;
  const found = Number(value);
  return Number.isFinite(found) && found >= min && found <= max ? found : undefined;
}

function certificateCheck(raw: RawTerminalSettings, options?: tls.ConnectionOptions): CertificateCheck | undefined {
  const extra = options ? { options } : {};
  if (raw.certificate === 'none') return { mode: 'none', ...extra };
  if (raw.certificate !== 'pin') return { mode: 'verify', ...extra };
  const fingerprint = typeof raw.fingerprint === 'string' ? normalFingerprint(raw.fingerprint) : undefined;
  return fingerprint === undefined ? undefined : { mode: 'pin', fingerprint, ...extra };
}
