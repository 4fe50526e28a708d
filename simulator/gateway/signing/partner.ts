import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import type { GatewayClock } from '../behaviour/clock.js';
import type { Standing } from '../behaviour/commands.js';
import { refuseCaller, type Code, type Refusal } from '../protocol/replies.js';
import { SeenNonces } from './seen-nonces.js';
import { headerOf, listedHeaders, stringToSign, type WireRequest } from './string-to-sign.js';

/** Which of a client's own headers have to be signed; installations differ. */
export const SHAPES = {
  'key-nonce-timestamp': ['x-ca-key', 'x-ca-nonce', 'x-ca-timestamp'],
  'key-timestamp': ['x-ca-key', 'x-ca-timestamp'],
  key: ['x-ca-key'],
  minimal: [],
} as const satisfies Record<string, readonly string[]>;

export type SignatureShape = keyof typeof SHAPES;

export interface PartnerSettings {
  /** Without a key it asks for no signature. */
  appKey?: string;
  appSecret?: string;
  /** Default key-nonce-timestamp. */
  signature?: SignatureShape;
  /** How a signature that is wrong is said; both were seen. Default short. */
  wording?: 'short' | 'long';
}

/** How far a timestamp may be from the gateway's own clock. */
const NEAR_MS = 15 * 60 * 1000;
const OWN_HEADERS = /^x-ca-(?:key|nonce|timestamp)$/;

/** What each standing but `enabled` is refused with. */
const BARRED: Record<Exclude<Standing, 'enabled'>, Code> = {
  disabled: '64',
  'not linked': '64',
  'user locked': '65',
  'user missing': '66',
  'user not initialised': '67',
  'no OpenAPI': '17',
};

/** The one partner of a gateway: its key, its secret, and how it stands. */
export class Partner {
  standing: Standing = 'enabled';
  private readonly nonces = new SeenNonces();

  constructor(
    private readonly settings: PartnerSettings,
    private readonly clock: GatewayClock,
  ) {}

  /** Why a request is not let in; undefined where it is. */
  check(request: WireRequest): Refusal | undefined {
    const { appKey = '' } = this.settings;
    const refusal = appKey === '' ? undefined : (this.checkSignature(request, appKey) ?? this.checkHeaders(request));
    if (refusal) return refusal;
    return this.standing === 'enabled'
      ? undefined
      : refuseCaller(BARRED[this.standing], `the partner: ${this.standing}`);
  }

  reset(): void {
    this.standing = 'enabled';
    this.nonces.clear();
  }

  private checkSignature(request: WireRequest, appKey: string): Refusal | undefined {
    const { appSecret = '', wording = 'short' } = this.settings;
    const key = headerOf(request.headers, 'x-ca-key');
    if (key === undefined || key === '') return refuseCaller('0x02401000', 'no X-Ca-Key');
    if (key !== appKey) return refuseCaller('0x02401001', 'another X-Ca-Key than that of the partner');
    const given = headerOf(request.headers, 'x-ca-signature');
    if (given === undefined || given === '') return refuseCaller('0x02401002', 'no X-Ca-Signature');
    const expected = stringToSign(request);
    if (isSame(given, createHmac('sha256', appSecret).update(expected, 'utf8').digest('base64'))) return undefined;
    const echo = `Invalid Signature! and StringToSign: ${expected}`;
    const name = request.target.split('?', 1)[0]?.split('/').at(-1) ?? '';
    const long = `api AK/SK signature authentication failed,${echo}, apiName : ${name}, appKey : ${appKey}`;
    return refuseCaller(
      '0x02401003',
      'the signature is not that of the string in the reply',
      wording === 'short' ? echo : long,
    );
  }

  /** What a right signature does not make good. */
  private checkHeaders({ headers, body }: WireRequest): Refusal | undefined {
    const { signature = 'key-nonce-timestamp' } = this.settings;
    const signed = listedHeaders(headers).filter((name) => OWN_HEADERS.test(name));
    if (signed.join() !== SHAPES[signature].join()) {
      return refuseCaller(
        '68',
        `signed headers are ${SHAPES[signature].join(', ') || 'none'} here, not ${signed.join(', ') || 'none'}`,
      );
    }
    const timestamp = headerOf(headers, 'x-ca-timestamp');
    if (timestamp !== undefined && !(Math.abs(Number(timestamp) - this.clock.now()) <= NEAR_MS)) {
      return refuseCaller('64', 'X-Ca-Timestamp is too far from the clock of the gateway');
    }
    const digest = headerOf(headers, 'content-md5');
    if (digest !== undefined && !isSame(digest, createHash('md5').update(body).digest('base64'))) {
      return refuseCaller('64', 'Content-MD5 is not that of the body');
    }
    const nonce = headerOf(headers, 'x-ca-nonce');
    return nonce === undefined || this.nonces.isNew(nonce)
      ? undefined
      : refuseCaller('64', 'X-Ca-Nonce was used before');
  }
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
