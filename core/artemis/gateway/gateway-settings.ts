import { isIPv6 } from 'node:net';
import type tls from 'node:tls';

import type { CertificateCheck } from '../../http/certificate.js';
import { HikvisionError, type TextParams } from '../../errors/hikvision-error.js';
import { printable } from '../../errors/printable.js';
import { certificateCheck, hasContent, isHost, numberBetween, wholeNumber, wordOf } from '../../settings/settings.js';
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
  const name = textOf(raw.name) || printable(textOf(raw.host), 80);
  const refuse = (field: string): never => {
    throw HikvisionError.of('settings', {
      delivery: 'unsent',
      gateway: name,
      params: { name, field },
    });
  };
  const address = addressOf(raw, name);
  const protocol = wordOf(address.protocol ?? raw.protocol, ['https', 'http']) ?? refuse('protocol');
  return {
    name,
    protocol,
    host: address.host,
    port: wholeNumber(address.port ?? raw.port, protocol === 'https' ? 443 : 80, 1, 65_535) ?? refuse('port'),
    certificate: certificateCheck(raw, tlsOptions) ?? refuse('fingerprint'),
    basePath: address.basePath,
    product: wordOf(raw.product, ['hikcentral', 'isecure']) ?? refuse('product'),
    signature: wordOf(raw.signature, ['key-nonce-timestamp', 'key-timestamp', 'key', 'minimal']) ?? refuse('signature'),
    contentMD5: raw.contentMD5 === true || raw.contentMD5 === 'true',
    userId: /^[\x20-\x7e]*$/.test(textOf(raw.userId)) ? textOf(raw.userId).trim() : refuse('userId'),
    appKey: typeof raw.appKey === 'number' ? String(raw.appKey) : textOf(raw.appKey),
    appSecret: textOf(raw.appSecret),
    timeoutMs: (numberBetween(raw.timeout, 10, 0.05, 600) ?? refuse('timeout')) * 1000,
    retries: wholeNumber(raw.retries, 2, 0, 20) ?? refuse('retries'),
  };
}

interface Address {
  protocol?: string;
  host: string;
  port?: string;
  basePath: string;
}

/** Scheme, host, port and path as somebody pastes them: `https://hik.example.com:8443/artemis`. */
const PASTED =
  /^(?:(?<protocol>https?):\/\/)?(?<host>\[[\da-f:.]+\]|[^/?#@:[\]\s]+)(?::(?<port>\d{1,5}))?(?<path>\/[^?#\s]*)?$/i;

function addressOf(raw: RawGatewaySettings, name: string): Address {
  const given = textOf(raw.host).trim();
  const basePath = normalPath(raw.basePath === undefined || raw.basePath === '' ? '/artemis' : textOf(raw.basePath));
  const parts = isIPv6(given) ? { host: given } : PASTED.exec(given)?.groups;
  const about = <P extends TextParams>(params: P) => ({
    delivery: 'unsent' as const,
    gateway: name,
    params: { name, given: printable(given, 120), ...params },
  });
  if (!/^(\/[^\s/?#]+)*$/.test(basePath)) throw HikvisionError.of('settings', about({ field: 'basePath' }));
  if (given === '') throw HikvisionError.of('addressMissing', about({}));
  const host = (parts?.['host'] ?? '').replace(/^\[(.*)\]$/, '$1');
  if (!parts || !isHost(host)) throw HikvisionError.of('address', about({}));
  const { protocol, port, path = '' } = parts as { protocol?: string; port?: string; path?: string };
  const pastedPath = normalPath(path);
  if (pastedPath !== '' && pastedPath !== basePath && !pastedPath.startsWith(`${basePath}/`)) {
    throw HikvisionError.of('addressPath', about({ host, basePath }));
  }
  if (port !== undefined && hasContent(raw.port) && Number(raw.port) !== Number(port)) {
    throw HikvisionError.of('addressPort', about({ host, port, other: printable(String(raw.port), 10) }));
  }
  return {
    ...(protocol === undefined ? {} : { protocol: protocol.toLowerCase() }),
    host,
    ...(port === undefined ? {} : { port }),
    basePath,
  };
}

function normalPath(path: string): string {
  const trimmed = path.trim().replace(/\/+$/, '');
  return trimmed === '' || trimmed.startsWith('/') ? trimmed : `/${trimmed}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
