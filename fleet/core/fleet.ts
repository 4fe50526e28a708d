import { HikvisionError } from '../../core/errors/hikvision-error.js';
import type { TerminalGuard } from '../../core/isapi/terminal/guard.js';
import type { DeadLetter, FleetSettings, FleetState, ListedTerminal, Priority, TakenJob, WorkFor } from './options.js';

export interface FleetOptions {
  settings: FleetSettings;
  /** Of the directory, now. */
  listed: () => readonly ListedTerminal[];
  /** The serial number of the unit that answers now. @throws HikvisionError where it cannot be had */
  serialOf: (terminal: string, signal: AbortSignal) => Promise<string>;
  onState?: (state: FleetState, failure?: HikvisionError) => void;
  /** Worth a warning; it goes on. */
  onProblem?: (failure: HikvisionError) => void;
}

/** What takes work: stops when the returned function is called, which gives back what is under way. */
export interface Taking {
  /** Milliseconds after which a job has failed. */
  timeoutMs: number;
  work: (job: TakenJob) => Promise<void>;
}

/** An instance's part in its fleet: work of the queue, together with the right to its terminal. */
export class Fleet {
  private now: FleetState = 'connecting';

  constructor(private readonly options: FleetOptions) {}

  get state(): FleetState {
    return this.now;
  }

  /** For whoever works on a terminal without a job, such as a registration. */
  readonly guard: TerminalGuard = {
    acquire: () => Promise.reject(HikvisionError.of('cancelled')),
  };

  /** Connects and migrates; again by itself when the database was away. */
  start(): void {
    this.enter(this.now);
  }

  /**
   * Says that terminals have work; doubles that wait become one, with the higher priority.
   * @returns how many terminals that is for, and for how many nothing was waiting yet
   * @throws HikvisionError where the database does not answer, or there is no such terminal
   */
  send(work: WorkFor, priority: Priority): Promise<{ terminals: number; added: number }> {
    return notYet(work, priority);
  }

  /** Takes work from now on. The function that it returns stops that; what is under way is aborted and goes back uncounted. */
  take(taking: Taking): () => Promise<void> {
    void notYet(taking).catch(() => undefined);
    return () => Promise.resolve();
  }

  /** Takes dead letters, each by one instance at a time: worked on, it is gone; failed, it comes again later. */
  takeDead(taking: { work: (letter: DeadLetter) => Promise<void> }): () => Promise<void> {
    void notYet(taking).catch(() => undefined);
    return () => Promise.resolve();
  }

  /** Makes work of dead letters again. @returns how many of them were still there */
  resend(ids: readonly string[]): Promise<number> {
    return notYet(ids);
  }

  /** Ends gracefully: what is under way is aborted (`CANCELLED`), jobs go back uncounted, locks are released. */
  close(): Promise<void> {
    this.enter('closed');
    return Promise.resolve();
  }

  private enter(state: FleetState, failure?: HikvisionError): void {
    this.now = state;
    this.options.onState?.(state, failure);
  }
}

function notYet(...given: unknown[]): Promise<never> {
  return Promise.reject(HikvisionError.of('unexpected', { params: { detail: `not built yet: ${given.length}` } }));
}
