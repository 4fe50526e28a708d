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
  private count = 0;
  private roundTripMs = 0;
  /** There while somebody waits until none is left. */
  private waiting: { none: Promise<void>; end: () => void } | undefined;

  /** @param now milliseconds on a clock that nobody sets */
  constructor(private readonly now: () => number) {}

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** Watches a signed call that has just been sent. */
  add({ answer, blocks, verified }: SentSignature): void {
    const sentAt = this.now();
    this.count += 1;
    const known = (): void => this.oneIsKnown();
    const answered = (): void => {
      this.roundTripMs = this.now() - sentAt;
      this.oneIsKnown();
    };
    if (blocks) void this.answeredOrSilent(answer, verified).then(known);
    else answer.then(answered, known);
  }

  /** Waits until each of them is answered, or has been silent for so long that it counts as accepted. */
  async allKnown(signal?: AbortSignal): Promise<void> {
    if (this.isEmpty) return;
    const { none } = (this.waiting ??= waitingForNone());
    await (signal ? unlessAborted(none, signal) : none);
  }

  private oneIsKnown(): void {
    this.count -= 1;
    if (this.count > 0) return;
    this.waiting?.end();
    this.waiting = undefined;
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

function waitingForNone(): { none: Promise<void>; end: () => void } {
  let end = (): void => undefined;
  const none = new Promise<void>((resolve) => (end = resolve));
  return { none, end };
}
