import type { ClientConfig } from 'pg';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { printable } from '../../../core/errors/printable.js';

/** Of PostgreSQL, where nothing else is said. */
const DEFAULT_PORT = 5432;
const MASK = '***';
/** What the driver and Node.js say of TLS; the driver has no codes for it. */
const TLS_CODE = /^(ERR_(TLS|SSL)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(VERIFY|GET)_|EPROTO$)/;
const TLS_TEXT = 'SSL connection';
const NETWORK_CODE = /^(E[A-Z]{3,}|EAI_[A-Z]+)$/;
/** The connection's own end, and a server that is starting or stopping. */
const ENDED = /^(08...|57P0[1-5]|25P04|58000)$/;
const BUSY = new Set(['55P03', '57014', '40P01', '40001', '25P03']);

/**
 * What the driver, the server or the network said, in this package's terms: no password in it, nor an address with one.
 * Failures of ours stay as they are.
 */
export function databaseFailure(thrown: unknown, connection: ClientConfig): HikvisionError {
  if (thrown instanceof HikvisionError) return thrown;
  const { code, message } = factsOf(thrown);
  const detail = printable(withoutSecrets(message, connection));
  const address = addressOf(connection);
  if (code === 'ERR_INVALID_URL' || code === 'ERR_INVALID_ARG_TYPE') return HikvisionError.of('databaseUrl');
  if (TLS_CODE.test(code) || message.includes(TLS_TEXT)) {
    return HikvisionError.of('databaseTls', { params: { address, reason: detail } });
  }
  if (message === 'timeout expired' || code === 'ETIMEDOUT') {
    return HikvisionError.of('databaseSilent', { retryable: true, params: { address } });
  }
  if (ENDED.test(code) || NETWORK_CODE.test(code) || message.startsWith('Connection terminated')) {
    return HikvisionError.of('databaseUnreachable', { retryable: true, params: { address, reason: detail || code } });
  }
  return refusal(code, detail, connection);
}

/** What the server itself refused. */
function refusal(code: string, detail: string, connection: ClientConfig): HikvisionError {
  const address = addressOf(connection);
  if (code.startsWith('28') || detail.startsWith('SASL')) {
    return HikvisionError.of('databaseRefused', { params: { address, detail } });
  }
  if (BUSY.has(code)) return HikvisionError.of('databaseBusy', { retryable: true, params: { detail } });
  switch (code) {
    case '3D000':
      return HikvisionError.of('databaseMissing', { params: { address, detail } });
    case '42501':
      return HikvisionError.of('databaseRights', { params: { detail } });
    case '25006':
      return HikvisionError.of('databaseReadOnly', { params: { address } });
    case '53300':
      return HikvisionError.of('databaseFull', { retryable: true, params: { address, detail } });
    case '53200':
      return HikvisionError.of('databaseLocks', { retryable: true, params: { detail } });
    default:
      return HikvisionError.of('databaseFailed', { params: { code: printable(code, 20) || '–', detail } });
  }
}

/** Whether it stays so until somebody changes settings, here or at the server. */
export function isForGood({ code }: HikvisionError): boolean {
  return code === 'NOT_CONFIGURED' || code === 'UNAUTHORIZED' || code === 'CERTIFICATE';
}

/** Where the database is, for people: without user and password. */
export function addressOf({ connectionString, host, port }: ClientConfig): string {
  if (connectionString === undefined) return printable(`${host ?? 'localhost'}:${port ?? DEFAULT_PORT}`);
  const { hostname = '', port: given = '' } = URL.parse(connectionString) ?? {};
  return printable(`${hostname === '' ? 'localhost' : hostname}:${given === '' ? DEFAULT_PORT : given}`);
}

function factsOf(thrown: unknown): { code: string; message: string } {
  if (!(thrown instanceof Error)) return { code: '', message: String(thrown) };
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  return { code, message: thrown.message };
}

/** What could be a password in the words of somebody else; as it stands, and as an address writes it. */
function withoutSecrets(text: string, { connectionString, password }: ClientConfig): string {
  const written = connectionString === undefined ? '' : (URL.parse(connectionString)?.password ?? '');
  const secrets = [connectionString, typeof password === 'string' ? password : '', written, decoded(written)];
  return secrets.reduce<string>((clean, secret) => (secret ? clean.replaceAll(secret, MASK) : clean), text);
}

function decoded(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return '';
  }
}
