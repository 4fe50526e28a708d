import { createHash } from 'node:crypto';

import { PRIORITIES, type Priority } from '../options.js';

/** On this channel waits who takes work: the payload is the queue that has some. */
export const WORK = 'work';
/** Where work waits whose terminal nobody lists: nobody takes it, until somebody lists that terminal. */
export const UNLISTED = 'unlisted';
/** Where work goes that failed for good. */
export const DEAD = 'dead';
/** What the queues of sites begin with. */
export const SITE_PREFIX = 'site-';

/** What pg-boss calls the end of whoever worked on a job. */
export const LAPSED = 'job heartbeat timeout';

const NUMBERS: Readonly<Record<Priority, number>> = { revoke: 100, change: 50, audit: 0 };

/** The queue of a site: pg-boss takes fewer characters for it than people do for a site. The database computes it too. */
export function queueOf(site: string): string {
  return SITE_PREFIX + createHash('sha256').update(site).digest('hex').slice(0, 32);
}

/** The priority of a number that somebody else may have written. */
export function priorityOf(number: number): Priority {
  return PRIORITIES.find((each) => number >= NUMBERS[each]) ?? 'audit';
}

/** The numbers of all priorities, the most urgent first. */
export const BY_URGENCY = PRIORITIES.map((each) => NUMBERS[each]);
