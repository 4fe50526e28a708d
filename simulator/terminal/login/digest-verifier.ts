import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export type DigestAlgorithm = 'none' | HashName | `${HashName}-sess`;
type HashName = 'MD5' | 'SHA-256' | 'SHA-512-256';

/** How a terminal asks for the login; durations in simulated seconds. */
export interface ChallengeSettings {
  /** One Digest challenge each; `none` names no algorithm and means MD5. Default: `none` alone. */
  algorithms?: DigestAlgorithm[];
  /** Offers Basic too (and refuses it). */
  offerBasic?: boolean;
  /** All challenges in one header. */
  merged?: boolean;
  /** Closes the connection with the challenge. */
  closes?: boolean;
  /** Default: empty, and then a client may leave it out, as several do. */
  opaque?: string;
  /** Default 300. */
  nonceLifeSeconds?: number;
  /** So many uses are accepted, the next one is answered 401 without any challenge. Default: unlimited. */
  nonceUses?: number;
  /** A nonce is valid only for the URL that was requested when it was issued. */
  nonceBoundToUrl?: boolean;
  /** Default true: says stale="FALSE" for an expired nonce too. */
  staleAlwaysFalse?: boolean;
}

/**
 * - `ok`: correct
 * - `stale`: the nonce is unknown, too old or bound to another URL; nothing else was looked at
 * - `spent`: the nonce was used as often as allowed: 401 without a challenge
 * - `repeatedNc`: correct, but this nonce has had this nc before
 * - `wrong`: a valid nonce and any other mistake
 */
export interface Verdict {
  outcome: 'ok' | 'stale' | 'spent' | 'repeatedNc' | 'wrong';
  reason: string;
  /** The first correct use of its nonce. */
  first?: boolean;
}

interface Nonce {
  algorithm: DigestAlgorithm;
  target: string;
  issuedAt: number;
  counts: Set<string>;
}

interface SignedRequest {
  method: string;
  /** The request target exactly as it stood in the request line. */
  target: string;
  authorization: string;
}

const HASHES = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const;
/** Nonces kept at most; the oldest is forgotten first. */
const MAX_NONCES = 10_000;

/** Digest authentication of RFC 7616 with qop=auth, as strict as the text allows. */
export class DigestVerifier {
  private readonly nonces = new Map<string, Nonce>();
  private password: string;

  constructor(
    private readonly login: { username: string; password: string; realm: string },
    private readonly settings: ChallengeSettings,
    /** Simulated seconds. */
    private readonly now: () => number,
  ) {
    this.password = login.password;
  }

  /** The nonces that were given stay valid, as on a terminal whose password is changed. */
  changePassword(password: string): void {
    this.password = password;
  }

  forgetNonces(): void {
    this.nonces.clear();
  }

  /** Fresh challenges for a request to `target`, one text a WWW-Authenticate header; `expired`: because the nonce of the request was no longer valid. */
  challenges(target: string, expired: boolean): string[] {
    const stale = expired && this.settings.staleAlwaysFalse === false ? 'TRUE' : 'FALSE';
    const { algorithms = ['none'], opaque = '' } = this.settings;
    const all = algorithms.map((algorithm) => {
      const named = algorithm === 'none' ? '' : ` algorithm=${algorithm},`;
      const nonce = this.newNonce(algorithm, target);
      return `Digest qop="auth", realm="${this.login.realm}", nonce="${nonce}",${named} domain="::", opaque="${opaque}", stale="${stale}"`;
    });
    if (this.settings.offerBasic === true) all.push(`Basic realm="${this.login.realm}"`);
    return this.settings.merged === true ? [all.join(', ')] : all;
  }

