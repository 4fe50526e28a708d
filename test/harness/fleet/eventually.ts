import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is there: for what only the database knows. Mocha's own time-out says that it never was. */
export async function eventually<Answer>(ask: () => Promise<Answer | undefined | null | false>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    await delay(20);
  }
}
