import { unlessAborted, wait } from '../../http/turns/wait.js';

/**
 * A wrong password is answered at once, a capture after up to a minute: a call that blocks and is silent for this
 * long (ms) counts as accepted. On a verified login it is ten round trips, between these bounds.
 */
const SILENCE_MS = { unverified: 2_000, least: 100, most: 2_000, roundTrips: 10 };

export interface SentSignature {
  answer: Promise<unknown>;
  /** The terminal may be silent for a minute after it has accepted the login. */
  blocks: boolean;
  /** The same login has been accepted before. */
  verified: boolean;
}

/** Signed calls of which it is not known yet whether the terminal accepts the login. */
export class PendingSignatures {
  private readonly pending = new Set<Promise<void>>();
  private roundTripMs = 0;

  /** @param now milliseconds on a clock that nobody sets */
  constructor(private readonly now: () => number) {}

  get isEmpty(): boolean {
    return this.pending.size === 0;
  }

  /** Watches a signed call that has just been sent. */
  add({ answer, blocks, verified }: SentSignature): void {
    const sentAt = this.now();
    const remove = (): void => void this.pending.delete(known);
    const answered = (): void => {
      this.roundTripMs = this.now() - sentAt;
      remove();
    };
    const known = blocks ? this.answeredOrSilent(answer, verified).then(remove) : answer.then(answered, remove);
    this.pending.add(known);
  }

  /** Waits until each of them is answered, or has been silent for so long that it counts as accepted. */
  async allKnown(signal?: AbortSignal): Promise<void> {
    const all = Promise.all(this.pending);
    await (signal ? unlessAborted(all, signal) : all);
  }

  private async answeredOrSilent(answer: Promise<unknown>, verified: boolean): Promise<void> {
    const { unverified, least, most, roundTrips } = SILENCE_MS;
    const silenceMs = verified ? Math.min(most, Math.max(least, roundTrips * this.roundTripMs)) : unverified;
    const answered = new AbortController();
    const stop = (): void => answered.abort();
    answer.then(stop, stop);
    await wait(silenceMs, answered.signal).catch(() => undefined);
  }
}
