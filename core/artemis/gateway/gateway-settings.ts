import type tls from 'node:tls';

import { HikvisionError } from '../../errors/hikvision-error.js';
import { printable } from '../../errors/printable.js';
import { certificateCheck, type CertificateCheck } from '../../http/certificate.js';
import * as connection from '../../settings/connection.js';
import * as gateway from '../../settings/gateway.js';
import { text } from '../../settings/kinds.js';
import type { Given, Rule } from '../../settings/rule.js';
import type { Product } from '../protocol/codes.js';
import type { SignatureShape } from '../signing/signature.js';

export interface GatewaySettings {
  name: string;
  protocol: 'http' | 'https';
  host: string;
  port: number;
  certificate: CertificateCheck;
  /** Where the OpenAPI begins, like `/artemis`; '' where it begins at the root. */
  basePath: string;
  product: Product;
  signature: SignatureShape;
  contentMD5: boolean;
  /** The HikCentral user in whose name requests are made; '' for the partner's own. */
  userId: string;
  appKey: string;
  appSecret: string;
  /** Milliseconds for one request. */
  timeoutMs: number;
  /** Repeats of a request that failed for a passing reason. */
  retries: number;
}

/** The settings of an artemis-config as they come from the editor or from environment variables. */
export type RawGatewaySettings = Partial<
  Record<Exclude<keyof GatewaySettings, 'timeoutMs'> | 'fingerprint' | 'timeout', unknown>
>;

/**
 * Checks the settings of a gateway and fills in what is blank. An address pasted with scheme, port or base path is taken apart.
 * @param tlsOptions CA, client certificate and the like of a tls-config
 * @throws HikvisionError `NOT_CONFIGURED`, naming the field and what to enter
 */
export function gatewaySettings(raw: RawGatewaySettings, tlsOptions?: tls.ConnectionOptions): GatewaySettings {
  const entered: Given = (property) => raw[property as keyof RawGatewaySettings];
  const { value: ownName = '' } = text().read(raw.name);
  const name = ownName === '' ? printable(text().read(raw.host).value ?? '', 80) : ownName;
  const refuse = (field: string): never => {
    throw HikvisionError.of('settings', { delivery: 'unsent', gateway: name, params: { name, field } });
  };
  const host = gateway.host.read(raw.host, entered);
  if (host.refused !== undefined) {
    const params = { name, given: '', ...printed(host.params) };
    throw HikvisionError.of(host.refused as 'address', { delivery: 'unsent', gateway: name, params });
  }
  // That of a pasted address counts, for the certificate too.
  const protocol = gateway.protocol.read(raw.protocol, entered).value ?? refuse('protocol');
  const given: Given = (property) => (property === 'protocol' ? protocol : entered(property));
  const take = <T>(field: keyof RawGatewaySettings, rule: Rule<T, string>): T => {
    const reading = rule.read(raw[field], given);
    return reading.refused === undefined ? reading.value : refuse(field);
  };
  return {
    name,
    protocol,
    host: host.value,
    port: take('port', gateway.port) ?? (protocol === 'https' ? 443 : 80),
    certificate: certificateCheck(given, tlsOptions) ?? refuse('fingerprint'),
    basePath: take('basePath', gateway.basePath),
    product: take('product', gateway.product),
    signature: take('signature', gateway.signature),
    contentMD5: take('contentMD5', gateway.contentMD5),
    userId: take('userId', connection.userId),
    appKey: take('appKey', gateway.appKey),
    appSecret: take('appSecret', connection.secret),
    timeoutMs: take('timeout', connection.timeout),
    retries: take('retries', connection.retries),
  };
}

/** What somebody entered, safe to show. */
function printed(params: Readonly<Record<string, string | number>> = {}): object {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, printable(String(value), 120)]));
}
