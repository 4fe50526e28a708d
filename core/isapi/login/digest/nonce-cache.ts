import type { RequestToSign, Signer } from './authorization.js';

/** What was learnt about a terminal's nonces, for a report about a model. */
export interface NonceStatistics {
  /** Uses after which a nonce expires; absent while no such limit was seen. */
  uses?: number;
  /** The terminal's own word; `none` where it names no algorithm. */
  algorithm?: string;
  qop?: boolean;
}

/** Nonces live about five minutes on the embedded server of many terminals, which never says that one is stale. */
const MAX_AGE_MS = 240_000;
/** So many nonces in a row that expired after the same few uses are taken for the terminal's rule. */
const SAME_TO_LEARN = 3;
/** A learnt limit is tried again after so many nonces, since they may have expired for another reason. */
const NONCES_TO_UNLEARN = 200;

export class Nonce {
  /** How often it has been used. */
  uses = 0;

  constructor(
    readonly signer: Signer,
    /** Milliseconds on the clock of the cache. */
    readonly since: number,
  ) {}

  /** The `Authorization` header of its next use. */
  authorization(request: Omit<RequestToSign, 'nc'>): string {
    this.uses += 1;
    return this.signer.authorization({ ...request, nc: this.uses });
  }
}

/** The nonce in use, and how often this terminal lets one be used. */
export class NonceCache {
  private current: Nonce | undefined;
  /** After how many uses the last nonces expired. */
  private expiredAfter: number[] = [];
  private usesAllowed = Infinity;
  private noncesSinceLearnt = 0;
  /** Of the last challenge. */
  private offered: Pick<NonceStatistics, 'algorithm' | 'qop'> = {};

  /** @param now milliseconds on a clock that nobody sets */
  constructor(private readonly now: () => number) {}

  get statistics(): NonceStatistics {
    return { ...(this.usesAllowed === Infinity ? {} : { uses: this.usesAllowed }), ...this.offered };
  }

  /** The nonce, where it may be used once more. */
  usable(): Nonce | undefined {
    const { current } = this;
    if (!current) return undefined;
    const isUsable = current.uses < this.usesAllowed && this.now() - current.since < MAX_AGE_MS;
    return isUsable ? current : undefined;
  }

  /** Takes the nonce of a challenge into use. */
  add(signer: Signer): Nonce {
    const { algorithm = 'none', qop } = signer.challenge;
    this.offered = { algorithm, qop };
    this.noncesSinceLearnt += 1;
    if (this.noncesSinceLearnt > NONCES_TO_UNLEARN) this.usesAllowed = Infinity;
    this.current = new Nonce(signer, this.now());
    return this.current;
  }

  /** Takes the nonce that the reply to `used` gave for the next request, unless another one is in use by now. */
  replace(used: Nonce, next: string): void {
    if (this.current === used) this.current = new Nonce(used.signer.withNonce(next), this.now());
  }

  /** Drops a nonce whose use number `nc` was refused, and learns from it. */
  expire(nonce: Nonce, nc: number): void {
    if (this.current === nonce) this.current = undefined;
    const uses = nc - 1;
    this.expiredAfter = [...this.expiredAfter.slice(1 - SAME_TO_LEARN), uses];
    const isRule = this.expiredAfter.length === SAME_TO_LEARN && this.expiredAfter.every((other) => other === uses);
    if (!isRule || uses === 0) return;
    this.usesAllowed = uses;
    this.noncesSinceLearnt = 0;
  }

  clear(): void {
    this.current = undefined;
  }
}
