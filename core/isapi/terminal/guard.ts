/**
 * For installations where several programs may want to work on one terminal: who of them may. Without a guard, nothing
 * changes. A terminal checks no token, so what is lost has to be noticed here: at once by `lost`, and by the clock at the
 * moment of sending, since a process that was paused has not heard of it yet.
 */
export interface TerminalGuard {
  /**
   * Waits until this process may work on the terminal with that serial number; several holds of one process go together.
   * @param signal gives up waiting; its reason is thrown
   * @throws HikvisionError `NOT_OWNER` where nobody can say who may
   */
  acquire(serial: string, signal: AbortSignal): Promise<GuardHold>;
}

/** The right to work on one terminal, until it is released or lost. */
export interface GuardHold {
  /** Aborted with a HikvisionError `NOT_OWNER` when the right is lost. */
  readonly lost: AbortSignal;
  /** Whether somebody had this right before and did not end cleanly: something of it may still be at work in the terminal. */
  readonly takenOver: boolean;
  /** Until then (milliseconds since 1970) no capture may start: one of the former owner may still be running. 0: none. */
  readonly quietUntil: number;
  /** What those who have the terminal in turn know of it together; where there is none, nothing is remembered of it. */
  readonly notes?: GuardNotes | undefined;
  /** To be asked at the moment of sending. @throws HikvisionError `NOT_OWNER` */
  assertHeld(): void;
  /** Gives it back; the terminal must have nothing more to do for it. Does nothing the second time. */
  release(): void;
}

/** A text about one terminal that everybody under the guard shares: what each kept for itself, another would make untrue. */
export interface GuardNotes {
  /** Undefined where there is none. */
  load(): Promise<string | undefined>;
  /** Only by who has the terminal. */
  save(text: string): Promise<void>;
  forget(): Promise<void>;
}

/** What a plugin of the type `hikvision-terminal-guard` offers. */
export interface GuardPlugin {
  type: 'hikvision-terminal-guard';
  /** The guard in force; undefined while there is none. */
  guard: () => TerminalGuard | undefined;
}
