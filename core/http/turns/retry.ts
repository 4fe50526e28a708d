import { wait } from './wait.js';

/** What is repeated, how often and when: the caller knows which failures pass by themselves. */
export interface RetryRule {
  /** Repeats at most; 0 for none. */
  retries: number;
  /**
   * Called after each failure, the last one too, with its number from 1.
   * @returns milliseconds until the repeat; undefined where there is to be none
   */
  pauseAfter: (error: unknown, attempt: number) => number | undefined;
  /** Ends a pause at once; its reason is thrown. An attempt has to watch it itself. */
  signal?: AbortSignal | undefined;
}

/** The result of the first attempt that succeeds, or the error of the last one, as it was thrown. */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { retries, pauseAfter, signal }: RetryRule,
): Promise<T> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt();
    } catch (error) {
      const pauseMs = pauseAfter(error, number);
      if (pauseMs === undefined || number > retries) throw error;
      await wait(pauseMs, signal);
    }
  }
}
