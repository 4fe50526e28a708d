import { isIPv6 } from 'node:net';
import type tls from 'node:tls';

import { normalFingerprint, type CertificateCheck } from '../http/certificate.js';

/** Whether this is a host name, an IPv4 or an IPv6 address, and nothing else. */
export function isHost(host: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?$/.test(host) || isIPv6(host);
}

/** One of a few words; the first is meant where it is blank; undefined where it is none of them. */
export function wordOf<T extends string>(value: unknown, words: readonly [T, ...T[]]): T | undefined {
  return hasContent(value) ? words.find((word) => word === value) : words[0];
}

/** A number, which may come as text; undefined where it is none within the bounds. */
export function numberBetween(value: unknown, blank: number, min: number, max: number): number | undefined {
  const found = hasContent(value) ? Number(value) : blank;
  return found >= min && found <= max ? found : undefined;
}

/** As `numberBetween`, without what stands behind the point. */
export function wholeNumber(value: unknown, blank: number, min: number, max: number): number | undefined {
  const found = numberBetween(value, blank, min, max);
  return found === undefined ? undefined : Math.trunc(found);
}

export function hasContent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** The check that a config node asks for; undefined where it is `pin` without a usable fingerprint. */
export function certificateCheck(
  raw: { certificate?: unknown; fingerprint?: unknown },
  options?: tls.ConnectionOptions,
): CertificateCheck | undefined {
  const extra = options ? { options } : {};
  if (raw.certificate === 'none') return { mode: 'none', ...extra };
  if (raw.certificate !== 'pin') return { mode: 'verify', ...extra };
  const fingerprint = typeof raw.fingerprint === 'string' ? normalFingerprint(raw.fingerprint) : undefined;
  return fingerprint === undefined ? undefined : { mode: 'pin', fingerprint, ...extra };
}
