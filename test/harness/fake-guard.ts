import { HikvisionError } from '../../core/errors/hikvision-error.js';
import type { GuardHold, GuardNotes, TerminalGuard } from '../../core/isapi/terminal/guard.js';
import { useGuardOf } from '../../core/isapi/terminal/guarding/guard-in-force.js';

/** A hold whose fate a test decides. */
export class FakeHold implements GuardHold {
  takenOver = false;
  quietUntil = 0;
  releases = 0;
  /** The process was paused and has not heard yet that it is nobody any more. */
  isLostUnheard = false;
  private readonly losing = new AbortController();

  constructor(
    readonly serial: string,
    readonly notes?: GuardNotes,
  ) {}

  get lost(): AbortSignal {
    return this.losing.signal;
  }

  lose(): void {
    this.losing.abort(notOwner());
  }

  assertHeld(): void {
    if (this.isLostUnheard || this.losing.signal.aborted) throw notOwner();
  }

  release(): void {
    this.releases += 1;
  }
}

/** A guard that lets everybody have what they ask for, unless a test says otherwise. */
export class FakeGuard implements TerminalGuard {
  readonly holds: FakeHold[] = [];
  /** What is known together of terminals, by serial number. */
  readonly notes = new Map<string, string>();
  keepsNotes = true;
  /** What a test does with each hold before it is given. */
  give: (hold: FakeHold, signal: AbortSignal) => Promise<void> | void = () => undefined;

  async acquire(serial: string, signal: AbortSignal): Promise<GuardHold> {
    const hold = new FakeHold(serial, this.keepsNotes ? this.notesOf(serial) : undefined);
    await this.give(hold, signal);
    this.holds.push(hold);
    return hold;
  }

  private notesOf(serial: string): GuardNotes {
    return {
      load: () => Promise.resolve(this.notes.get(serial)),
      save: (text) => Promise.resolve(void this.notes.set(serial, text)),
      forget: () => Promise.resolve(void this.notes.delete(serial)),
    };
  }

  get last(): FakeHold {
    const hold = this.holds.at(-1);
    if (!hold) throw new Error('nobody has asked the guard');
    return hold;
  }

  /** How often each hold was given back. */
  get releases(): number[] {
    return this.holds.map(({ releases }) => releases);
  }
}

/** Runs `work` with a guard in force. */
export async function underGuard<T>(work: (guard: FakeGuard) => Promise<T>): Promise<T> {
  const guard = new FakeGuard();
  const withdraw = useGuardOf(() => guard);
  try {
    return await work(guard);
  } finally {
    withdraw();
  }
}

function notOwner(): HikvisionError {
  return HikvisionError.of('ownershipLost', { retryable: true, delivery: 'unsent', params: { serial: '?' } });
}
