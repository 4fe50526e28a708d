import type { TerminalClock } from '../meaning/terminal-clock.js';
import { oldestOf } from '../log/bounds.js';
import type { Follower } from './follower.js';

/** Terminals write whole seconds; milliseconds. */
const SECOND = 1000;

/**
 * The first number of an event since this time, as far as times rise with numbers: where a clock was set back, somewhat
 * earlier or later ones are found.
 */
export async function firstSince(follower: Follower, clock: TerminalClock, since: Date): Promise<number> {
  const { log } = follower;
  const oldest = await oldestOf(log);
  let [low, high] = [oldest?.serial ?? 1, follower.progress.position.serial + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [record] = (await log.readFrom(middle)).records;
    const instant = record && clock.instantOf(record.time, Date.now(), false);
    if (!record || instant === undefined || instant + SECOND > since.getTime()) high = middle;
    else low = record.serial + 1;
  }
  return low;
}
