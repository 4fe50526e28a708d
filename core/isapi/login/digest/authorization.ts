import { randomBytes } from 'node:crypto';

import { DigestClient, type DigestValues } from 'digest-fetch';

import { knownAlgorithm, type Challenge } from './challenge.js';

export interface Credentials {
  username: string;
  password: string;
}

/** One request, and the use of the nonce that it is. */
export interface RequestToSign {
  method: string;
  /** Path and query exactly as in the request line. */
  target: string;
  /** How often the nonce has been used, this time included. */
  nc: number;
}

/** What was computed in one go for a request line: the responses for this use of the nonce and for those that follow. */
interface SignedAhead {
  method: string;
  firstNc: number;
  count: number;
  /** How many of them were wanted. */
  used: number;
  /** All but the first, each as long as the others. In one text, since a piece of a text keeps the whole of it alive. */
  following: string;
}

/** So many responses are computed at once at most. */
const MOST_AHEAD = 16;
/** Request lines that may take turns, as in a list of persons and their faces; what is left over is gone with the third. */
const MOST_LINES = 2;
/** Longer targets (characters), which no terminal has, are signed one by one: the time that it takes grows with them. */
const LONGEST_TARGET = 1_000;

/**
 * Signs requests with one challenge. digest-fetch computes the response; the header around it is written here,
 * because digest-fetch names an algorithm that the terminal did not, adds nc and cnonce where there is no qop, and does
 * not escape quotes.
 */
export class Signer {
  private readonly client: DigestClient;
  /** What the headers of all requests have before the path, after the response, and where a cnonce is sent. */
  private readonly before: string;
  private readonly after: string;
  private readonly cnoncePart: string;
  /** By target, the one that came first before the others. */
  private readonly ahead = new Map<string, SignedAhead>();

  /** @param cnonce one serves all requests: with nc rising, no two of them are alike */
  constructor(
    private readonly credentials: Credentials,
    readonly challenge: Challenge,
    cnonce = clientNonce(),
  ) {
    const { realm, nonce, opaque, qop } = challenge;
    const algorithm = knownAlgorithm(challenge.algorithm) ?? 'MD5';
    const username = wellFormed(credentials.username);
    const hash = new DigestClient('', '', { algorithm }).computeHash(username, realm, wellFormed(credentials.password));
    this.client = new DigestClient(username, hash, { algorithm, precomputedHash: true });
    const values: Omit<DigestValues, 'algorithm' | 'nc'> = {
      ...{ scheme: 'Digest', realm, nonce, cnonce },
      qop: qop ? 'auth' : null,
      opaque: opaque ?? null,
    };
    Object.assign(this.client.digest, values);
    this.client.hasAuth = true;

    const named = challenge.algorithm === undefined ? '' : `, algorithm=${challenge.algorithm}`;
    this.before = asBytes(
      `Digest username=${quoted(username)}, realm=${quoted(realm)}, nonce=${quoted(nonce)}${named}`,
    );
    this.after = opaque === undefined ? '' : asBytes(`, opaque=${quoted(opaque)}`);
    // The -sess algorithms hash the cnonce also where there is no qop.
    this.cnoncePart = qop || algorithm.endsWith('-sess') ? `, cnonce="${cnonce}"` : '';
  }

  /** The `Authorization` header for the request. */
  authorization(request: RequestToSign): string {
    const { challenge, before, after, cnoncePart } = this;
    const count = challenge.qop ? `, qop=auth, nc=${eightDigits(request.nc)}` : '';
    return `${before}, uri="${request.target}", response="${this.response(request)}"${after}${cnoncePart}${count}`;
  }

  /** The same login for the nonce that the terminal gave for the next request. */
  withNonce(nonce: string): Signer {
    return new Signer(this.credentials, { ...this.challenge, nonce });
  }

  /**
   * Where the same line comes again and again, as in a list, responses are computed ahead: in one go, each takes half the time
   * that it would between two requests.
   */
  private response({ method, target, nc }: RequestToSign): string {
    if (target.length > LONGEST_TARGET) return this.computed({ method, target, nc });
    const found = this.ahead.get(target);
    const before = found?.method === method ? found : undefined;
    const ready = before && responseFor(nc, before);
    if (ready) {
      before.used += 1;
      return ready;
    }
    const length = before ? nextLength(before, nc) : 1;
    const [first = '', ...others] = Array.from({ length }, (_, i) => this.computed({ method, target, nc: nc + i }));
    this.ahead.set(target, { method, firstNc: nc, count: length, used: 1, following: others.join('') });
    if (this.ahead.size > MOST_LINES) this.ahead.delete(this.ahead.keys().next().value ?? target);
    return first;
  }

  private computed({ method, target, nc }: RequestToSign): string {
    const { client } = this;
    client.digest.nc = eightDigits(nc);
    const { headers } = client.addAuth(`http://terminal${target}`, { method, headers: {} });
    return responseIn(headers['Authorization'] ?? '');
  }
}

function responseFor(nc: number, { firstNc, count, following }: SignedAhead): string {
  const length = following.length / (count - 1);
  const from = (nc - firstNc - 1) * length;
  return from >= 0 ? following.slice(from, from + length) : '';
}

/** Twice as many as were used, where the line goes on, else as many: so no more are left over than were used. */
function nextLength({ firstNc, count, used }: SignedAhead, nc: number): number {
  return nc === firstNc + count ? Math.min(2 * used, MOST_AHEAD) : used;
}

function eightDigits(nc: number): string {
  return nc.toString(16).padStart(8, '0');
}

/** 64 random bits in 13 letters and digits: each character is hashed again in every response. */
function clientNonce(): string {
  return randomBytes(8).readBigUInt64BE().toString(36).padStart(13, '0');
}

/**
 * The last quoted value before nc. Read from the end, since the user name, which digest-fetch does not escape, may itself
 * hold `response="…"`; and by position, which takes less time than a pattern.
 */
function responseIn(header: string): string {
  const end = header.lastIndexOf('",nc=');
  if (end < 0) throw new Error('digest-fetch made no response');
  return header.slice(header.lastIndexOf('"', end - 1) + 1, end);
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Header values travel as bytes: a Cyrillic user name has to go as its UTF-8 bytes, which is also what was hashed. */
function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Half a surrogate pair has no bytes in UTF-8; it is replaced, as in the header, before digest-fetch throws on it. */
function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
