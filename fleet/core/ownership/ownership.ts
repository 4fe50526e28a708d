import { randomUUID } from 'node:crypto';

import { asFailure, HikvisionError } from '../../../core/errors/hikvision-error.js';
import { unlessAborted, wait } from '../../../core/http/turns/wait.js';
import type { GuardHold, TerminalGuard } from '../../../core/isapi/terminal/guard.js';
import { namesOf } from '../database/names.js';
import { RELEASED } from '../database/tables.js';
import type { FleetSettings, FleetState } from '../options.js';
import { Claim, type OwnHold, type Taken } from './claim.js';
import { lockKeyOf } from './key.js';
import type { LockConnection } from './lock-connection.js';
import { LockSession } from './lock-session.js';
import { News } from './news.js';
import { staleMs, TIMING, type Timing } from './timing.js';

export interface OwnershipOptions {
  settings: FleetSettings;
  /** Told each change; a failure where it is `lost` or `refused`. */
  onState?: (state: FleetState, failure?: HikvisionError) => void;
  timing?: Partial<Timing>;
}

/** What one call of the database says of a terminal's lock. */
interface TakeRow {
  taken: boolean;
  taken_over: boolean;
  quiet_ms: number;
  backend: number;
}

/**
 * Which terminals this instance may work on: for each an advisory lock of PostgreSQL, all of them on one watched connection.
 * When the server may have let go of them, all are lost at once, before anybody else can have one.
 */
export class Ownership implements TerminalGuard {
  /** Names this start of the process; written beside what it takes. */
  readonly boot = randomUUID();
  private readonly timing: Timing;
  private readonly session: LockSession;
  private readonly claims = new Map<string, Claim>();
  /** What the database is being asked about a terminal: one thing at a time. */
  private readonly asked = new Map<string, Promise<unknown>>();
  /** Of locks, by their keys, and of the connection. */
  private readonly news = new News();
  private closing = false;
  private ended: Promise<void> | undefined;

  constructor(private readonly options: OwnershipOptions) {
    const { settings, onState = () => undefined, timing } = options;
    this.timing = { ...TIMING, ...timing };
    this.session = new LockSession({
      settings,
      boot: this.boot,
      timing: this.timing,
      onLost: () => this.lost(),
      onState: (state, failure) => {
        this.news.tell();
        onState(state, failure);
      },
    });
    this.session.listen(RELEASED, (key) => this.news.tell(key));
  }

  get state(): FleetState {
    return this.session.state;
  }

  /** Connects, and again whenever the connection ends. */
  start(): void {
    this.session.start();
  }

  /** Calls back for each NOTIFY on `<schema>_<topic>`, and with '' when some may have been missed. @returns ends it */
  listen(topic: string, callback: (payload: string) => void): () => void {
    return this.session.listen(topic, callback);
  }

  /** @throws HikvisionError `NOT_OWNER`, when the database has been away for longer than such a moment as a restart takes */
  async acquire(serial: string, signal: AbortSignal): Promise<GuardHold> {
    for (;;) {
      signal.throwIfAborted();
      await this.ready(signal);
      const release = this.news.expect(lockKeyOf(serial));
      try {
        const hold = await this.holdUnless(serial, signal);
        if (hold) return hold;
        await release.wait(this.timing.retryMs, signal);
      } finally {
        release.end();
      }
    }
  }

  /**
   * A hold if the terminal is free, or this process has it already. One of an owner that did not end cleanly is free when
   * that one must have noticed: some seconds after it was heard last.
   * @throws HikvisionError `NOT_OWNER` where nobody can say who may work on it
   */
  tryAcquire(serial: string): Promise<GuardHold | undefined> {
    return this.tryHold(serial);
  }

  /**
   * A clean end: everything goes back at once, and who waits for it gets it. What is still in use is lost first; what is not
   * released soon then counts as not cleanly ended.
   */
  close(): Promise<void> {
    this.ended ??= this.end();
    return this.ended;
  }

  private async end(): Promise<void> {
    this.closing = true;
    for (const claim of this.claims.values()) claim.lose();
    this.news.tell();
    await this.allReleased();
    await this.leave();
    await this.session.close();
  }

  /** The sound connection. One that is not is ended here, and everything is lost with it. */
  private connection(): LockConnection | undefined {
    const { connection } = this.session;
    return connection?.isAlive() ? connection : undefined;
  }

  private demandConnection(): LockConnection {
    const connection = this.connection();
    if (!connection || this.closing) throw this.unknown();
    return connection;
  }

  /** A moment without the database is waited for. */
  private async ready(signal: AbortSignal): Promise<void> {
    const until = performance.now() + this.timing.readyMs;
    while (!this.connection()) {
      const left = until - performance.now();
      if (this.closing || this.state === 'refused' || left <= 0) throw this.unknown();
      await this.change(left, signal);
    }
  }

  private async tryHold(serial: string): Promise<OwnHold | undefined> {
    for (;;) {
      const connection = this.demandConnection();
      const held = this.claims.get(serial);
      if (held) return held.hold();
      const asked = this.asked.get(serial);
      if (!asked) return await this.alone(serial, () => this.take(serial, connection));
      await asked.catch(() => undefined);
    }
  }

