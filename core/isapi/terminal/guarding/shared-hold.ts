import { asFailure, HikvisionError } from '../../../errors/hikvision-error.js';
import type { GuardHold, GuardNotes } from '../guard.js';

type State =
  | { name: 'held' }
  /** Nobody needs it any more; it is given back, now or when the terminal has rested. */
  | { name: 'over' }
  | { name: 'lost'; failure: HikvisionError };

/** The right to work on a terminal, as all share it who need it for one piece of work: the last of them gives it back. */
export class SharedHold {
  private state: State = { name: 'held' };
  private uses = 0;
  private readonly losing = new AbortController();
  private readonly onLost = (): void => this.lose(this.hold.lost.reason);

  /** @param restMs milliseconds for which what was sent may still be at work when nobody needs it any more */
  constructor(
    private readonly hold: GuardHold,
    private readonly restMs: () => number = () => 0,
  ) {
    if (hold.lost.aborted) this.onLost();
    else hold.lost.addEventListener('abort', this.onLost, { once: true });
  }

  get takenOver(): boolean {
    return this.hold.takenOver;
  }

  get quietUntil(): number {
    return this.hold.quietUntil;
  }

  /** What those who have the terminal in turn know of it. */
  get notes(): GuardNotes | undefined {
    return this.hold.notes;
  }

  /** Aborted with a HikvisionError when it is lost while somebody needs it. What is in flight then may still take effect. */
  get lost(): AbortSignal {
    return this.losing.signal;
  }

  /** Keeps it until the returned function is called. */
  use(): () => void {
    this.uses += 1;
    let isUsed = true;
    return () => {
      if (!isUsed) return;
      isUsed = false;
      this.uses -= 1;
      if (this.uses === 0) this.end();
    };
  }

  /** To be asked at the moment of sending. @throws HikvisionError `NOT_OWNER` where it has not been held all the time */
  assertHeld(): void {
    if (this.state.name === 'over') throw HikvisionError.of('holdEnded', { delivery: 'unsent' });
    this.assertNotLost();
  }

  /** As assertHeld, for what nobody else can spoil once it was given back. */
  assertNotLost(): void {
    if (this.state.name === 'held') {
      try {
        this.hold.assertHeld();
      } catch (error) {
        this.lose(error);
      }
    }
    if (this.state.name === 'lost') throw this.state.failure.delivered('unsent');
  }

  private lose(reason: unknown): void {
    if (this.state.name !== 'held') return;
    const failure = asFailure(reason).delivered('unknown');
    this.state = { name: 'lost', failure };
    this.losing.abort(failure);
  }

  private end(): void {
    this.hold.lost.removeEventListener('abort', this.onLost);
    const isLost = this.state.name === 'lost';
    if (!isLost) this.state = { name: 'over' };
    const restMs = isLost ? 0 : this.restMs();
    // Whoever ends the process gives nothing back: then the next owner waits by himself.
    if (restMs > 0) setTimeout(() => this.hold.release(), restMs).unref();
    else this.hold.release();
  }
}
