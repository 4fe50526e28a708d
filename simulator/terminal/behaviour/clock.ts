/** The time of one simulated terminal: its seconds last `scale` real seconds (0.01 = a hundred times faster). */
export class TerminalClock {
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly scale: number) {}

  /** Simulated seconds since an arbitrary moment; never goes back. */
  now(): number {
    return performance.now() / 1000 / this.scale;
  }

  /** How many real seconds `seconds` simulated ones take. */
  real(seconds: number): number {
    return seconds * this.scale;
  }

  /** Calls `action` after so many simulated seconds; the returned function cancels it. */
  after(seconds: number, action: () => void): () => void {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        action();
      },
      this.real(seconds) * 1000,
    );
    this.timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.timers.delete(timer);
    };
  }

  /** Cancels every timer. */
  clear(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
