import { asFailure, HikvisionError } from '../../core/errors/hikvision-error.js';
import { backOff, wait } from '../../core/http/turns/wait.js';
import type { TerminalGuard } from '../../core/isapi/terminal/guard.js';
import { addressOf, isForGood } from './database/failures.js';
import type { DeadLetter, FleetSettings, FleetState, ListedTerminal, Priority, TakenJob, WorkFor } from './options.js';
import { Ownership } from './ownership/ownership.js';
import { Session } from './session.js';
import { PAUSES, type Pauses } from './taking/pauses.js';
import { Rota, type Reader, type Taker } from './taking/takers.js';
import type { Unsettled } from './taking/worker.js';
import type { KeptFailure } from './work/claims.js';
import { WORK } from './work/names.js';
import { RETRIES, type Retries } from './work/queue.js';

/** Milliseconds that somebody who sends waits for a database that is not there yet. */
const READY_MS = 10_000;
/** Milliseconds before what needs somebody's hand is tried again. */
const REFUSED_MS = 30_000;
/** Milliseconds within which the same problem is not told twice. */
const SILENCE_MS = 60_000;

export interface FleetOptions {
  settings: FleetSettings;
  /** Of the directory, now. */
  listed: () => readonly ListedTerminal[];
  /** The serial number of the unit that answers now. @throws HikvisionError where it cannot be had */
  serialOf: (terminal: string, signal: AbortSignal) => Promise<string>;
  onState?: (state: FleetState, failure?: HikvisionError) => void;
  /** Worth a warning; it goes on. */
  onProblem?: (failure: HikvisionError) => void;
  /** How a failure is said to people in the database (`status`, dead letters); absent: by its reason. */
  wordsOf?: (failure: HikvisionError) => string;
  /** Shorter than usual, for tests. */
  tempo?: { pauses?: Partial<Pauses>; retries?: Partial<Retries>; now?: () => Date };
}

/** Who takes work. */
export interface Taking {
  /** Milliseconds after which a job has failed. */
  timeoutMs: number;
  /** Resolves: done. Rejects: tried again later, and a dead letter in the end. */
  work: (job: TakenJob) => Promise<void>;
}

/** An instance's part in its fleet: the queue's work, together with the right to its terminal. */
export class Fleet {
  private readonly ownership: Ownership;
  private readonly takers = new Rota<Taker>();
  private readonly readers = new Rota<Reader>();
  private readonly busy = new Set<string>();
  private readonly unsettled: Unsettled[] = [];
  private readonly told = new Map<string, number>();
  private readonly closing = new AbortController();
  private readonly ends = new Set<Promise<void>>();
  private session: Session | undefined;
  private now: FleetState = 'connecting';
  private failure: HikvisionError | undefined;
  private changed: () => void = () => undefined;
  private change = this.nextChange();

  constructor(private readonly options: FleetOptions) {
    this.ownership = new Ownership({
      settings: options.settings,
      onState: (state, failure) => this.connected(state, failure),
    });
    this.ownership.listen(WORK, (queue) => this.session?.heard(queue));
  }

  get state(): FleetState {
    return this.now;
  }

  /** For whoever works on a terminal without a job, such as a registration. */
  get guard(): TerminalGuard {
    return this.ownership;
  }

  /** Connects and migrates; again by itself when the database was away. */
  start(): void {
    this.ownership.start();
  }

  /**
   * Says that terminals have work; doubles that wait become one, with the higher priority.
   * @returns how many terminals that is for, and for how many nothing was waiting yet
   * @throws HikvisionError where the database does not answer, or the fleet has no such terminal
   */
  async send(work: WorkFor, priority: Priority): Promise<{ terminals: number; added: number }> {
    const session = await this.ready();
    const sent = await session.queue.send(work, priority);
    if (sent) return sent;
    const name = typeof work === 'object' && 'terminal' in work ? work.terminal : '';
    throw HikvisionError.of('fleetTerminalUnknown', { delivery: 'unsent', params: { name } });
  }

  /** Takes work from now on. The function that it returns ends that; what is under way is aborted and goes back uncounted. */
  take({ timeoutMs, work }: Taking): () => Promise<void> {
    const end = this.takers.enter({ timeoutMs, work });
    this.session?.wake();
    return end;
  }

  /** Takes dead letters, each by one instance at a time: worked on, it is gone; failed, it comes again later. */
  takeDead({ work }: { work: (letter: DeadLetter) => Promise<void> }): () => Promise<void> {
    return this.readers.enter({ work });
  }

  /** Makes work of dead letters again. @returns how many of them were still there */
  async resend(ids: readonly string[]): Promise<number> {
    const session = await this.ready();
    return session.queue.resend(ids);
  }

