/** What is used of digest-fetch 3.1.1, whose own declaration leaves most of these types open. */
declare module 'digest-fetch' {
  /** A challenge's values, and those of the request that answers it. They may be set; the object stays. */
  export interface DigestValues {
    readonly algorithm: string;
    scheme: string;
    realm: string;
    nonce: string;
    qop: 'auth' | null;
    opaque: string | null;
    cnonce: string;
    /** Eight digits at most; written as it is, with leading zeros. */
    nc: string;
  }

  export interface DigestOptions {
    /** As RFC 7616 spells it; anything else counts as MD5. */
    algorithm?: string;
    /** The password is given as the result of `computeHash`. */
    precomputedHash?: boolean;
  }

  export class DigestClient {
    constructor(user: string, password: string, options?: DigestOptions);
    readonly digest: DigestValues;
    /** Whether `digest` holds a challenge; without one, addAuth() adds nothing. */
    hasAuth: boolean;
    /** HA1 of RFC 7616, without what the -sess algorithms add. Throws a URIError where a text is not well-formed. */
    computeHash(user: string, realm: string, password: string): string;
    /** @returns a copy of `options` with the header `Authorization` */
    addAuth(
      url: string,
      options: { method: string; headers: Record<string, string> },
    ): { headers: Record<string, string> };
  }
}
