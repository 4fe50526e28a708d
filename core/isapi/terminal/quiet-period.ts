/** Three windows of the one model known to capture by URL (DS-K1T343EFWX 4.38: about 3 s), in milliseconds. */
const UNKNOWN_WINDOW_MS = 10_000;

/** Which captures a quiet period keeps from starting: all of them, or those that leave their picture on the terminal. */
export type QuietFor = 'any' | 'url';

/**
 * Times in which no capture may start, since a bind or capture whose reply never came may still be at work in the
 * terminal. A capture that brings its picture along cannot be spoilt by an earlier capture, but can spoil a bind.
 */
export class QuietPeriod {
  private readonly ends = { any: 0, url: 0 };
  private longestWindowMs: number | undefined;

  /** When these captures may start again; milliseconds since 1970, 0 where there was no quiet period. */
  endFor(captures: QuietFor): number {
    return captures === 'url' ? Math.max(this.ends.any, this.ends.url) : this.ends.any;
  }

  /** Begins a quiet period of so many milliseconds, or makes the one that runs last at least as long. */
  begin(captures: QuietFor, ms: number): void {
    this.ends[captures] = Math.max(this.ends[captures], Date.now() + ms);
  }

  /** Begins the quiet period after a capture that is left unanswered: until its window is over, as far as that is known. */
  beginAfterCapture(): void {
    const { longestWindowMs } = this;
    this.begin('url', longestWindowMs === undefined ? UNKNOWN_WINDOW_MS : 2 * longestWindowMs + 1000);
  }

  /** Notes how long (ms) the terminal waited for a face in an attempt. */
  windowSeen(ms: number): void {
    this.longestWindowMs = Math.max(this.longestWindowMs ?? 0, ms);
  }
}