  /** Undefined where it is not free, or where the connection has ended meanwhile. */
  private async holdUnless(serial: string, signal: AbortSignal): Promise<GuardHold | undefined> {
    const asking = this.tryHold(serial);
    try {
      return await unlessAborted(asking, signal);
    } catch (error) {
      // Nobody waits for it any more; but the lock may be on its way.
      void asking.then(
        (hold) => hold?.abandon(),
        () => undefined,
      );
      signal.throwIfAborted();
      if (this.closing || this.connection()) throw notOwner(asFailure(error));
      return undefined;
    }
  }

  private async take(serial: string, connection: LockConnection): Promise<OwnHold | undefined> {
    const { schema } = namesOf(this.options.settings.schema);
    const key = lockKeyOf(serial);
    const stale = staleMs(this.timing) + this.timing.marginMs;
    // A late capture of somebody who has not noticed yet begins before that.
    const quiet = this.timing.quietMs + stale;
    const values = [key, serial, this.options.settings.instance, this.boot, quiet, stale];
    const text = `select * from ${schema}.take_terminal($1, $2, $3, $4, $5 * interval '1 ms', $6 * interval '1 ms')`;
    const [row] = await connection.query<TakeRow>(text, values).catch(async (error: unknown) => {
      // What is rolled back is not unlocked.
      await connection.query('select pg_advisory_unlock($1)', [key]).catch((failure: unknown) => {
        connection.end(asFailure(failure));
      });
      throw notOwner(asFailure(error));
    });
    connection.assertSame(row?.backend);
    if (!row?.taken) return undefined;
    const quietUntil = row.quiet_ms > 0 ? Date.now() + Math.ceil(row.quiet_ms) : 0;
    return this.claim(serial, connection, { takenOver: row.taken_over, quietUntil });
  }

  private claim(serial: string, connection: LockConnection, taken: Taken): OwnHold {
    if (!connection.isAlive()) throw this.unknown();
    const claim = new Claim(serial, connection, taken, (free) => this.freed(free));
    this.claims.set(serial, claim);
    // Given back with everything else.
    if (this.closing) throw this.unknown();
    return claim.hold();
  }

  /** Nobody in this process works on the terminal any more. */
  private freed(claim: Claim): void {
    if (this.closing) this.news.tell();
    else if (this.claims.get(claim.serial) === claim) {
      this.claims.delete(claim.serial);
      this.alone(claim.serial, () => this.release(claim)).catch(() => undefined);
    }
  }

  /** Until the database knows; the lock stays where it does not get to it. */
  private async release({ serial, connection, isClean }: Claim): Promise<void> {
    const { schema } = namesOf(this.options.settings.schema);
    const text = `select ${schema}.release_terminal($1, $2, $3, $4)`;
    while (connection.isAlive()) {
      try {
        await connection.query(text, [lockKeyOf(serial), serial, this.boot, isClean]);
        return;
      } catch {
        await wait(this.timing.retryMs);
      }
    }
  }

  /** Until those in use are released, as far as that is soon, and the database has answered what it was asked. */
  private async allReleased(): Promise<void> {
    const until = performance.now() + this.timing.graceMs;
    const inUse = (): boolean => this.asked.size > 0 || [...this.claims.values()].some(({ isFree }) => !isFree);
    for (let left = this.timing.graceMs; inUse() && left > 0; left = until - performance.now()) await this.change(left);
  }

  private async leave(): Promise<void> {
    const { schema } = namesOf(this.options.settings.schema);
    const clean = [...this.claims.values()].filter(({ isClean }) => isClean).map(({ serial }) => serial);
    const values = [this.options.settings.instance, this.boot, clean];
    await this.connection()
      ?.query(`select ${schema}.leave($1, $2, $3)`, values)
      .catch(() => undefined);
  }

  /** One thing at a time about a terminal. */
  private alone<T>(serial: string, work: () => Promise<T>): Promise<T> {
    const asked = work().finally(() => {
      this.asked.delete(serial);
      if (this.closing) this.news.tell();
    });
    this.asked.set(serial, asked);
    return asked;
  }

  private lost(): void {
    const claims = [...this.claims.values()];
    this.claims.clear();
    for (const claim of claims) claim.lose();
  }

  private async change(ms: number, signal?: AbortSignal): Promise<void> {
    const change = this.news.expect();
    try {
      await change.wait(ms, signal);
    } finally {
      change.end();
    }
  }

  private unknown(): HikvisionError {
    const { failure } = this.session;
    return failure ? notOwner(failure) : HikvisionError.of('ownershipUnknown', { delivery: 'unsent', retryable: true });
  }
}

/** Says what is wrong with the database to who wanted to work on a terminal. */
function notOwner({ reason, params }: HikvisionError): HikvisionError {
  return HikvisionError.of(reason as 'databaseUrl', { code: 'NOT_OWNER', delivery: 'unsent', retryable: true, params });
}
