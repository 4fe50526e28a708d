import { HikvisionError } from '../../errors/hikvision-error.js';

/** How somebody waits. */
export interface Place<Reason, Grant> {
  /** How many may wait; one more is refused with `QUEUE_FULL`. */
  limit: number;
  /** Gives up waiting; its reason is thrown. */
  signal?: AbortSignal | undefined;
  /** Takes what is waited for. Called within `next()`, so that nothing comes in between; must not throw. */
  grant: () => Grant;
  /** Told why this one waits and its position (1 is next): on joining, and whenever either changes. */
  onWait?: ((reason: Reason, position: number) => void) | undefined;
}

interface Waiter<Reason> {
  grant(): void;
  notify: Place<Reason, unknown>['onWait'];
}

/** Those who wait for one thing, first come first served. When the next one may have it is its owner's to say. */
export class WaitingList<Reason = undefined> {
  private readonly waiters: Waiter<Reason>[] = [];

  /** @param reason why nobody gets a turn right now */
  constructor(private readonly reason: () => Reason) {}

  get length(): number {
    return this.waiters.length;
  }

  /** Waits until `next()` comes to this one. */
  join<Grant>({ limit, signal, grant, onWait }: Place<Reason, Grant>): Promise<Grant> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.waiters.length >= limit) {
        throw HikvisionError.of('queueFull', { params: { limit }, retryable: true, delivery: 'unsent' });
      }
      const giveUp = (): void => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(signal?.reason as Error);
        this.notifyAll();
      };
      const waiter: Waiter<Reason> = {
        grant: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve(grant());
        },
        notify: onWait && onChange(onWait),
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.waiters.push(waiter);
      this.notifyAll();
    });
  }

  /** Gives the first one its turn; false where nobody waits. */
  next(): boolean {
    const first = this.waiters.shift();
    if (!first) return false;
    first.grant();
    this.notifyAll();
    return true;
  }

  /** Tells each waiter its reason and position where they have changed. To be called when the reason may have. */
  notifyAll(): void {
    const reason = this.reason();
    this.waiters.forEach((waiter, index) => waiter.notify?.(reason, index + 1));
  }
}

/** Passes on only what differs from the last time. */
function onChange<Reason>(notify: (reason: Reason, position: number) => void): typeof notify {
  let last: { reason: Reason; position: number } | undefined;
  return (reason, position) => {
    if (last?.reason === reason && last.position === position) return;
    last = { reason, position };
    notify(reason, position);
  };
}
