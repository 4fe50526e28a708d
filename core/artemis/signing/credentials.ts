/** What must not be readable in logs and errors. */
export interface Secrets {
  appKey: string;
  appSecret: string;
}

/** What is visibly wrong with key and secret, the worst first; undefined where nothing is. Any length may be right. */
export type CredentialsTrouble = 'missing' | 'characters' | 'blanks';

/** `characters`: a key of others than Latin letters, digits and signs cannot be sent; look-alikes of other alphabets are. */
export function credentialsTrouble({ appKey, appSecret }: Secrets): CredentialsTrouble | undefined {
  if (appKey.trim() === '' || appSecret.trim() === '') return 'missing';
  if (!/^[\x21-\x7e]+$/.test(appKey.trim())) return 'characters';
  return appKey !== appKey.trim() || appSecret !== appSecret.trim() ? 'blanks' : undefined;
}
