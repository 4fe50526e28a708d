import tls from 'node:tls';

import { tlsOptions } from './certificate.js';
import { printable } from '../errors/printable.js';

/** Characters of a name that are shown. */
const LONGEST_NAME = 200;

/** What somebody has to see of a certificate before pinning it. */
export interface SeenCertificate {
  /** SHA-256, hex pairs with colons. */
  fingerprint: string;
  subject: string;
  issuer: string;
  /** ISO 8601, UTC; `?` where what stands in the certificate is no date. */
  validFrom: string;
  validTo: string;
}

/**
 * The certificate that the server at this address shows, accepted or not; a handshake and nothing else is made.
 * Undefined where nobody speaks TLS there, or not within `timeoutMs` milliseconds.
 */
export function seenCertificate(host: string, port: number, timeoutMs: number): Promise<SeenCertificate | undefined> {
  return new Promise((resolve) => {
    const socket = tls.connect(tlsOptions(host, port, { mode: 'none' }));
    const finish = (found?: SeenCertificate): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(found);
    };
    const timer = setTimeout(finish, timeoutMs);
    // Kept for good: a socket that is being destroyed may still report an error.
    socket.on('error', () => finish());
    socket.once('close', () => finish());
    socket.once('secureConnect', () => finish(certificateOf(socket)));
  });
}

/** Undefined where none can be read. */
function certificateOf(socket: tls.TLSSocket): SeenCertificate | undefined {
  try {
    const { fingerprint256, subject, issuer, valid_from, valid_to } = socket.getPeerCertificate();
    return {
      fingerprint: fingerprint256,
      subject: nameIn(subject),
      issuer: nameIn(issuer),
      validFrom: dateIn(valid_from),
      validTo: dateIn(valid_to),
    };
  } catch {
    return undefined;
  }
}

/** Whoever makes a certificate may write into it what he likes. */
function dateIn(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? '?' : date.toISOString();
}

/** The common name, or whatever else the certificate says of whom it is. */
function nameIn(certificate: tls.Certificate | undefined): string {
  const { CN, ...others } = { ...certificate };
  return printable(String(CN ?? Object.values(others).join(', ')), LONGEST_NAME);
}
