import { createHash } from 'node:crypto';

import type { HttpReply } from '../../../core/http/connection.js';

export interface StrictLoginSettings {
  username: string;
  password: string;
  /** One challenge each; undefined names none. */
  algorithms: (string | undefined)[];
  qop: boolean;
  opaque: string | undefined;
  realm: string;
  /** Uses after which a nonce expires. */
  usesPerNonce: number;
  /** An expired nonce gets a 401 without a challenge. */
  silentExpiry: boolean;
  /** A nonce is valid only for the path that it was issued for. */
  boundToPath: boolean;
  /** What `stale` says about a nonce that is expired. */
  stale: string;
  /** Each accepted reply gives the next nonce. */
  nextNonce: boolean;
  /** Also offers, or only offers, Basic. */
  basic: 'no' | 'also' | 'only';
  /** Asks nobody to log in. */
  open: boolean;
  /** The body of the 401 to a wrong password. */
  rejection: string;
  /** The body of the 401 to a request without a login. */
  challengeBody: string;
}

const HASHES: Record<string, string> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

/** The login of a strict terminal, written from RFC 7616 without any code of ours, with the counters that terminals keep. */
export class StrictLogin {
  readonly settings: StrictLoginSettings;
  challenges = 0;
  /** Signed requests refused for user or password: what locks an account. */
  rejected = 0;
  /** Pairs of nonce and nc that came twice, and nc that did not rise by one for each request in order. */
  repeated = 0;
  basicAnswers = 0;
  accepted = 0;
  readonly algorithmsUsed = new Set<string | undefined>();
  private readonly nonces = new Map<string, { path: string; seen: Set<number>; expired: boolean }>();

  constructor(settings: Partial<StrictLoginSettings> = {}) {
    this.settings = {
      username: 'admin',
      password: 'secret',
      algorithms: [undefined],
      qop: true,
      opaque: '',
      realm: 'IP Camera(ABC)',
      usesPerNonce: Infinity,
      silentExpiry: false,
      boundToPath: false,
      stale: 'FALSE',
      nextNonce: false,
      basic: 'no',
      open: false,
      rejection: '',
      challengeBody: '',
      ...settings,
    };
  }

  /** Every nonce so far is expired from now on, as after a restart or five minutes. */
  expireNonces(): void {
    for (const nonce of this.nonces.values()) nonce.expired = true;
  }

  /** The verdict on a request: 200, or a 401 with its challenges. */
  verify(method: string, path: string, header: string | undefined): HttpReply {
    const { settings } = this;
    if (settings.open) return httpReply(200);
    if (header === undefined) return this.challenge(path, settings.challengeBody);
    if (header.startsWith('Basic')) {
      this.basicAnswers += 1;
      return this.challenge(path);
    }
    const fields = fieldsOf(header);
    const nonce = this.nonces.get(fields.get('nonce') ?? '');
    const nc = parseInt(fields.get('nc') ?? '1', 16);
    const correct =
      fields.get('username') === Buffer.from(settings.username).toString('latin1') &&
      fields.get('realm') === settings.realm &&
      fields.get('uri') === path &&
      (settings.opaque ?? undefined) === fields.get('opaque') &&
      fields.get('response') === this.response(fields, method);
    if (!correct || !nonce) {
      this.rejected += 1;
      return this.challenge(path, settings.rejection);
    }
    if (nonce.seen.has(nc)) this.repeated += 1;
    nonce.seen.add(nc);
    const expired =
      nonce.expired || nonce.seen.size > settings.usesPerNonce || (settings.boundToPath && nonce.path !== path);
    if (expired) return settings.silentExpiry ? httpReply(401) : this.challenge(path, '', settings.stale);
    this.accepted += 1;
    this.algorithmsUsed.add(fields.get('algorithm'));
    return settings.nextNonce
      ? httpReply(200, { 'authentication-info': `nextnonce="${this.issue(path)}", qop=auth` })
      : httpReply(200);
  }

  private challenge(path: string, body = '', stale = 'FALSE'): HttpReply {
    this.challenges += 1;
    const { algorithms, qop, opaque, realm, basic } = this.settings;
    const digests = algorithms.map((algorithm) =>
      [
        `Digest realm="${realm}"`,
        `nonce="${this.issue(path)}"`,
        ...(qop ? ['qop="auth"'] : []),
        ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
        ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
        `stale="${stale}"`,
      ].join(', '),
    );
    const offers = [...(basic === 'no' ? [] : ['Basic realm="x"']), ...(basic === 'only' ? [] : digests)];
    return { ...httpReply(401), challenges: offers, body: Buffer.from(body) };
  }

  private issue(path: string): string {
    const nonce = Buffer.from(`nonce number ${this.nonces.size}.`).toString('base64');
    this.nonces.set(nonce, { path, seen: new Set(), expired: false });
    return nonce;
  }

  private response(fields: Map<string, string>, method: string): string {
    const { username, password, realm, qop } = this.settings;
    const algorithm = fields.get('algorithm') ?? 'MD5';
    const hash = (text: string): string =>
      createHash(HASHES[algorithm.replace('-sess', '')] ?? 'md5')
        .update(text, 'utf8')
        .digest('hex');
    const [nonce, cnonce] = [fields.get('nonce') ?? '', fields.get('cnonce') ?? ''];
    let ha1 = hash(`${username}:${realm}:${password}`);
    if (algorithm.endsWith('-sess')) ha1 = hash(`${ha1}:${nonce}:${cnonce}`);
    const ha2 = hash(`${method}:${fields.get('uri') ?? ''}`);
    return hash(qop ? `${ha1}:${nonce}:${fields.get('nc') ?? ''}:${cnonce}:auth:${ha2}` : `${ha1}:${nonce}:${ha2}`);
  }
}

export function httpReply(status: number, headers: Record<string, string> = {}, body = ''): HttpReply {
  return { status, headers, challenges: [], body: Buffer.from(body) };
}

function fieldsOf(header: string): Map<string, string> {
  const pairs = [...header.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)];
  return new Map(pairs.map(([, name = '', quoted, plain = '']) => [name, quoted?.replace(/\\(.)/g, '$1') ?? plain]));
}
