import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import type { GuardHold } from '../../../core/isapi/terminal/guard.js';
import type { LockConnection } from './lock-connection.js';
import { Notes } from './notes.js';

/** What the database said when the lock was taken. */
export interface Taken {
  takenOver: boolean;
  /** Milliseconds since 1970, by this computer's clock; 0: none. */
  quietUntil: number;
}

/** One use of a terminal's lock. */
export interface OwnHold extends GuardHold {
  /** Gives it back as if it never was: whoever comes next has to look after what the owner before has left. */
  abandon(): void;
}

/** A terminal's lock that this process has, for all in it who want to work on the terminal. */
export class Claim {
  private readonly loss = new AbortController();
  private readonly holds = new Set<OwnHold>();
  /** Whether somebody had the chance to look after what the owner before has left. */
  private used = false;

  /** @param onFree called when the last hold is released */
  constructor(
    readonly serial: string,
    readonly connection: LockConnection,
    private readonly taken: Taken,
    private readonly onFree: (claim: Claim) => void,
  ) {}

  /** Whether nobody uses it. */
  get isFree(): boolean {
    return this.holds.size === 0;
  }

  /** Whether the next owner need not care for what was before. */
  get isClean(): boolean {
    return this.isFree && (this.used || !this.taken.takenOver);
  }

  hold(): OwnHold {
    const end = (used: boolean): void => {
      if (!this.holds.delete(hold)) return;
      this.used ||= used;
      if (this.isFree) this.onFree(this);
    };
    const hold: OwnHold = {
      ...this.taken,
      lost: this.loss.signal,
      notes: new Notes(this.connection, this.serial),
      assertHeld: () => {
        // Ends it, and everything with it, where a pause has been too long.
        if (!this.connection.isAlive()) this.lose();
        if (this.loss.signal.aborted || !this.holds.has(hold)) throw this.failure();
      },
      release: () => end(true),
      abandon: () => end(false),
    };
    this.holds.add(hold);
    return hold;
  }

  /** The right to work on the terminal ends for everybody. */
  lose(): void {
    if (!this.loss.signal.aborted) this.loss.abort(this.failure());
  }

  private failure(): HikvisionError {
    return HikvisionError.of('ownershipLost', { delivery: 'unsent', retryable: true, params: { serial: this.serial } });
  }
}
