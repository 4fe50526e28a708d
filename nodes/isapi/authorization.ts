import { hash, randomBytes } from 'node:crypto';

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
 * @param cnonce in place of the challenge's own random one
 */
export function authorization(
  credentials: Credentials,
  challenge: Challenge,
  nc: number,
  method: string,
  target: string,
  cnonce?: string,
): string {
  const ncText = nc.toString(16).padStart(8, '0');
  const { client, session, before, after, cnonce: drawn } = signerFor(credentials, challenge);
  const clientNonce = cnonce ?? drawn;
  Object.assign(client.digest, { cnonce: clientNonce, nc: ncText });
  const computed = client.addAuth(`http://terminal${target}`, { method, headers: {} }) as {
    headers: { Authorization: string };
  };
  const response = /response="([0-9a-f]+)"/.exec(computed.headers.Authorization)?.[1] ?? '';
  const nonced = challenge.qop || session ? `, cnonce="${clientNonce}"` : '';
  const counted = challenge.qop ? `, qop=auth, nc=${ncText}` : '';
  return `${before}, uri="${target}", response="${response}"${after}${nonced}${counted}`;
}

/** What stays the same for all requests that one challenge is used for. */
interface Signer {
  credentials: Credentials;
  client: DigestClient;
  /** One of the -sess algorithms, which hash the cnonce also where there is no qop. */
  session: boolean;
  /** One for each challenge: with nc rising, no two requests are alike. */
  cnonce: string;
  before: string;
  after: string;
}

const HASH_NAMES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

const signers = new WeakMap<Challenge, Signer>();

function signerFor(credentials: Credentials, challenge: Challenge): Signer {
  const known = signers.get(challenge);
  if (known?.credentials === credentials) return known;
  const { username, password } = credentials;
  const algorithm = knownAlgorithm(challenge.algorithm) ?? 'MD5';
  const client = new DigestClient(username, '', { algorithm, precomputedHash: true });
  // Node's own hashes give the same as those in digest-fetch's JavaScript in a fraction of the time.
  const hashName = HASH_NAMES[algorithm.replace('-sess', '')] ?? 'md5';
  client.hashFunc = (text: string) => hash(hashName, text);
  client.password = client.computeHash(username, challenge.realm, password) as string;
  client.hasAuth = true;
  Object.assign(client.digest, {
    scheme: 'Digest',
    realm: challenge.realm,
    nonce: challenge.nonce,
    qop: challenge.qop ? 'auth' : null,
    opaque: null,
  });
  const before = [
    `Digest username=${quoted(username)}`,
    `realm=${quoted(challenge.realm)}`,
    `nonce=${quoted(challenge.nonce)}`,
    ...(challenge.algorithm === undefined ? [] : [`algorithm=${challenge.algorithm}`]),
  ].join(', ');
  const after = challenge.opaque === undefined ? '' : `, opaque=${quoted(challenge.opaque)}`;
  const cnonce = randomBytes(16).toString('hex');
  const signer = {
    credentials,
    client,
    cnonce,
    session: algorithm.endsWith('-sess'),
    before: asBytes(before),
    after: asBytes(after),
  };
  signers.set(challenge, signer);
  return signer;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Header values travel as bytes: a Cyrillic user name has to go as its UTF-8 bytes, which is also what was hashed. */
function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
