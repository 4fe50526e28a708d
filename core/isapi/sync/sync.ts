import { withAnyOf } from '../../http/turns/wait.js';
import type { Terminal } from '../terminal/terminal.js';
import type { SyncOptions, SyncResult } from './options.js';
import { forgetLimits } from './reading/limits.js';
import { SyncRun } from './sync-run.js';

export type { SyncOptions, SyncProgress, SyncResult, SyncStep } from './options.js';

/**
 * Makes a terminal hold what a list of persons says: reads what it has, compares, writes the difference and reads back. The
 * same list again changes nothing. What fails for one person stands in the result; the others go on.
 * @throws HikvisionError `LIST_INCOMPLETE`, `TOO_MANY_REMOVALS` or `CAPACITY` before anything was written; what ends the
 * connection or the login, at any time
 */
export function syncTerminal(terminal: Terminal, options: SyncOptions): Promise<SyncResult> {
  const { queueLimit } = terminal.settings;
  return withAnyOf([options.signal, terminal.closed], async (signal) => {
    try {
      return await terminal.syncs.run(() => new SyncRun(terminal, { ...options, signal }).run(), queueLimit, signal);
    } catch (error) {
      // Why it failed may be that another terminal hangs there now.
      forgetLimits(terminal);
      throw terminal.named(error, 'sync persons');
    }
  });
}
