import type { TerminalGuard } from '../terminal/guard.js';
import { guardInForce, takeHold } from '../terminal/guarding/guard-in-force.js';
import { lastSerial } from '../terminal/guarding/serial-number.js';
import type { Terminal } from '../terminal/terminal.js';
import { SharedMemory } from './memory.js';
import type { SyncOptions, SyncResult } from './options.js';
import { doubtLimits } from './reading/limits.js';
import { SyncRun } from './sync-run.js';

export type { SyncOptions, SyncProgress, SyncResult, SyncStep } from './options.js';

/**
 * Makes a terminal hold what a list of persons says: reads what it has, compares, writes the difference and reads back. The
 * same list again changes nothing. What fails for one person stands in the result; the others go on.
 * @throws HikvisionError `LIST_INCOMPLETE`, `TOO_MANY_REMOVALS` or `CAPACITY` before anything was written; what ends the
 * connection or the login, and `NOT_OWNER`, at any time
 */
export function syncTerminal(terminal: Terminal, options: SyncOptions): Promise<SyncResult> {
  const { queueLimit } = terminal.settings;
  return terminal.whileOpen([options.signal], async (signal) => {
    const run = (): Promise<SyncResult> => {
      const guard = guardInForce();
      const withSignal = { ...options, signal };
      return guard ? runUnder(guard, terminal, withSignal) : new SyncRun(terminal, withSignal).run();
    };
    try {
      return await terminal.syncs.run(run, queueLimit, signal);
    } catch (error) {
      // Why it failed may be that another terminal hangs there now, or that this one takes less at once than it did.
      doubtLimits(terminal);
      throw terminal.named(error, 'sync persons');
    }
  });
}

/** A whole run under one hold; when that is lost, nothing more is sent. */
async function runUnder(guard: TerminalGuard, terminal: Terminal, options: SyncOptions): Promise<SyncResult> {
  const sentBefore = terminal.requestCount;
  const serial = await lastSerial(terminal, options.signal);
  const hold = await takeHold(guard, serial, options.signal);
  const letGo = hold.use();
  try {
    return await terminal.whileOpen([options.signal, hold.lost], (signal) => {
      const memory = new SharedMemory(serial, hold.notes, options.memory);
      const guarded: SyncOptions = { ...options, memory, signal, beforeSending: () => hold.assertHeld() };
      return new SyncRun(terminal, guarded, { serial, sentBefore }).run();
    });
  } finally {
    letGo();
  }
}
