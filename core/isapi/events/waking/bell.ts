/** Wakes one who sleeps for a time; one that is rung while nobody sleeps is heard by the next who wants to. */
export class Bell {
  private isRung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.isRung = true;
    this.wake?.();
  }

  /** Sleeps so many milliseconds; true where it was rung. @throws what the signal was aborted with */
  async sleep(ms: number, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (!this.isRung) await this.untilRung(ms, signal);
    signal.throwIfAborted();
    const wasRung = this.isRung;
    this.isRung = false;
    return wasRung;
  }

  private untilRung(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.wake = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
