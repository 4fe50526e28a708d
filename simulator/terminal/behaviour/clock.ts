/** The time of one device: its seconds pass `scale` times as long as real ones (0.01 = a hundred times faster). */
export class DeviceClock {
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly scale: number) {}

  /** Device seconds since an arbitrary moment; never goes back. */
  now(): number {
    return performance.now() / 1000 / this.scale;
  }

  /** Real seconds that `seconds` of the device take. */
  real(seconds: number): number {
    return seconds * this.scale;
  }

  /** Calls `action` after so many device seconds; the returned function prevents it. */
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

  /** Prevents everything that is still to come. */
  clear(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
