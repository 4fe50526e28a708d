import { randomBytes } from 'node:crypto';

import { DigestClient } from 'digest-fetch';

import { knownAlgorithm, type Challenge } from './challenge.js';

export interface Credentials {
  username: string;
  password: string;
}

/**
 * The `Authorization` header for one request. digest-fetch computes the response; the header around it is written
 * here, because digest-fetch names an algorithm that the terminal did not, adds nc and cnonce where there is no
 * qop, and does not escape quotes.
 * @param nc how often this nonce has been used, this time included
 * @param target path and query exactly as in the request line
 */
export function authorization(
  credentials: Credentials,
  challenge: Challenge,
  nc: number,
  method: string,
  target: string,
  cnonce: string = randomBytes(16).toString('hex'),
): string {
  const algorithm = knownAlgorithm(challenge.algorithm) ?? 'MD5';
  const ncText = nc.toString(16).padStart(8, '0');
  const client = new DigestClient(credentials.username, credentials.password, { algorithm });
  client.hasAuth = true;
  Object.assign(client.digest, {
    scheme: 'Digest',
    realm: challenge.realm,
    nonce: challenge.nonce,
    qop: challenge.qop ? 'auth' : null,
    opaque: null,
    cnonce,
    nc: ncText,
  });
  const computed = client.addAuth(`http://terminal${target}`, { method, headers: {} }) as {
    headers: { Authorization: string };
  };
  const response = /response="([0-9a-f]+)"/.exec(computed.headers.Authorization)?.[1] ?? '';
  const parts = [
    `username=${quoted(credentials.username)}`,
    `realm=${quoted(challenge.realm)}`,
    `nonce=${quoted(challenge.nonce)}`,
    `uri="${target}"`,
    ...(challenge.algorithm === undefined ? [] : [`algorithm=${challenge.algorithm}`]),
    `response="${response}"`,
    ...(challenge.opaque === undefined ? [] : [`opaque=${quoted(challenge.opaque)}`]),
    ...(challenge.qop || algorithm.endsWith('-sess') ? [`cnonce="${cnonce}"`] : []),
    ...(challenge.qop ? ['qop=auth', `nc=${ncText}`] : []),
  ];
  // Header values travel as bytes: a Cyrillic user name has to go as its UTF-8 bytes, which is also what was hashed.
  return Buffer.from(`Digest ${parts.join(', ')}`, 'utf8').toString('latin1');
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