  /** Ends gracefully: what is under way is aborted (`CANCELLED`), jobs go back uncounted, locks are released. */
  async close(): Promise<void> {
    const { session } = this;
    const reason = HikvisionError.of('cancelled');
    this.closing.abort(reason);
    this.changed();
    await session?.stop(reason);
    this.session = undefined;
    await this.ownership.close();
    await session?.queue.close();
    await Promise.all(this.ends);
    this.enter('closed');
  }

  /** What became of the connection that holds the locks. */
  private connected(state: FleetState, failure?: HikvisionError): void {
    const { session } = this;
    if (this.closing.signal.aborted) {
      // What is to be said before the end cannot be said any more.
      if (state === 'lost') session?.cut();
      return;
    }
    this.session = undefined;
    if (session) this.untilEnd(session.abandon(HikvisionError.of('ownershipUnknown', { retryable: true })));
    if (state === 'ready') this.untilEnd(this.open());
    else this.enter(state, failure);
  }

  /** Takes part, as soon as the database lets it. */
  private async open(): Promise<void> {
    for (let attempt = 1; this.isConnected(); attempt += 1) {
      const session = (this.session = this.newSession());
      try {
        await session.open();
        if (this.session === session) this.enter('ready');
        return;
      } catch (error) {
        await session.abandon(HikvisionError.of('cancelled'));
        if (this.session !== session || this.closing.signal.aborted) return;
        const failure = asFailure(error);
        this.enter(isForGood(failure) ? 'refused' : 'lost', failure);
        await wait(isForGood(failure) ? REFUSED_MS : backOff(attempt), this.closing.signal).catch(() => undefined);
        if (this.session !== session) return;
      }
    }
  }

  private newSession(): Session {
    const { settings, listed, serialOf, tempo = {} } = this.options;
    return new Session({
      ...{ settings, listed, serialOf, guard: this.ownership, takers: this.takers, readers: this.readers },
      ...{ busy: this.busy, unsettled: this.unsettled },
      pauses: { ...PAUSES, ...tempo.pauses },
      retries: { ...RETRIES, ...tempo.retries },
      now: tempo.now ?? (() => new Date()),
      keptAs: (error) => this.keptAs(error),
      onProblem: (failure) => this.problem(failure),
    });
  }

  /** Waits a little for the database. @throws HikvisionError why it is not there */
  private async ready(): Promise<Session> {
    const until = AbortSignal.timeout(READY_MS);
    while (this.now !== 'ready' || !this.session) {
      this.closing.signal.throwIfAborted();
      if (this.now === 'refused' || until.aborted) throw this.whyNot();
      const late = new Promise<void>((resolve) => until.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.race([this.change, late]);
    }
    return this.session;
  }

  private whyNot(): HikvisionError {
    const params = { address: addressOf(this.options.settings.connection) };
    return this.failure ?? HikvisionError.of('databaseSilent', { delivery: 'unsent', retryable: true, params });
  }

  /** A failure of ours, or whatever a flow says, as the database keeps it. */
  private keptAs(error: unknown): KeptFailure {
    const { wordsOf } = this.options;
    if (error instanceof HikvisionError) return { code: error.code, message: wordsOf?.(error) ?? error.message };
    if (!(error instanceof Error)) return { code: 'BAD_REPLY', message: String(error) };
    const code = 'code' in error && typeof error.code === 'string' ? error.code : 'BAD_REPLY';
    return { code, message: error.message };
  }

  private isConnected(): boolean {
    return this.ownership.state === 'ready' && !this.closing.signal.aborted;
  }

  /** Not said twice in a short time, nor while the state says it. */
  private problem(failure: HikvisionError): void {
    if (this.now !== 'ready') return;
    const what = `${failure.reason} ${JSON.stringify(failure.params)}`;
    if (performance.now() - (this.told.get(what) ?? -Infinity) < SILENCE_MS) return;
    if (this.told.size > 1000) this.told.clear();
    this.told.set(what, performance.now());
    this.options.onProblem?.(failure);
  }

  private untilEnd(work: Promise<void>): void {
    const end: Promise<void> = work.catch((error: unknown) => this.problem(asFailure(error)));
    this.ends.add(end);
    void end.finally(() => this.ends.delete(end));
  }

  private enter(state: FleetState, failure?: HikvisionError): void {
    const isNew = state !== this.now || failure?.reason !== this.failure?.reason;
    this.now = state;
    this.failure = failure;
    this.changed();
    this.change = this.nextChange();
    if (isNew) this.options.onState?.(state, failure);
  }

  private nextChange(): Promise<void> {
    return new Promise((resolve) => (this.changed = resolve));
  }
}
