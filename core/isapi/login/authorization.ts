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
  const signer = signerFor(credentials, challenge);
  const { client, session, before, after } = signer;
  const clientNonce = cnonce ?? signer.cnonce;
  client.digest.cnonce = clientNonce;
  client.digest.nc = ncText;
  const asked = `${method}:${target}`;
  if (signer.asked.text !== asked) signer.asked = { text: asked, hash: client.hashFunc(asked) };
  client.addAuth(`http://terminal${target}`, { method, headers: {} });
  const response = signer.hashed;
  const nonced = challenge.qop || session ? `, cnonce="${clientNonce}"` : '';
  const counted = challenge.qop ? `, qop=auth, nc=${ncText}` : '';
  return `${before}, uri="${target}", response="${response}"${after}${nonced}${counted}`;
}

/** What of digest-fetch is used, with the types that its own declaration leaves open. */
interface SigningClient {
  hashFunc: (text: string) => string;
  password: string;
  hasAuth: boolean;
  digest: Record<'algorithm' | 'scheme' | 'realm' | 'nonce' | 'nc' | 'cnonce', string> & {
    qop: 'auth' | null;
    opaque: null;
  };
  computeHash(user: string, realm: string, password: string): string;
  addAuth(url: string, options: { method: string; headers: Record<string, string> }): unknown;
}

/** What stays the same for all requests that one challenge is used for. */
interface Signer {
  credentials: Credentials;
  client: SigningClient;
  /** What digest-fetch hashed last: in addAuth() that is the response. */
  hashed: string;
  /** Method and path of the last request, which are often those of the next, with their hash. */
  asked: { text: string; hash: string };
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
  const client = new DigestClient(username, '', { algorithm, precomputedHash: true }) as unknown as SigningClient;
  // Node's own hashes give the same as those in digest-fetch's JavaScript in a fraction of the time.
  const hashName = HASH_NAMES[algorithm.replace('-sess', '')] ?? 'md5';
  const before = [
    `Digest username=${quoted(username)}`,
    `realm=${quoted(challenge.realm)}`,
    `nonce=${quoted(challenge.nonce)}`,
    ...(challenge.algorithm === undefined ? [] : [`algorithm=${challenge.algorithm}`]),
  ].join(', ');
  const after = challenge.opaque === undefined ? '' : `, opaque=${quoted(challenge.opaque)}`;
  const cnonce = randomBytes(16).toString('hex');
  const signer: Signer = {
    credentials,
    client,
    hashed: '',
    asked: { text: '', hash: '' },
    cnonce,
    session: algorithm.endsWith('-sess'),
    before: asBytes(before),
    after: asBytes(after),
  };
  client.hashFunc = (text) => {
    const { asked } = signer;
    signer.hashed = text === asked.text ? asked.hash : hash(hashName, text);
    return signer.hashed;
  };
  client.password = client.computeHash(username, challenge.realm, password);
  client.hasAuth = true;
  const { nonce, realm, qop } = challenge;
  client.digest = { algorithm, scheme: 'Digest', realm, nonce, qop: qop ? 'auth' : null, opaque: null, nc: '', cnonce };
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
