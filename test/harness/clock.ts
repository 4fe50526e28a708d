import promises from 'node:timers/promises';

/** Turns of the event loop without a timer set or cleared after which nothing is on its way between our sockets any more. */
const QUIET_TURNS = 50;
/** So long (milliseconds, real ones) something may be on its way before it counts as never coming to an end. */
const PATIENCE_MS = 10_000;
/** So much time (milliseconds) is nothing waited for in earnest. */
const LONGEST_MS = 24 * 3_600_000;

/** Time of this process, which stands still until a test lets it pass. */
export interface Clock {
  /** Lets so many milliseconds pass: what is due by then happens, each at its time, before this returns. */
  pass(ms: number): void;
  /**
   * Lets time pass until the promise is settled, from one thing that is due to the next, and only ever while everything
   * rests: however slow the machine is, no time-out comes before a reply that is on its way.
   */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Waits until everything that needs no time has happened. */
  rest(): Promise<void>;
}

/**
 * Runs `work` with Date, performance.now and every timer of this process in the test's hand. What sockets themselves wait
 * for is left alone, so that real connections work. Only what is set up inside `work` heeds the clock.
 * (The timers of node:test move Date before they call what is due, and lose timers that others set while they are due.)
 */
export async function withClock<T>(work: (clock: Clock) => Promise<T>): Promise<T> {
  // A test that ran into mocha's time-out has left its clock behind.
  running?.stop();
  const clock = new StandingClock();
  running = clock;
  try {
    return await work(clock);
  } finally {
    clock.stop();
  }
}

/** As `withClock`, for work that need not look at the time: whatever it waits for comes at once. */
export function inNoTime<T>(work: () => Promise<T>): Promise<T> {
  return withClock((clock) => clock.until(work()));
}

let running: StandingClock | undefined;

class StandingTimer {
  constructor(
    private readonly clock: StandingClock,
    public at: number,
    readonly everyMs: number | undefined,
    readonly ms: number,
    readonly run: () => void,
  ) {}

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  refresh(): this {
    this.clock.set(this);
    return this;
  }
}

type Callback = (...args: unknown[]) => void;

class StandingClock implements Clock {
  private readonly real = {
    ...{ setTimeout, clearTimeout, setInterval, clearInterval, Date },
    steady: performance.now.bind(performance),
    delay: promises.setTimeout,
  };
  /** Whole milliseconds, so that what is exactly due is so in floating-point numbers too. */
  private readonly since = { wall: Date.now(), steady: Math.ceil(performance.now()) };
  private passed = 0;
  /** In the order in which they were set. */
  private readonly timers = new Set<StandingTimer>();
  /** Timers set and cleared so far. */
  private changes = 0;

  constructor() {
    const now = (): number => this.since.wall + this.passed;
    class StandingDate extends Date {
      static override now = now;
      constructor(...given: [] | [number]) {
        super(...(given.length === 0 ? ([now()] as const) : given));
      }
    }
    Object.assign(globalThis, {
      Date: StandingDate,
      setTimeout: (run: Callback, ms?: number, ...args: unknown[]) => this.timer(() => run(...args), ms),
      setInterval: (run: Callback, ms?: number, ...args: unknown[]) => this.timer(() => run(...args), ms, true),
      clearTimeout: (timer: unknown) => this.clear(timer),
      clearInterval: (timer: unknown) => this.clear(timer),
    });
    Object.assign(performance, { now: () => this.since.steady + this.passed });
    Object.assign(promises, { setTimeout: this.delay.bind(this) });
  }

  stop(): void {
    if (running !== this) return;
    running = undefined;
    const { steady, delay, ...globals } = this.real;
    Object.assign(globalThis, globals);
    Object.assign(performance, { now: steady });
    Object.assign(promises, { setTimeout: delay });
  }

  pass(ms: number): void {
    const end = this.passed + ms;
    for (let timer = this.next(); timer && timer.at <= end; timer = this.next()) {
      this.passed = timer.at;
      this.timers.delete(timer);
      if (timer.everyMs !== undefined) this.set(timer);
      timer.run();
    }
    this.passed = end;
  }

  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settle = (): void => void (settled = true);
    promise.then(settle, settle);
    const end = this.passed + LONGEST_MS;
    let idleSince: number | undefined;
    const isSettled = (): boolean => settled;
    for (;;) {
      await this.rest();
      if (isSettled()) return promise;
      const next = this.next();
      if (next && next.at < end) {
        idleSince = undefined;
        this.pass(next.at - this.passed);
      } else {
        idleSince ??= this.real.steady();
        if (this.real.steady() - idleSince > PATIENCE_MS) throw new Error('waits for what never comes');
      }
    }
  }

  async rest(): Promise<void> {
    const since = this.real.steady();
    for (let quiet = 0, { changes } = this; quiet < QUIET_TURNS; quiet += 1) {
      await new Promise(setImmediate);
      if (changes === this.changes) continue;
      quiet = 0;
      ({ changes } = this);
      if (this.real.steady() - since > PATIENCE_MS) throw new Error('goes on for ever without any time passing');
    }
  }

  /** Sets a timer, or sets it anew. */
  set(timer: StandingTimer): void {
    this.changes += 1;
    timer.at = this.passed + timer.ms;
    this.timers.delete(timer);
    this.timers.add(timer);
  }

  private next(): StandingTimer | undefined {
    let next: StandingTimer | undefined;
    for (const timer of this.timers) if (!next || timer.at < next.at) next = timer;
    return next;
  }

  private timer(run: () => void, ms = 1, repeats = false): StandingTimer {
    // As Node.js does: whole milliseconds, and at least one.
    const whole = ms >= 1 && ms <= 0x7fffffff ? Math.trunc(ms) : 1;
    const timer = new StandingTimer(this, 0, repeats ? whole : undefined, whole, run);
    this.set(timer);
    return timer;
  }

  private clear(timer: unknown): void {
    if (timer instanceof StandingTimer) {
      this.changes += 1;
      this.timers.delete(timer);
    } else {
      this.real.clearTimeout(timer as NodeJS.Timeout);
    }
  }

  private delay<T>(ms?: number, value?: T, { signal }: { signal?: AbortSignal } = {}): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.clear(timer);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const timer = this.timer(() => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      }, ms);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }
}
