// A process with an instance of its own: told by messages what to do, and tells what happens to it.
import { asFailure } from '../../../core/errors/hikvision-error.js';
import type { GuardHold } from '../../../core/isapi/terminal/guard.js';
import type { FleetSettings } from '../../../fleet/core/options.js';
import { Ownership } from '../../../fleet/core/ownership/ownership.js';
import type { Timing } from '../../../fleet/core/ownership/timing.js';

export interface WorkerOptions {
  settings: FleetSettings;
  timing: Partial<Timing>;
}

/** `acquire` waits; `check` asks whether it may send now. */
export type Order = { do: 'acquire' | 'tryAcquire' | 'release' | 'check'; serial: string } | { do: 'close' };

/** What happened when, in milliseconds since 1970. */
export interface Told {
  event: 'state' | 'held' | 'notFree' | 'refused' | 'lost' | 'checked' | 'closed';
  at: number;
  serial?: string;
  state?: string;
  code?: string;
  reason?: string;
  takenOver?: boolean;
  quietMs?: number;
}

const { settings, timing } = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const holds = new Map<string, GuardHold>();
const ownership = new Ownership({
  settings,
  timing,
  onState: (state, failure) => tell({ event: 'state', state, ...(failure && { reason: failure.reason }) }),
});
process.on('message', (order: Order) => void obey(order));
process.on('disconnect', () => process.exit());
ownership.start();

async function obey(order: Order): Promise<void> {
  if (order.do === 'close') {
    await ownership.close();
    tell({ event: 'closed' });
    return;
  }
  const { serial } = order;
  if (order.do === 'check') check(serial);
  else if (order.do === 'release') holds.get(serial)?.release();
  else await acquire(serial, order.do === 'acquire');
}

async function acquire(serial: string, waits: boolean): Promise<void> {
  try {
    const signal = new AbortController().signal;
    const hold = waits ? await ownership.acquire(serial, signal) : await ownership.tryAcquire(serial);
    if (!hold) {
      tell({ event: 'notFree', serial });
      return;
    }
    holds.set(serial, hold);
    const quietMs = hold.quietUntil === 0 ? 0 : hold.quietUntil - Date.now();
    tell({ event: 'held', serial, takenOver: hold.takenOver, quietMs });
    hold.lost.addEventListener('abort', () => {
      tell({ event: 'lost', serial, code: asFailure(hold.lost.reason).code });
    });
  } catch (error) {
    const { code, reason } = asFailure(error);
    tell({ event: 'refused', serial, code, reason });
  }
}

function check(serial: string): void {
  try {
    holds.get(serial)?.assertHeld();
    tell({ event: 'checked', serial, code: 'HELD' });
  } catch (error) {
    tell({ event: 'checked', serial, code: asFailure(error).code });
  }
}

function tell(told: Omit<Told, 'at'>): void {
  process.send?.({ at: Date.now(), ...told });
}
