import { HikvisionError } from '../../../errors/hikvision-error.js';
import type { TerminalGuard } from '../guard.js';
import { SharedHold } from './shared-hold.js';

type GuardSource = () => TerminalGuard | undefined;

const NONE: GuardSource = () => undefined;

let source = NONE;

/**
 * Says where the guard in force is found; it is asked at each use, and the source given last counts.
 * @returns takes it away again
 */
export function useGuardOf(newSource: GuardSource): () => void {
  source = newSource;
  return () => {
    if (source === newSource) source = NONE;
  };
}

/** The guard without whose hold nobody captures or syncs; undefined where this process is alone with its terminals. */
export function guardInForce(): TerminalGuard | undefined {
  return source();
}

/**
 * Waits until this process may work on the terminal with that serial number.
 * @param serial '' where the terminal tells none
 * @param signal gives up waiting; its reason is thrown
 * @param restMs milliseconds for which what was sent may still be at work when nobody needs the hold any more
 * @throws HikvisionError `NOT_OWNER`
 */
export async function takeHold(
  guard: TerminalGuard,
  serial: string,
  signal: AbortSignal,
  restMs?: () => number,
): Promise<SharedHold> {
  if (serial === '') throw HikvisionError.of('noSerialNumber', { delivery: 'unsent' });
  const hold = await guard.acquire(serial, signal);
  if (signal.aborted) hold.release();
  signal.throwIfAborted();
  return new SharedHold(hold, restMs);
}