  verify(request: SignedRequest): Verdict {
    const fields = parseAuthorization(request.authorization);
    if (!fields) return { outcome: 'wrong', reason: 'malformed Authorization' };
    const nonceText = fields.get('nonce') ?? '';
    const nonce = this.nonces.get(nonceText);
    const { nonceLifeSeconds = 300, nonceUses = Infinity, nonceBoundToUrl = false } = this.settings;
    if (!nonce) return { outcome: 'stale', reason: 'unknown nonce' };
    if (this.now() - nonce.issuedAt > nonceLifeSeconds) return { outcome: 'stale', reason: 'nonce too old' };
    if (nonceBoundToUrl && nonce.target !== request.target) {
      return { outcome: 'stale', reason: 'nonce of another URL' };
    }
    if (nonce.counts.size >= nonceUses) return { outcome: 'spent', reason: 'nonce used up' };

    const mistake = this.mistakeIn(fields, nonce.algorithm, request);
    if (mistake !== undefined) return { outcome: 'wrong', reason: mistake };
    const nc = (fields.get('nc') ?? '').toLowerCase();
    if (nonce.counts.has(nc)) return { outcome: 'repeatedNc', reason: 'repeated nc' };
    nonce.counts.add(nc);
    return { outcome: 'ok', reason: '', first: nonce.counts.size === 1 };
  }

  private newNonce(algorithm: DigestAlgorithm, target: string): string {
    // 16 bytes, so that the base64 text ends in "=="
    const text = randomBytes(16).toString('base64');
    this.nonces.set(text, { algorithm, target, issuedAt: this.now(), counts: new Set() });
    const [oldest] = this.nonces.keys();
    if (this.nonces.size > MAX_NONCES && oldest !== undefined) this.nonces.delete(oldest);
    return text;
  }

  private mistakeIn(
    fields: Map<string, string>,
    algorithm: DigestAlgorithm,
    request: SignedRequest,
  ): string | undefined {
    const { username, realm } = this.login;
    const cnonce = fields.get('cnonce') ?? '';
    const nc = fields.get('nc') ?? '';
    // Clients in the field that write algorithm=MD5 where none was given are tolerated.
    const echoes = algorithm === 'none' ? [undefined, 'MD5'] : [algorithm];
    if (fields.get('username') !== username) return 'username';
    if (fields.get('realm') !== realm) return 'realm';
    if (fields.get('uri') !== request.target) return 'uri';
    if (fields.get('qop') !== 'auth') return 'qop';
    if ((fields.get('opaque') ?? '') !== (this.settings.opaque ?? '')) return 'opaque';
    if (!echoes.includes(fields.get('algorithm'))) return 'algorithm';
    if (cnonce === '') return 'cnonce';
    if (!/^[0-9a-f]{8}$/i.test(nc) || nc === '00000000') return 'nc';

    const hash = hasher(algorithm);
    const nonce = fields.get('nonce') ?? '';
    const secret = hash(`${username}:${realm}:${this.password}`);
    const first = algorithm.endsWith('-sess') ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
    const expected = hash(`${first}:${nonce}:${nc}:${cnonce}:auth:${hash(`${request.method}:${request.target}`)}`);
    return sameText(expected, fields.get('response') ?? '') ? undefined : 'response';
  }
}

function hasher(algorithm: DigestAlgorithm): (text: string) => string {
  const name = algorithm === 'none' ? 'MD5' : (algorithm.replace('-sess', '') as HashName);
  return (text) => createHash(HASHES[name]).update(text).digest('hex');
}

function sameText(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}

/** The fields of `Digest name=value, name="value", …`; undefined if malformed or if a field comes twice. */
function parseAuthorization(header: string): Map<string, string> | undefined {
  const scheme = /^Digest +/i.exec(header);
  if (!scheme) return undefined;
  const field = /([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;=]+))[ \t]*(?:,[ \t]*|$)/y;
  field.lastIndex = scheme[0].length;
  const fields = new Map<string, string>();
  while (field.lastIndex < header.length) {
    const found = field.exec(header);
    const name = found?.[1]?.toLowerCase();
    if (!found || name === undefined || fields.has(name)) return undefined;
    fields.set(name, found[2]?.replace(/\\(.)/g, '$1') ?? found[3] ?? '');
  }
  return fields;
}
