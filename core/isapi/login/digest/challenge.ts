/** One Digest challenge of a `WWW-Authenticate` header, as the terminal wrote it. */
export interface Challenge {
  realm: string;
  nonce: string;
  /** Given even when empty; absent where the terminal gave none. */
  opaque?: string;
  /** The word the terminal used; absent where it gave none (then MD5 is meant). */
  algorithm?: string;
  /** True where `auth` is offered; false for the old form without qop. */
  qop: boolean;
  stale: boolean;
}

export interface Offer {
  /** The strongest Digest challenge that can be answered. */
  challenge?: Challenge;
  /** Basic is among the offers. It is never answered. */
  basic: boolean;
}

/** Weakest first. */
const ALGORITHMS = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess'];

/** The algorithm as RFC 7616 spells it, or undefined where we cannot compute it. No algorithm means MD5. */
export function knownAlgorithm(algorithm: string | undefined): string | undefined {
  const wanted = (algorithm ?? 'MD5').toLowerCase();
  return ALGORITHMS.find((known) => known.toLowerCase() === wanted);
}

/**
 * Reads `WWW-Authenticate` headers: several headers, several challenges merged into one header, quoted and
 * unquoted values, `=` inside a nonce and parentheses in a realm all occur on face terminals.
 */
export function readOffer(headers: readonly string[]): Offer {
  const offer: Offer = { basic: false };
  for (const { scheme, params } of headers.flatMap(decodeUtf8).flatMap(splitChallenges)) {
    if (scheme === 'basic') offer.basic = true;
    if (scheme !== 'digest') continue;
    const challenge = digestChallenge(params);
    if (challenge && (!offer.challenge || strength(challenge) > strength(offer.challenge))) offer.challenge = challenge;
  }
  return offer;
}

/**
 * node:http gives header bytes as Latin-1, while the response is computed over the bytes of UTF-8. Where they are not
 * UTF-8, no response of ours could be right, and a wrong one would count as a wrong password: then there is no offer.
 */
function decodeUtf8(header: string): string[] {
  const text = Buffer.from(header, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? [] : [text];
}

function strength(challenge: Challenge): number {
  return ALGORITHMS.indexOf(knownAlgorithm(challenge.algorithm) ?? '');
}

interface RawChallenge {
  scheme: string;
  params: Map<string, string>;
}

function splitChallenges(header: string): RawChallenge[] {
  const challenges: RawChallenge[] = [];
  for (const element of splitOutsideQuotes(header)) {
    const [, scheme, rest] = /^([!#$%&'*+.^_`|~\w-]+)(?:\s+(.*))?$/s.exec(element) ?? [];
    const startsChallenge = scheme !== undefined && rest?.startsWith('=') !== true;
    if (startsChallenge) challenges.push({ scheme: scheme.toLowerCase(), params: new Map() });
    const [, name, value] = /^([\w-]+)\s*=\s*(.*)$/s.exec(startsChallenge ? (rest ?? '') : element) ?? [];
    const current = challenges.at(-1);
    if (current && name !== undefined && value !== undefined && !current.params.has(name.toLowerCase())) {
      current.params.set(name.toLowerCase(), unquote(value));
    }
  }
  return challenges;
}

function splitOutsideQuotes(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (char === '"') quoted = !quoted;
    if (char === '\\' && quoted) {
      part += char + text.charAt(i + 1);
      i += 1;
    } else if (char === ',' && !quoted) {
      parts.push(part.trim());
      part = '';
    } else {
      part += char;
    }
  }
  return [...parts, part.trim()].filter((element) => element !== '');
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.replace(/^"|"$/g, '').replace(/\\(.)/gs, '$1') : value;
}

function digestChallenge(params: Map<string, string>): Challenge | undefined {
  const nonce = params.get('nonce');
  const algorithm = params.get('algorithm');
  const opaque = params.get('opaque');
  const qop = params.get('qop');
  const offered = qop?.split(',').map((word) => word.trim().toLowerCase()) ?? [];
  const answerable = qop === undefined || qop === '' || offered.includes('auth');
  if (nonce === undefined || nonce === '' || !answerable || !knownAlgorithm(algorithm)) return undefined;
  return {
    realm: params.get('realm') ?? '',
    nonce,
    ...(opaque === undefined ? {} : { opaque }),
    ...(algorithm === undefined ? {} : { algorithm }),
    qop: offered.includes('auth'),
    stale: params.get('stale')?.toLowerCase() === 'true',
  };
}
