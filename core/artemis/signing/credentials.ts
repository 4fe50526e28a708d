/** What must not be readable in logs and errors. */
export interface Secrets {
  appKey: string;
  appSecret: string;
}

/** What can be seen to be wrong with key and secret, the worst first. Their length says nothing: any may be right. */
export type CredentialsProblem = 'missing' | 'characters' | 'blanks';

/**
 * Undefined where nothing can be seen to be wrong. `characters`: a key goes out in a header, so it has to be ASCII; letters
 * of other alphabets that look the same are not.
 */
export function credentialsProblem({ appKey, appSecret }: Secrets): CredentialsProblem | undefined {
  if (appKey.trim() === '' || appSecret.trim() === '') return 'missing';
  if (!/^[\x21-\x7e]+$/.test(appKey.trim())) return 'characters';
  return appKey !== appKey.trim() || appSecret !== appSecret.trim() ? 'blanks' : undefined;
}
