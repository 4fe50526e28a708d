import type tls from 'node:tls';

import { HikvisionError } from '../../errors/hikvision-error.js';
import { certificateCheck } from '../../http/certificate.js';
import * as connection from '../../settings/connection.js';
import { text } from '../../settings/kinds.js';
import type { Given, Rule } from '../../settings/rule.js';
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
  const given: Given = (property) => raw[property as keyof RawTerminalSettings];
  const host = connection.host.read(raw.host).value ?? '';
  const { value: ownName = '' } = text().read(raw.name);
  const name = ownName === '' ? host : ownName;
  const refuse = (field: string): never => {
    throw HikvisionError.of('settings', { terminal: name, params: { name, field } });
  };
  const take = <T>(field: keyof RawTerminalSettings, rule: Rule<T, string>): T => {
    const reading = rule.read(raw[field], given);
    return reading.refused === undefined ? reading.value : refuse(field);
  };
  const protocol = take('protocol', connection.protocol);
  const username = take('username', connection.username);
  return {
    name,
    protocol,
    host: take('host', connection.host),
    port: take('port', connection.port) ?? (protocol === 'https' ? 443 : 80),
    certificate: certificateCheck(given, tlsOptions) ?? refuse('fingerprint'),
    timeoutMs: take('timeout', connection.timeout),
    retries: take('retries', connection.retries),
    queueLimit: take('queueLimit', connection.queueLimit),
    ...(username === '' ? {} : { credentials: { username, password: take('password', connection.secret) } }),
  };
}
