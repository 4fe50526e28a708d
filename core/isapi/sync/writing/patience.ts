import { HikvisionError } from '../../../errors/hikvision-error.js';
import { withRetries } from '../../../http/turns/retry.js';
import { backOff } from '../../../http/turns/wait.js';

/** Beyond the repeats that the terminal's own settings allow: a list may wait longer than somebody who stands at the door. */
const BUSY_REPEATS = 6;

/** Does it again, with growing pauses, while the terminal says that it is busy. */
export function patiently<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const pauseAfter = (error: unknown, attempt: number): number | undefined =>
    error instanceof HikvisionError &&
    error.cause.retryable &&
    error.delivery === 'answered' &&
    !isModelling(error) &&
    !isIncomplete(error)
      ? backOff(attempt)
      : undefined;
  return withRetries(work, { retries: BUSY_REPEATS, pauseAfter, signal });
}

/**
 * The terminal could make nothing of a picture. It passes now and then: two photos failed eight times on four terminals, and
 * were taken unchanged later.
 */
export function isModelling(error: unknown): error is HikvisionError {
  return error instanceof HikvisionError && error.code.toLowerCase() === 'subpicanalysismodelingerror';
}

/** A search that never came to its end: nothing can be said of those whom it was to find. */
export function isIncomplete(error: unknown): error is HikvisionError {
  return error instanceof HikvisionError && error.reason === 'listIncomplete';
}

/** The terminal has been busy all the while that a list waits for it. */
export function isBusy({ reason, cause }: HikvisionError): boolean {
  return reason === 'refused' && cause.retryable && cause.statusCode === 2;
}

/** Refusals that the next person would meet too. */
const EVERYBODY = new Set([
  'lowprivilege',
  'nopermission',
  'notactivated',
  'upgrading',
  'usernamelocked',
  'deviceislocked',
]);
/** What the core found out about this person, or their picture, alone. */
const ONLY_THEIRS = new Set([
  'personUnreadable',
  'accessUnreadable',
  'personNotChanged',
  'picturesNotTaken',
  'pictureUnreadable',
  'cardElsewhere',
  'notVerified',
  'listIncomplete',
]);

/** Whether a failure is about this person alone, so that the others can go on. */
export function isTheirs(error: unknown): error is HikvisionError {
  if (!(error instanceof HikvisionError)) return false;
  if (error.reason.startsWith('input.') || ONLY_THEIRS.has(error.reason)) return true;
  return error.reason === 'refused' && !EVERYBODY.has(error.code.toLowerCase());
}
