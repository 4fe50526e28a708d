import type { JobWithMetadata, PgBoss } from 'pg-boss';

import { printable } from '../../../core/errors/printable.js';
import type { Priority } from '../options.js';
import { DEAD, LAPSED, priorityOf } from './names.js';

/** Longest text of a failure that is kept in the database. */
const LONGEST_TEXT = 500;

/** A job that this instance has taken. */
export interface Claim {
  queue: string;
  id: string;
  terminal: string;
  priority: Priority;
  /** Attempts that counted before this one. */
  retryCount: number;
  /** Whether whoever had it before did not end it. */
  redelivered: boolean;
  /** Whether everything is to be read, since it is for what nobody has sent: an audit, or a look after a takeover. */
  whole: boolean;
}

/** What work failed with, as it stands in the database. */
export interface KeptFailure {
  code: string;
  message: string;
}

/** A dead letter that this instance has taken. */
export interface ClaimedLetter extends Claim {
  /** Of the work that failed for good. */
  attempts: number;
  error: KeptFailure;
  failedAt: Date;
}

/** What a job carries: `again` where it had begun when it went back. */
interface Carried {
  terminal?: unknown;
  again?: unknown;
  whole?: unknown;
}

type Row = JobWithMetadata<Carried | null>;

/** Takes what is due from one queue. @param least no less urgent than that */
export async function claim(boss: PgBoss, queue: string, most: number, least = 0): Promise<Claim[]> {
  const rows = await fetched(boss, queue, most, least);
  return rows.map((row) => claimOf(queue, row));
}

export async function claimLetters(boss: PgBoss, most: number): Promise<ClaimedLetter[]> {
  const rows = await fetched(boss, DEAD, most, 0);
  return rows.map((row) => ({
    ...claimOf(DEAD, row),
    attempts: (row.sourceRetryCount ?? 0) + 1,
    error: keptFailure(row.sourceOutput),
    failedAt: row.createdOn,
  }));
}

/** Says that they are being worked on; whose claim has lapsed meanwhile is left alone. */
export async function touch(boss: PgBoss, claims: readonly Claim[]): Promise<void> {
  for (const queue of new Set(claims.map((each) => each.queue))) {
    await boss.touch(queue, claims.filter((each) => each.queue === queue).map(attemptOf));
  }
}

/** Which attempt a claim is: pg-boss settles it only while it is that one. */
export function attemptOf({ id, retryCount }: Claim): Pick<Claim, 'id' | 'retryCount'> {
  return { id, retryCount };
}

/** A failure in the length and characters that the database keeps. */
export function kept({ code, message }: KeptFailure): KeptFailure {
  return { code: printable(code, 60), message: printable(message, LONGEST_TEXT) };
}

async function fetched(boss: PgBoss, queue: string, most: number, least: number): Promise<Row[]> {
  return boss.fetch<Carried | null>(queue, { batchSize: most, includeMetadata: true, minPriority: least });
}

function claimOf(queue: string, { id, data, priority, retryCount, output }: Row): Claim {
  const { terminal, again, whole } = data ?? {};
  return {
    ...{ queue, id, retryCount, terminal: typeof terminal === 'string' ? terminal : '' },
    priority: priorityOf(priority),
    redelivered: again === true || wordsOf(output) === LAPSED,
    whole: whole === true,
  };
}

/** pg-boss says in its own words that a process has ended; a failure of ours has a code. */
function keptFailure(output: object | null): KeptFailure {
  const { code, message } = (output ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return { code, message: typeof message === 'string' ? message : '' };
  return { code: 'TIMEOUT', message: wordsOf(output) };
}

function wordsOf(output: object | null): string {
  const { value } = (output ?? {}) as { value?: { message?: unknown } };
  return typeof value?.message === 'string' ? value.message : '';
}
