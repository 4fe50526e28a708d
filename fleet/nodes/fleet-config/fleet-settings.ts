import os from 'node:os';
import type tls from 'node:tls';

import type { ClientConfig } from 'pg';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { text } from '../../../core/settings/kinds.js';
import type { Given, Rule } from '../../../core/settings/rule.js';
import type { FleetSettings } from '../../core/options.js';
import { settings as rules } from './settings.js';

/** The settings of a fleet-config as they come from the editor or from environment variables: numbers may be text. */
export type RawFleetSettings = Readonly<Record<string, unknown>>;

/** What a URL may say of TLS; a tls-config that is chosen decides alone. */
const TLS_PARAMETERS = ['ssl', 'sslmode', 'sslnegotiation', 'sslcert', 'sslkey', 'sslrootcert', 'uselibpqcompat'];

/**
 * Checks the settings of a fleet and fills in what is blank.
 * @param tlsOptions CA, client certificate and the like of a tls-config; without, the connection is not encrypted unless the URL says so
 * @throws HikvisionError `NOT_CONFIGURED`, naming the field
 */
export function fleetSettings(raw: RawFleetSettings, tlsOptions?: tls.ConnectionOptions): FleetSettings {
  const given: Given = (property) => raw[property];
  const { value: name = '' } = text().read(raw['name']);
  const take = <T>(field: keyof typeof rules, rule: Rule<T, string>): T => {
    const reading = rule.read(raw[field], given);
    if (reading.refused === undefined) return reading.value;
    throw HikvisionError.of('fleetSettings', { delivery: 'unsent', params: { name: name || 'fleet-config', field } });
  };
  const address = (): ClientConfig =>
    take('connection', rules.connection) === 'url'
      ? { connectionString: tlsOptions ? withoutTls(take('url', rules.url)) : take('url', rules.url) }
      : {
          ...{ host: take('host', rules.host), port: take('port', rules.port) },
          ...{ database: take('database', rules.database), user: take('user', rules.user) },
          password: take('password', rules.password),
        };
  const [auditFrom, auditTo] = [take('auditFrom', rules.auditFrom), take('auditTo', rules.auditTo)];
  return {
    connection: { ...address(), ...(tlsOptions ? { ssl: tlsOptions } : {}) },
    schema: take('schema', rules.schema),
    instance: take('instance', rules.instance) || os.hostname(),
    sites: take('sites', rules.sites),
    parallel: take('parallel', rules.parallel),
    ...(auditFrom === undefined || auditTo === undefined ? {} : { audits: { from: auditFrom, to: auditTo } }),
  };
}

function withoutTls(given: string): string {
  const url = new URL(given);
  for (const name of TLS_PARAMETERS) url.searchParams.delete(name);
  return url.href;
}
