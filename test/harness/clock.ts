import { mock } from 'node:test';

/** Time of this process, which stands still until a test lets it pass. */
export interface Clock {
  /** Lets so many milliseconds pass: what is due by then happens, in order, before this returns. */
  pass(ms: number): void;
}

/**
 * Runs `work` with Date, performance.now and every timer of this process in the test's hand. What sockets themselves wait
 * for is left alone, so that real connections work. Only what is set up inside `work` heeds the clock.
 */
export async function withClock(work: (clock: Clock) => Promise<void>): Promise<void> {
  const since = { wall: Date.now(), steady: performance.now() };
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: since.wall });
  const steady = mock.method(performance, 'now', () => since.steady + Date.now() - since.wall);
  try {
    await work({ pass: (ms) => mock.timers.tick(ms) });
  } finally {
    steady.mock.restore();
    mock.timers.reset();
  }
}
