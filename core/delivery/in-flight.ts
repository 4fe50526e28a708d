import { HikvisionError } from '../errors/hikvision-error.js';

/** How something was done with: the flow got it, said that it has dealt with it, or never said so. */
export type Done = 'sent' | 'acknowledged' | 'unacknowledged';

/** What is waited for with; those of Node.js where absent. */
export interface Timers {
  /** Milliseconds. */
  set(run: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}

export interface InFlightOptions<T> {
  /** How many may be out at once, at least one. */
  limit: number;
  /** `sent`: done with as soon as `send` has returned; `acked`: when `acknowledge` was called for it. */
  mode: 'sent' | 'acked';
  /** Milliseconds from a delivery to the first repeat. */
  ackTimeoutMs: number;
  /** Gives it to the flow; `redelivered`: it may have been seen before. Must not throw. */
  send: (item: T, redelivered: boolean) => void;
  /** Called once for each that was sent, unless `stop` came first. Must not throw. */
  onDone: (item: T, how: Done) => void;
  timers?: Timers;
}

/** Pauses after each delivery, in times of `ackTimeoutMs`: three repeats, and as long again for the last of them. */
const PAUSES = [1, 2, 4, 4];

/** A timer cannot wait longer (about 25 days). */
const LONGEST_MS = 0x7fffffff;

const NODE_TIMERS: Timers = {
  set: (run, ms) => setTimeout(run, ms),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

interface Entry<T> {
  item: T;
  deliveries: number;
  timer: unknown;
}

/**
 * What flows have been given and have not dealt with: at most `limit` at a time, each repeated until it is acknowledged,
 * three times with growing pauses. Nothing waits in here: who has more waits for room.
 */
export class InFlight<T extends { readonly id: string }> {
  private readonly out = new Map<string, Entry<T>>();
  private readonly waiting = new Set<() => void>();
  private readonly timers: Timers;
  private isStopped = false;

  constructor(private readonly options: InFlightOptions<T>) {
    this.timers = options.timers ?? NODE_TIMERS;
  }

  /** How many more may be sent now. */
  get room(): number {
    return this.isStopped ? 0 : Math.max(0, this.options.limit - this.countOut());
  }

  /** How many are out. */
  countOut(): number {
    return this.out.size;
  }

  /**
   * Sends it; the caller has looked that there is `room`. One whose id is out already is sent again and needs none.
   * @throws HikvisionError `QUEUE_FULL`
   */
  send(item: T, redelivered = false): void {
    if (this.isStopped) return;
    const known = this.out.get(item.id);
    if (!known && this.room === 0) {
      throw HikvisionError.of('queueFull', { params: { limit: this.options.limit }, delivery: 'unsent' });
    }
    if (known) this.timers.clear(known.timer);
    const entry: Entry<T> = { item, deliveries: 0, timer: undefined };
    this.out.set(item.id, entry);
    this.deliver(entry, redelivered || known !== undefined);
  }

  /** Somebody has dealt with it; false where nothing of that id is out. */
  acknowledge(id: string): boolean {
    const entry = this.out.get(id);
    if (!entry || this.options.mode === 'sent') return false;
    this.done(entry, 'acknowledged');
    return true;
  }

  /** Waits until something may be sent. @throws what the signal was aborted with; HikvisionError `CANCELLED` after `stop` */
  async whenRoom(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.room === 0) {
      if (this.isStopped) throw HikvisionError.of('cancelled');
      await this.change(signal);
    }
  }

  /** Waits for the next that is done with, or for the stop. */
  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.waiting.delete(end);
        signal.removeEventListener('abort', end);
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      this.waiting.add(end);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  /** Nothing more is sent or told; whoever waits for room is refused. What is out stays unacknowledged. */
  stop(): void {
    this.isStopped = true;
    for (const { timer } of this.out.values()) this.timers.clear(timer);
    this.out.clear();
    this.wake();
  }

  private deliver(entry: Entry<T>, redelivered: boolean): void {
    const { mode, ackTimeoutMs, send } = this.options;
    entry.deliveries += 1;
    if (mode === 'acked') {
      const pause = (PAUSES[entry.deliveries - 1] ?? 1) * ackTimeoutMs;
      // Before it is sent: a flow may acknowledge it at once.
      entry.timer = this.timers.set(() => this.due(entry), Math.min(pause, LONGEST_MS));
    }
    send(entry.item, redelivered);
    if (mode === 'sent') this.done(entry, 'sent');
  }

  private due(entry: Entry<T>): void {
    if (entry.deliveries < PAUSES.length) this.deliver(entry, true);
    else this.done(entry, 'unacknowledged');
  }

  private done(entry: Entry<T>, how: Done): void {
    // A flow that is sent something may stop all of it, or acknowledge it, meanwhile.
    if (this.out.get(entry.item.id) !== entry) return;
    this.timers.clear(entry.timer);
    this.out.delete(entry.item.id);
    this.options.onDone(entry.item, how);
    this.wake();
  }

  private wake(): void {
    for (const end of [...this.waiting]) end();
  }
}
