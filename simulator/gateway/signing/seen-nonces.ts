/** Nonces remembered at most; the oldest go first. */
const MOST = 10_000;
const LONGEST = 128;

/** The nonces that a gateway has seen. */
export class SeenNonces {
  private readonly seen = new Set<string>();

  /** Remembers a nonce; false where it was seen before, or is too long to be one. */
  isNew(nonce: string): boolean {
    if (nonce.length > LONGEST || this.seen.has(nonce)) return false;
    this.seen.add(nonce);
    if (this.seen.size > MOST) for (const oldest of this.seen.keys()) return this.seen.delete(oldest);
    return true;
  }

  clear(): void {
    this.seen.clear();
  }
}
