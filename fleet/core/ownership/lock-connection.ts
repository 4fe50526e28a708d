import type { QueryResultRow } from 'pg';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { addressOf, databaseFailure } from '../database/failures.js';
import { namesOf } from '../database/names.js';
import type { FleetSettings } from '../options.js';
import type { Entered } from './entry.js';
import { momentNow, since, staleMs, type Moment, type Timing } from './timing.js';

/** A query that waits for its turn. */
interface Waiting {
  run: () => Promise<void>;
  reject: (failure: HikvisionError) => void;
}

/**
 * One life of the connection that holds all locks of an instance, from the moment at which it has its name. It ends once,
 * at the first sign that the server may have let go of the locks, and is not used again.
 */
export class LockConnection {
  private readonly queue: Waiting[] = [];
  private running: Waiting | undefined;
  private failure: HikvisionError | undefined;
  private heard: Moment = momentNow();
  private patience: NodeJS.Timeout | undefined;
  private readonly beats: NodeJS.Timeout;

  /** @param onEnd called once, before anybody hears of it in another way */
  constructor(
    private readonly entered: Entered,
    private readonly settings: FleetSettings,
    private readonly boot: string,
    private readonly timing: Timing,
    private readonly onEnd: (failure: HikvisionError) => void,
  ) {
    const { client } = entered;
    client.on('error', (error) => this.end(this.failureOf(error)));
    client.on('end', () => this.end(this.failureOf(new Error('Connection terminated'))));
    this.beats = setInterval(() => void this.beat(), timing.beatMs);
  }

  /** The schema of our tables, as SQL names it. */
  get schema(): string {
    return namesOf(this.settings.schema).schema;
  }

  /** Whether the server must still have the locks, as far as anybody can know. Ends it where that is not sure. */
  isAlive(): boolean {
    if (!this.failure && since(this.heard) > staleMs(this.timing)) this.end(this.silent());
    return !this.failure;
  }

  /** In turn. @throws HikvisionError; where the connection has ended, why */
  query<Row extends QueryResultRow>(text: string, values: unknown[] = [], first = false): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      if (this.failure) {
        reject(this.failure);
        return;
      }
      const run = async (): Promise<void> => {
        const { rows } = await this.entered.client.query<Row>(text, values);
        resolve(rows);
      };
      if (first) this.queue.unshift({ run, reject });
      else this.queue.push({ run, reject });
      void this.next();
    });
  }

  /** Asks whether the server is there and still on the same connection; everything else waits behind it. */
  async beat(): Promise<void> {
    if (!this.isAlive() || this.patience) return;
    const asked = momentNow();
    this.patience = setTimeout(() => this.end(this.silent()), this.timing.patienceMs);
    const { schema } = namesOf(this.settings.schema);
    try {
      const values = [this.settings.instance, this.boot];
      const [answer] = await this.query<{ backend: number }>(`select ${schema}.beat($1, $2) as backend`, values, true);
      this.assertSame(answer?.backend);
      // When it was asked: only then is it sure that the server had the locks.
      this.heard = asked;
    } catch (error) {
      const failure = this.failureOf(error);
      // Somebody has locked our row: not heard, but the next beat may be, before that is too long ago.
      if (failure.reason !== 'databaseBusy') this.end(failure);
    } finally {
      clearTimeout(this.patience);
      this.patience = undefined;
    }
  }

  /**
   * Whoever was answered by another process of the server than the one that has the locks has a pooler in between.
   * @throws HikvisionError `databasePooler`
   */
  assertSame(backend: number | undefined): void {
    if (backend === this.entered.backend) return;
    const failure = HikvisionError.of('databasePooler');
    this.end(failure);
    throw failure;
  }

  /** Takes the connection away; everything that waits fails. */
  end(failure: HikvisionError): void {
    if (this.failure) return;
    this.failure = failure;
    clearInterval(this.beats);
    clearTimeout(this.patience);
    this.onEnd(failure);
    this.entered.destroy();
    for (const { reject } of this.queue.splice(0)) reject(failure);
    this.running?.reject(failure);
  }

  private async next(): Promise<void> {
    if (this.running || this.failure) return;
    const query = this.queue.shift();
    if (!query) return;
    this.running = query;
    try {
      await query.run();
    } catch (error) {
      const failure = this.failureOf(error);
      if (isFatal(error)) this.end(failure);
      query.reject(failure);
    }
    this.running = undefined;
    void this.next();
  }

  private failureOf(error: unknown): HikvisionError {
    return databaseFailure(error, this.settings.connection);
  }

  private silent(): HikvisionError {
    const params = { address: addressOf(this.settings.connection) };
    return HikvisionError.of('databaseSilent', { retryable: true, params });
  }
}

/** After which the server closes the connection. (Its word for how grave it is comes in the server's language.) */
function isFatal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(57P0|08|25P0[34])/.test(String(error.code));
}
