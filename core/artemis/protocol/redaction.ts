import type { Secrets } from '../signing/credentials.js';

/** Below this length a replacement would garble texts and hide nothing. */
const SHORTEST = 4;

/** The text with the key masked and the secret gone, wherever they stand. */
export function redact(text: string, { appKey, appSecret }: Secrets): string {
  const withoutSecret = appSecret.length < SHORTEST ? text : text.replaceAll(appSecret, '***');
  return appKey.length < SHORTEST ? withoutSecret : withoutSecret.replaceAll(appKey, maskedKey(appKey));
}

/** `29****71`: enough to tell two keys apart. */
export function maskedKey(key: string): string {
  return key.length < 8 ? '****' : `${key.slice(0, 2)}****${key.slice(-2)}`;
}
