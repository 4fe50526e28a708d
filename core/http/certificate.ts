import { isIP } from 'node:net';
import tls from 'node:tls';

import { HikvisionError } from '../errors/hikvision-error.js';
import * as connection from '../settings/connection.js';
import type { Given } from '../settings/rule.js';

/**
 * How the server's certificate is checked: `verify` against the system's CAs or those of `options`,
 * `pin` against one SHA-256 fingerprint, `none` not at all.
 */
export interface CertificateCheck {
  mode: 'verify' | 'pin' | 'none';
  /** SHA-256, hex, with or without colons; needed for `pin`. */
  fingerprint?: string;
  /** CA, client certificate and the like, as Node-RED's tls-config fills them in. */
  options?: tls.ConnectionOptions;
}

/**
 * The check that a config node asks for; undefined where it is `pin` without a usable fingerprint.
 * @param given the settings of that node, as they stand there
 */
export function certificateCheck(given: Given, options?: tls.ConnectionOptions): CertificateCheck | undefined {
  const extra = options ? { options } : {};
  const { value: mode = 'verify' } = connection.certificate.read(given('certificate'));
  if (mode !== 'pin' || connection.protocol.read(given('protocol')).value === 'http') return { mode, ...extra };
  const { value: fingerprint } = connection.fingerprint.read(given('fingerprint'));
  return fingerprint === undefined ? undefined : { mode, fingerprint, ...extra };
}

/**
 * Options for tls.connect(). Node.js lets every certificate pass: `checkCertificate` judges it once the socket is connected,
 * and can then name the fingerprint of the one that was refused.
 */
export function tlsOptions(host: string, port: number, check: CertificateCheck): tls.ConnectionOptions {
  return {
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...check.options,
    host,
    port,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  };
}

/** Throws `CERTIFICATE`, with the fingerprint seen, unless the certificate passes. To be called before anything is written. */
export function checkCertificate(socket: tls.TLSSocket, check: CertificateCheck): void {
  if (check.mode === 'none') return;
  const seen = socket.getPeerCertificate().fingerprint256 as string | undefined;
  if (check.mode === 'verify') {
    if (socket.authorized) return;
    throw HikvisionError.of('certificateUntrusted', {
      delivery: 'unsent',
      params: { fingerprint: seen ?? '?', reason: String(socket.authorizationError) },
    });
  }
  const pinned = connection.normalFingerprint(check.fingerprint ?? '');
  if (pinned !== undefined && seen === pinned) return;
  throw HikvisionError.of('certificateChanged', {
    delivery: 'unsent',
    params: { fingerprint: seen ?? '?', pinned: pinned ?? '?' },
  });
}
