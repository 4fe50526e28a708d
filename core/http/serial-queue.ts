import { HikvisionError } from '../errors/hikvision-error.js';

interface Waiting {
  start(): void;
}

/** Jobs one at a time, first come first served. */
export class SerialQueue {
  private readonly waiting: Waiting[] = [];
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
   * @param signal gives up waiting (or is for the job itself to obey once it runs); its reason is thrown
   */
  async run<T>(job: () => Promise<T>, limit: number, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.busy) {
      if (this.waiting.length >= limit) {
        throw HikvisionError.of('queueFull', { params: { limit }, retryable: true, delivery: 'unsent' });
      }
      await this.turn(signal);
    }
    this.busy = true;
    try {
      return await job();
    } finally {
      const next = this.waiting.shift();
      // The queue stays busy while it is handed over, so that nobody slips in between.
      if (next) next.start();
      else this.busy = false;
    }
  }

  private turn(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(signal?.reason as Error);
      };
      const entry = {
        start(): void {
          signal?.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(entry);
    });
  }
}
