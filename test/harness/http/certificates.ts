import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

import type { KeyPair } from './key-pairs.js';

/** What stands in a certificate, as bytes that need mean nothing. */
export interface CertificateText {
  /** As UTCTime writes it: `250101000000Z`. */
  notBefore?: string;
  notAfter?: string;
  /** Common names, one after another. */
  names?: readonly string[];
  serial?: Buffer;
  /** The content of subjectAltName; 127.0.0.1 where absent. */
  altNames?: Buffer;
  /** Further extensions, each whole. */
  extensions?: readonly Buffer[];
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const UTF8 = 0x0c;
const SEQUENCE = 0x30;
const SET = 0x31;
const UTC_TIME = 0x17;
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('550403', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('551d11', 'hex');
const LOOPBACK = Buffer.from('87047f000001', 'hex');

/** One element of DER. */
export function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x10000 ? [0x82, length >> 8, length & 0xff] : undefined;
  if (!head) throw new Error('too long for a test');
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

/** A certificate that signs itself, with whatever a device may write into it; the signature is right. */
export function selfSigned({
  notBefore = '250101000000Z',
  notAfter = '491231235959Z',
  names = ['terminal'],
  serial = Buffer.from([1]),
  altNames = der(SEQUENCE, LOOPBACK),
  extensions = [],
}: CertificateText = {}): KeyPair {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const publicKey = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' });
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
  const name = der(
    SEQUENCE,
    ...names.map((each) => der(SET, der(SEQUENCE, der(OID, COMMON_NAME), der(UTF8, Buffer.from(each))))),
  );
  const dates = der(SEQUENCE, der(UTC_TIME, Buffer.from(notBefore)), der(UTC_TIME, Buffer.from(notAfter)));
  const altName = der(SEQUENCE, der(OID, SUBJECT_ALT_NAME), der(OCTET_STRING, altNames));
  const toSign = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    ...[algorithm, name, dates, name, publicKey],
    der(0xa3, der(SEQUENCE, altName, ...extensions)),
  );
  const signature = sign('sha256', toSign, privateKey);
  const whole = der(SEQUENCE, toSign, algorithm, der(BIT_STRING, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  const cert = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  return { key, cert };
}
