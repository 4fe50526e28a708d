import { createHash } from 'node:crypto';

/** A request as it arrived: nothing here comes from the code under test. */
export interface WireRequest {
  method: string;
  /** Path and query, percent-encoded. */
  url: string;
  /** Names and values in turn, as node:http gives them. */
  rawHeaders: readonly string[];
  body: Buffer;
}

/** The string that a gateway signs for what it received, rebuilt from the raw bytes; a second implementation in another style. */
export function wireStringToSign({ method, url, rawHeaders, body }: WireRequest): string {
  const header = (wanted: string): string | undefined => {
    for (let i = 0; i < rawHeaders.length; i += 2) {
      if (rawHeaders[i]?.toLowerCase() === wanted) return rawHeaders[i + 1]?.trim();
    }
    return undefined;
  };
  let text = `${method}\n`;
  for (const name of ['accept', 'content-md5', 'content-type', 'date']) {
    const value = header(name);
    if (value !== undefined) text += `${value}\n`;
  }
  for (const name of (header('x-ca-signature-headers') ?? '').split(',')) {
    if (name !== '') text += `${name}:${header(name) ?? 'ABSENT'}\n`;
  }
  const mark = url.indexOf('?');
  const pairs = mark < 0 ? [] : split(url.slice(mark + 1), false);
  if (header('content-type')?.startsWith('application/x-www-form-urlencoded')) {
    pairs.push(...split(body.toString('utf8'), true));
  }
  pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  text += decodeURIComponent(mark < 0 ? url : url.slice(0, mark));
  let sign = '?';
  for (const [name, value] of pairs) {
    text += sign + name + (value === undefined ? '' : `=${value}`);
    sign = '&';
  }
  return text;
}

/** Base64 of HMAC-SHA256 after RFC 2104, by hand. */
export function hmacBase64(secret: string, text: string): string {
  const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
  let key = Buffer.from(secret, 'utf8');
  if (key.length > 64) key = Buffer.from(sha256(key));
  const block = Buffer.concat([key, Buffer.alloc(64 - key.length)]);
  const inner = sha256(
    block.map((byte) => byte ^ 0x36),
    Buffer.from(text, 'utf8'),
  );
  return sha256(
    block.map((byte) => byte ^ 0x5c),
    inner,
  ).toString('base64');
}

function split(text: string, plusIsBlank: boolean): [string, string | undefined][] {
  const plain = (part: string): string => decodeURIComponent(plusIsBlank ? part.replaceAll('+', ' ') : part);
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [plain(pair), undefined] : [plain(pair.slice(0, at)), plain(pair.slice(at + 1))];
    });
}
