import { asFailure, HikvisionError } from '../../../core/errors/hikvision-error.js';
import { backOff, wait } from '../../../core/http/turns/wait.js';
import { isForGood } from '../database/failures.js';
import { channelOf, namesOf } from '../database/names.js';
import type { FleetSettings, FleetState } from '../options.js';
import { enterFleet } from './entry.js';
import { LockConnection } from './lock-connection.js';
import type { Timing } from './timing.js';

/** Milliseconds before what needs somebody's hand is tried again; and before a name that somebody has. */
const REFUSED_MS = 30_000;
const TAKEN_MS = 1_000;

export interface SessionOptions {
  settings: FleetSettings;
  /** Names this start of the process. */
  boot: string;
  timing: Timing;
  onState: (state: FleetState, failure?: HikvisionError) => void;
  /** The locks may be somebody else's from now on; called before any state is told. */
  onLost: () => void;
}

/** The connection that holds all locks of an instance, made again whenever it ends. */
export class LockSession {
  /** The connection while it is sound. */
  connection: LockConnection | undefined;
  state: FleetState = 'connecting';
  /** Why there is no connection. */
  failure: HikvisionError | undefined;
  private readonly stopped = new AbortController();
  private readonly listeners = new Map<string, Set<(payload: string) => void>>();
  private life: Promise<void> | undefined;

  constructor(private readonly options: SessionOptions) {}

  start(): void {
    this.life ??= this.live();
  }

  /**
   * Calls back for each NOTIFY on `<schema>_<topic>`, and with '' when some may have been missed.
   * @returns ends it
   */
  listen(topic: string, callback: (payload: string) => void): () => void {
    const callbacks = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, callbacks.add(callback));
    if (callbacks.size === 1 && this.connection) void this.hear(this.connection, [topic]);
    return () => void callbacks.delete(callback);
  }

  /** Ends the connection and makes none any more; whoever wants to say good-bye does so before. */
  async close(): Promise<void> {
    this.stopped.abort(HikvisionError.of('cancelled'));
    await this.life;
    this.tell('closed');
  }

  private async live(): Promise<void> {
    for (let attempt = 1; !this.isStopped(); attempt += 1) {
      const failure = await this.oneLife(() => (attempt = 0));
      if (this.isStopped()) return;
      this.tell(stateOf(failure), failure);
      const again = isForGood(failure) ? REFUSED_MS : backOff(Math.max(attempt, 1));
      await wait(failure.reason === 'instanceTaken' ? TAKEN_MS : again, this.stopped.signal).catch(() => undefined);
    }
  }

  /** From the connection to its end. @returns why it ended */
  private async oneLife(onReady: () => void): Promise<HikvisionError> {
    const { settings, boot, timing } = this.options;
    let connection: LockConnection | undefined;
    const stop = (): void => connection?.end(this.stopped.signal.reason as HikvisionError);
    this.stopped.signal.addEventListener('abort', stop);
    try {
      const entered = await enterFleet(settings, boot, timing, this.stopped.signal);
      const ended = new Promise<HikvisionError>((resolve) => {
        connection = new LockConnection(entered, settings, boot, timing, (failure) => {
          this.lose(failure);
          resolve(failure);
        });
      });
      entered.client.on('notification', ({ channel, payload = '' }) => this.notified(channel, payload));
      if (connection) await this.begin(connection, onReady);
      return await ended;
    } catch (error) {
      const failure = asFailure(error);
      connection?.end(failure);
      return failure;
    } finally {
      this.stopped.signal.removeEventListener('abort', stop);
    }
  }

  /** Ready as soon as it was heard once, and hears. */
  private async begin(connection: LockConnection, onReady: () => void): Promise<void> {
    await connection.beat();
    await this.hear(connection, [...this.listeners.keys()]);
    if (!connection.isAlive()) return;
    onReady();
    this.connection = connection;
    this.tell('ready');
  }

  private lose(failure: HikvisionError): void {
    if (!this.connection) return;
    this.connection = undefined;
    this.options.onLost();
    if (!this.isStopped()) this.tell(stateOf(failure), failure);
  }

  private async hear(connection: LockConnection, topics: readonly string[]): Promise<void> {
    const { channel } = namesOf(this.options.settings.schema);
    try {
      for (const topic of topics) await connection.query(`listen ${channel(topic)}`);
      for (const topic of topics) this.call(topic, '');
    } catch (error) {
      connection.end(asFailure(error));
    }
  }

  private notified(channel: string, payload: string): void {
    for (const topic of this.listeners.keys()) {
      if (channelOf(this.options.settings.schema, topic) === channel) this.call(topic, payload);
    }
  }

  private call(topic: string, payload: string): void {
    for (const callback of [...(this.listeners.get(topic) ?? [])]) callback(payload);
  }

  /** Once for each change. */
  private tell(state: FleetState, failure?: HikvisionError): void {
    if (state === this.state && failure?.reason === this.failure?.reason) return;
    this.state = state;
    this.failure = failure;
    this.options.onState(state, failure);
  }

  private isStopped(): boolean {
    return this.stopped.signal.aborted;
  }
}

function stateOf(failure: HikvisionError): FleetState {
  return isForGood(failure) ? 'refused' : 'lost';
}
