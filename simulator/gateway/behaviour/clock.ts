/** The time of one simulated gateway, and what it does later. */
export class GatewayClock {
  /** Seconds by which it is ahead of this computer's clock. */
  ahead = 0;
  private readonly timers = new Set<NodeJS.Timeout>();

  /** @param realNow milliseconds since 1970 */
  constructor(private readonly realNow: () => number) {}

  /** Milliseconds since 1970. */
  now(): number {
    return this.realNow() + this.ahead * 1000;
  }

  /** Resolves after so many seconds, or never once the clock is cleared. */
  wait(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        resolve();
      }, seconds * 1000);
      this.timers.add(timer);
    });
  }

  /** Nobody who waits goes on. */
  clear(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
