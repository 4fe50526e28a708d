import { randomUUID } from 'node:crypto';

import { DigestClient, type DigestValues } from 'digest-fetch';

import { knownAlgorithm, type Challenge } from './challenge.js';

export interface Credentials {
  username: string;
  password: string;
}

/** What a signature names of a request. */
export interface RequestLine {
  readonly method: string;
  /** Path and query exactly as in the request line. */
  readonly target: string;
}

/** One request, and the use of the nonce that it is. */
export interface RequestToSign extends RequestLine {
  /** How often the nonce has been used, this time included. */
  nc: number;
  /** What is expected to be signed after it, where somebody knows. */
  toCome?: readonly RequestLine[] | undefined;
}

/** What was computed in one go: the responses for this use of the nonce and for those that follow. */
interface Batch {
  firstNc: number;
  lines: readonly RequestLine[];
  /** So many lines at most. */
  most: number;
  /** Somebody said what would come; otherwise the same line was expected again. */
  isForeseen: boolean;
  /** How many of them were wanted. */
  used: number;
  /** All but the first, each as long as the others. In one text, since a piece of a text keeps the whole of it alive. */
  following: string;
}

/** So many responses are computed at once at most, where it is said what comes. */
export const MOST_FORESEEN = 32;
/** So many where nothing but the same line coming again tells it. */
const MOST_REPEATED = 16;
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
  private batch: Batch | undefined;
  /** So many are computed at once the next time that it is said what comes. */
  private foreseenNext: number | undefined;

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
   * Where it is known what comes, or the same line comes again and again, responses are computed ahead: in one go, each takes
   * half the time that it would between two requests. No more than were used before; twice as many where all of them were.
   */
  private response(request: RequestToSign): string {
    const { batch } = this;
    const ready = batch && responseIn(batch, request);
    if (ready) {
      batch.used += 1;
      return ready;
    }
    const { method, target, nc, toCome } = request;
    if (batch?.isForeseen) this.foreseenNext = allCame(batch, nc) ? Math.max(batch.most, 2 * batch.used) : batch.used;
    const most = toCome ? Math.max(1, Math.min(this.foreseenNext ?? nc - 1, MOST_FORESEEN)) : repeatsOf(request, batch);
    const line: RequestLine = { method, target };
    const lines = [line, ...(toCome?.slice(0, most - 1) ?? Array<RequestLine>(most - 1).fill(line))];
    const [first = '', ...others] = lines.map((line, i) => this.computed(line, nc + i));
    this.batch = { firstNc: nc, lines, most, isForeseen: toCome !== undefined, used: 1, following: others.join('') };
    return first;
  }

  private computed({ method, target }: RequestLine, nc: number): string {
    const { client } = this;
    client.digest.nc = eightDigits(nc);
    const { headers } = client.addAuth(`http://terminal${target}`, { method, headers: {} });
    return responseOf(headers['Authorization'] ?? '');
  }
}

function responseIn({ firstNc, lines, following }: Batch, { method, target, nc }: RequestToSign): string {
  const index = nc - firstNc;
  const line = lines[index];
  if (line?.target !== target || line.method !== method) return '';
  const length = following.length / (lines.length - 1);
  return following.slice((index - 1) * length, index * length);
}

/** How many to compute where nothing but the same line coming again tells what comes. */
function repeatsOf({ method, target, nc }: RequestToSign, before: Batch | undefined): number {
  const last = before?.isForeseen ? undefined : before?.lines.at(-1);
  if (!before || last?.target !== target || last.method !== method || target.length > LONGEST_TARGET) return 1;
  return allCame(before, nc) ? Math.min(2 * before.used, MOST_REPEATED) : before.used;
}

function allCame({ firstNc, lines, used }: Batch, nc: number): boolean {
  return used === lines.length && nc === firstNc + used;
}

function eightDigits(nc: number): string {
  return nc.toString(16).padStart(8, '0');
}

/**
 * 64 random bits in 13 letters and digits: each character is hashed again in every response. Of a UUID, since those are taken
 * from the system's random numbers for a hundred at once.
 */
function clientNonce(): string {
  const digits = randomUUID();
  return BigInt(`0x${digits.slice(0, 8)}${digits.slice(-8)}`)
    .toString(36)
    .padStart(13, '0');
}

/**
 * The last quoted value before nc. Read from the end, since the user name, which digest-fetch does not escape, may itself
 * hold `response="…"`; and by position, which takes less time than a pattern.
 */
function responseOf(header: string): string {
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
