import { createHmac } from 'node:crypto';

import type { Fields } from './fields.js';

/** Which of the headers that this client adds are signed; installations differ. `minimal` sends the key unsigned. */
export type SignatureShape = 'key-nonce-timestamp' | 'key-timestamp' | 'key' | 'minimal';

export interface SignableRequest {
  method: string;
  /** The whole path with the base path, not percent-encoded. */
  path: string;
  /** Query and form fields together, not percent-encoded. */
  fields: Fields;
  /** Every header that goes on the wire. */
  headers: Readonly<Record<string, string>>;
  /** Names of the headers to sign, any case and order; those that are not sent, or never signed, are passed over. */
  signedHeaders: readonly string[];
}

/** One line of the string to sign and what it says: `method`, `path` or the name of a header. */
export interface SignedLine {
  name: string;
  text: string;
}

/** Headers with a line of their own, in this order. An absent one gives no line at all, not an empty one. */
const OWN_LINES = ['Accept', 'Content-MD5', 'Content-Type', 'Date'];
const NEVER_SIGNED = new Set([
  ...OWN_LINES.map((name) => name.toLowerCase()),
  ...['x-ca-signature', 'x-ca-signature-headers', 'content-length', 'server', 'connection', 'host'],
  ...['transfer-encoding', 'content-encoding'],
]);

/** The gateway's string to sign, line by line. The body counts through Content-MD5 only. */
export function linesToSign({ method, path, fields, headers, signedHeaders }: SignableRequest): SignedLine[] {
  const sent = byLowerCase(headers);
  const own = OWN_LINES.flatMap((name) => {
    const value = sent.get(name.toLowerCase());
    return value === undefined ? [] : [{ name, text: value }];
  });
  const listed = namesToSign(headers, signedHeaders).map((name) => ({ name, text: `${name}:${sent.get(name) ?? ''}` }));
  return [
    { name: 'method', text: method.toUpperCase() },
    ...own,
    ...listed,
    { name: 'path', text: resource(path, fields) },
  ];
}

/** The value of X-Ca-Signature-Headers as a list: lower-case, ascending, each once. */
export function namesToSign(headers: Readonly<Record<string, string>>, wanted: readonly string[]): string[] {
  const sent = byLowerCase(headers);
  const names = wanted.map((name) => name.trim().toLowerCase());
  return [...new Set(names)].filter((name) => sent.has(name) && !NEVER_SIGNED.has(name)).sort();
}

/** The value of X-Ca-Signature. The secret is plain text, even where it looks like base64. */
export function signatureOf(lines: readonly SignedLine[], appSecret: string): string {
  const text = lines.map((line) => line.text).join('\n');
  return createHmac('sha256', Buffer.from(appSecret, 'utf8')).update(text, 'utf8').digest('base64');
}

function byLowerCase(headers: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()]));
}

function resource(path: string, fields: Fields): string {
  const names = [...fields.keys()].sort();
  const pairs = names.map((name) => {
    const value = fields.get(name) ?? null;
    return value === null ? name : `${name}=${value}`;
  });
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}
