import { wait } from '../../../core/http/turns/wait.js';

/** Milliseconds. */
export interface Pauses {
  /** Between two looks for work, where nobody says that there is some. */
  poll: number;
  /** Between two signs of life for the jobs under way. */
  touch: number;
  /** Between two looks for jobs whose owner has died. */
  hurry: number;
  /** That a job waits for a terminal on which somebody else works, before it goes back to the queue. */
  lock: number;
  /** Until a job that went back may be taken again. */
  back: number;
  /** After which a terminal is looked at again whose former owner did not end cleanly. */
  again: number;
  /** For work that was told to end, before its terminal counts as free. */
  grace: number;
  /** Since somebody listed a terminal, after which no instance counts as able to reach it. */
  listed: number;
  /** Between two times that an instance says which terminals it lists; at once where that changed. */
  list: number;
}

export const PAUSES: Pauses = {
  poll: 1000,
  touch: 3000,
  hurry: 2000,
  lock: 2000,
  back: 3000,
  again: 90_000,
  grace: 5000,
  listed: 180_000,
  list: 60_000,
};

/** Does something again and again, with that pause before each time, until the signal is aborted; failures do not end it. */
export async function repeat(
  ms: number,
  signal: AbortSignal,
  work: () => Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  for (;;) {
    const isOver = await wait(ms, signal).then(
      () => signal.aborted,
      () => true,
    );
    if (isOver) return;
    await work().catch(onFailure);
  }
}
