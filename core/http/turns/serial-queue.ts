import { WaitingList } from './waiting-list.js';

/** Runs jobs one at a time, first come first served. */
export class SerialQueue {
  private readonly waiting = new WaitingList(() => undefined);
  private busy = false;

  get isBusy(): boolean {
    return this.busy;
  }

  /** How many jobs wait, the running one not counted. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  /**
   * Runs `job` when its turn has come.
   * @param limit how many jobs may wait; one more is refused with `QUEUE_FULL`
   * @param signal gives up waiting, and its reason is thrown; a job that runs has to watch it itself
   */
  async run<T>(job: () => Promise<T>, limit: number, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.busy) await this.waiting.join({ limit, signal, grant: () => undefined });
    this.busy = true;
    try {
      return await job();
    } finally {
      // Stays busy while it is handed over, so that nobody slips in between.
      this.busy = this.waiting.next();
    }
  }
}
