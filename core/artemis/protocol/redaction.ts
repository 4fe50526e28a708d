import type { Secrets } from '../signing/credentials.js';

/** Anything shorter stands in many texts by chance: replacing it would spoil them and hide nothing. */
const SHORTEST = 4;

/** The text with every key masked and every secret removed. */
export function redact(text: string, { appKey, appSecret }: Secrets): string {
  const withoutSecret = appSecret.length < SHORTEST ? text : text.replaceAll(appSecret, '***');
  return appKey.length < SHORTEST ? withoutSecret : withoutSecret.replaceAll(appKey, maskedKey(appKey));
}

/** `29****71`: enough to distinguish two keys. */
export function maskedKey(key: string): string {
  return key.length < 8 ? '****' : `${key.slice(0, 2)}****${key.slice(-2)}`;
}
