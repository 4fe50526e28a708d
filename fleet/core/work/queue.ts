import { PgBoss } from 'pg-boss';

import type { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { databaseFailure } from '../database/failures.js';
import { namesOf, workSchemaOf, type SchemaNames } from '../database/names.js';
import { migrate } from '../database/schema.js';
import { CORE } from '../database/tables.js';
import type { FleetSettings, ListedTerminal, Priority, WorkFor } from '../options.js';
import { attemptOf, claim, claimLetters, kept, touch } from './claims.js';
import type { Claim, ClaimedLetter, KeptFailure } from './claims.js';
import { Connections } from './connections.js';
import { BY_URGENCY, DEAD, LAPSED, queueOf, SITE_PREFIX, UNLISTED } from './names.js';
import { WORK_MIGRATIONS } from './sql.js';

/** Seconds without a sign of life after which a job goes to somebody else: the least that pg-boss takes. */
const HEARTBEAT_S = 10;
/** Seconds between two looks for jobs without a sign of life; all instances together, not each. */
const MONITOR_S = 3;
/** Seconds between two times that pg-boss removes what is done. */
const MAINTENANCE_S = 600;
const DAY_S = 24 * 3600;
/** Seconds after which finished work is removed; what is to be known of it stands in our own tables. */
const KEEP_DONE_S = 3600;
/** Seconds after which a dead letter that failed comes again. */
const DEAD_PAUSE_S = 300;
/** Milliseconds for the end of what is being asked when this ends. */
const END_MS = 5000;

/** How often work is tried again, and when. */
export interface Retries {
  limit: number;
  /** Seconds; the pause doubles each time. */
  firstS: number;
  longestS: number;
}

export const RETRIES: Retries = { limit: 8, firstS: 5, longestS: 300 };

/** Codes of a login that was not accepted: tried again by itself, it would lock the terminal's account. */
const LOGIN_CODES: ReadonlySet<string> = new Set(['UNAUTHORIZED', 'LOCKED', 'BASIC_REFUSED']);

/** How a job goes back as if it had not been taken. */
export interface GivingBack {
  pauseMs: number;
  /** Whether work had begun: who takes it next looks at the terminal again. */
  begun: boolean;
  /** Nobody lists its terminal: it waits until somebody does. */
  unlisted?: boolean;
}

/** The fleet's work in its database. Every failure is a HikvisionError of the database. */
export class WorkQueue {
  private readonly names: SchemaNames;
  private readonly connections: Connections;
  private readonly boss: PgBoss;
  private readonly made = new Set<string>();
  private sites = new Set<string>();

  /** @param onProblem what pg-boss says beside: worth a warning, and no more */
  constructor(
    private readonly settings: FleetSettings,
    private readonly retries: Retries,
    onProblem: (problem: HikvisionError) => void,
  ) {
    this.names = namesOf(settings.schema);
    const connections = (this.connections = new Connections(settings));
    this.boss = new PgBoss({
      db: { executeSql: (text, values) => connections.query(text, values) },
      schema: workSchemaOf(settings.schema),
      // Ours make it with their own, one after the other.
      createSchema: false,
      superviseIntervalSeconds: MONITOR_S,
      monitorIntervalSeconds: MONITOR_S,
      maintenanceIntervalSeconds: MAINTENANCE_S,
      flowIntervalSeconds: MAINTENANCE_S,
      schedule: false,
      monitorVacuum: false,
    });
    this.boss.on('error', (error: unknown) => onProblem(this.failure(error)));
  }

  /** Makes what is missing in the database; several instances may do so at once. */
  async open(): Promise<void> {
    await this.asked(async () => {
      await this.migrate(CORE);
      await this.boss.start();
      await this.makeQueues();
      await this.migrate(WORK_MIGRATIONS);
      await this.lookForQueues();
    });
  }

  /** @param cut does not wait for a database that may not answer any more */
  async close(cut = false): Promise<void> {
    const timer = setTimeout(() => this.connections.cut(), cut ? 0 : END_MS);
    if (cut) this.connections.cut();
    await this.boss.stop({ graceful: false }).catch(() => undefined);
    if (!cut) await this.connections.end();
    clearTimeout(timer);
  }

  /** Takes the most urgent work that is due, of all queues of this instance together. */
  async claim(most: number): Promise<Claim[]> {
    const claims: Claim[] = [];
    try {
      const queues = await this.dueQueues();
      for (const urgency of BY_URGENCY) {
        for (const { name, priority } of queues) {
          if (claims.length >= most) return claims;
          if (priority >= urgency) claims.push(...(await claim(this.boss, name, most - claims.length, urgency)));
        }
      }
    } catch (error) {
      // What has been taken is worked on; the next time will tell.
      if (claims.length === 0) throw this.failure(error);
    }
    return claims;
  }

  claimLetters(most: number): Promise<ClaimedLetter[]> {
    return this.asked(() => claimLetters(this.boss, most));
  }

  touch(claims: readonly Claim[]): Promise<void> {
    return this.asked(() => touch(this.boss, claims));
  }

  async complete(claimed: Claim): Promise<void> {
    await this.asked(async () => {
      await this.boss.complete(claimed.queue, attemptOf(claimed));
      const { schema } = this.names;
      await this.connections.query(`update ${schema}.terminal set finished_at = now(), error = null where name = $1`, [
        claimed.terminal,
      ]);
    });
  }

  /**
   * Comes again after a pause, or is a dead letter after the last attempt.
   * @returns whether that was the last one
   */
  async fail(claimed: Claim, failure: KeptFailure): Promise<boolean> {
    const said = kept(failure);
    const isLast = claimed.retryCount >= this.retries.limit || LOGIN_CODES.has(failure.code);
    await this.asked(async () => {
      if (isLast) {
        await this.connections.query(
          `update ${this.names.work}.job set retry_limit = retry_count
             where name = $1 and id = $2 and state = 'active' and retry_count = $3`,
          [claimed.queue, claimed.id, claimed.retryCount],
        );
      }
      await this.boss.fail(claimed.queue, attemptOf(claimed), said);
      const { schema } = this.names;
      await this.connections.query(`update ${schema}.terminal set failed_at = now(), error = $2 where name = $1`, [
        claimed.terminal,
        said,
      ]);
    });
    return isLast;
  }

  async completeLetter(letter: ClaimedLetter): Promise<void> {
    await this.asked(() => this.boss.complete(DEAD, attemptOf(letter)));
  }

  async failLetter(letter: ClaimedLetter, failure: KeptFailure): Promise<void> {
    await this.asked(() => this.boss.fail(DEAD, attemptOf(letter), kept(failure)));
  }

  async giveBack({ queue, id, retryCount }: Claim, { pauseMs, begun, unlisted }: GivingBack): Promise<void> {
    const values = [queue, id, retryCount, pauseMs / 1000, begun, unlisted ? UNLISTED : null];
    await this.ask(`${this.names.schema}.give_back($1, $2, $3, $4 * interval '1 s', $5, $6)`, values);
  }

  /** One more look at a terminal after a while, whatever is done there until then. */
  async lookAgain(terminal: string, afterMs: number): Promise<void> {
    const { schema } = this.names;
    const call = `${schema}.enqueue($1, ${schema}.priority_number('change'), $2 * interval '1 s', 'again', false)`;
    await this.ask(call, [terminal, afterMs / 1000]);
  }

  /** @returns undefined where the fleet knows no such terminal */
  async send(work: WorkFor, priority: Priority): Promise<{ terminals: number; added: number } | undefined> {
    const { schema } = this.names;
    const [which, value] = whichOf(work, schema);
    const { rows } = await this.asked(() =>
      this.connections.query<{ terminals: number; added: number }>(
        `select * from ${schema}.work_of(array(select t.name from ${schema}.terminal t where ${which}), $1)`,
        value === undefined ? [priority] : [priority, value],
      ),
    );
    const [row] = rows;
    return row && (row.terminals > 0 || !isOne(work)) ? row : undefined;
  }

  /** @returns how many of them were still there */
  resend(ids: readonly string[]): Promise<number> {
    return this.ask<number>(`${this.names.schema}.resend($1)`, [ids]);
  }

  /** Says which terminals this instance can reach; work that waits elsewhere goes to their queues. */
  async list(terminals: readonly ListedTerminal[]): Promise<void> {
    await this.asked(async () => {
      for (const site of new Set(terminals.map((each) => each.site))) await this.makeQueue(queueOf(site));
      await this.lookForQueues();
    });
    const values = [this.settings.instance, terminals.map(({ name }) => name), terminals.map(({ site }) => site)];
    await this.ask(`${this.names.schema}.list_terminals($1, $2, $3)`, values);
  }

  /** Whether somebody has listed a terminal within that time. */
  async isListed(terminal: string, withinMs: number): Promise<boolean> {
    const { rowCount } = await this.asked(() =>
      this.connections.query(
        `select from ${this.names.schema}.terminal where name = $1 and seen_at > now() - $2 * interval '1 s'`,
        [terminal, withinMs / 1000],
      ),
    );
    return rowCount !== 0;
  }

  /** Remembers which unit answers to that name; another one than before stands in `status`. */
  async remember(terminal: string, serial: string): Promise<void> {
    const { schema } = this.names;
    await this.asked(() =>
      this.connections.query(
        `update ${schema}.terminal set serial = $2, former_serial = coalesce(serial, former_serial),
           replaced_at = case when serial is null then replaced_at else now() end
         where name = $1 and serial is distinct from $2`,
        [terminal, serial],
      ),
    );
  }

  /** @param night a date @param share how much of the night has passed, 0 to 1 @returns how many are to be looked at */
  audit(terminals: readonly ListedTerminal[], night: string, share: number): Promise<number> {
    const names = terminals.map(({ name }) => name);
    return this.ask<number>(`${this.names.schema}.audit($1, $2, $3)`, [names, night, share]);
  }

  /** What its owner did not end has paused long enough when that was noticed. */
  async hurry(): Promise<void> {
    const { work } = this.names;
    await this.asked(() =>
      this.connections.query(
        `update ${work}.job_common set start_after = now() where name = any ($1) and state = 'retry'
           and start_after > now() and output->'value'->>'message' = '${LAPSED}'`,
        [this.queues()],
      ),
    );
  }

  /** There is work in that queue. @returns whether this instance takes of it */
  heard(queue: string): boolean {
    if (this.settings.sites.length === 0 && queue.startsWith(SITE_PREFIX)) this.sites.add(queue);
    return this.queues().includes(queue);
  }

  /** Those of this instance, with the highest priority that is due in each. */
  private async dueQueues(): Promise<{ name: string; priority: number }[]> {
    const { rows } = await this.connections.query<{ name: string; priority: number }>(
      `select name, max(priority) as priority from ${this.names.work}.job_common
       where name = any ($1) and state < 'active' and not blocked and start_after <= now() group by name order by random()`,
      [this.queues()],
    );
    return rows;
  }

  private queues(): string[] {
    return [...this.sites];
  }

  private async lookForQueues(): Promise<void> {
    const { sites } = this.settings;
    if (sites.length > 0) {
      this.sites = new Set(sites.map(queueOf));
      return;
    }
    const there = await this.boss.getQueues();
    this.sites = new Set(there.map(({ name }) => name).filter((name) => name.startsWith(SITE_PREFIX)));
  }

  private async makeQueues(): Promise<void> {
    if (!this.made.has(DEAD)) {
      await this.boss.createQueue(DEAD, {
        ...{ policy: 'standard', retryLimit: 1_000_000, retryDelay: DEAD_PAUSE_S, heartbeatSeconds: HEARTBEAT_S },
        ...{ expireInSeconds: DAY_S, retentionSeconds: 365 * DAY_S, deleteAfterSeconds: KEEP_DONE_S },
      });
      this.made.add(DEAD);
    }
    for (const name of [UNLISTED, ...this.settings.sites.map(queueOf)]) await this.makeQueue(name);
  }

  private async makeQueue(name: string): Promise<void> {
    if (this.made.has(name)) return;
    const { limit, firstS, longestS } = this.retries;
    await this.boss.createQueue(name, {
      ...{ policy: 'short', deadLetter: DEAD, heartbeatSeconds: HEARTBEAT_S, expireInSeconds: DAY_S },
      ...{ retryLimit: limit, retryDelay: firstS, retryBackoff: true, retryDelayMax: longestS },
      ...{ retentionSeconds: 30 * DAY_S, deleteAfterSeconds: KEEP_DONE_S },
    });
    this.made.add(name);
  }

  private async migrate(migrations: typeof CORE): Promise<void> {
    const client = await this.connections.pool.connect();
    try {
      await migrate(client, this.settings.schema, migrations);
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** Calls a function of the database. */
  private async ask<Result>(call: string, values: unknown[]): Promise<Result> {
    const { rows } = await this.asked(() =>
      this.connections.query<{ result: Result }>(`select ${call} as result`, values),
    );
    return (rows[0] as { result: Result }).result;
  }

  private async asked<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    try {
      return await question();
    } catch (error) {
      throw this.failure(error);
    }
  }

  private failure(error: unknown): HikvisionError {
    return databaseFailure(error, this.settings.connection);
  }
}

function isOne(work: WorkFor): boolean {
  return typeof work === 'object' && 'terminal' in work;
}

function whichOf(work: WorkFor, schema: string): [condition: string, value?: string] {
  if (work === 'all') return [`${schema}.is_listed(t.seen_at)`];
  if ('terminal' in work) return ['t.name = $2', work.terminal];
  return [`t.site = $2 and ${schema}.is_listed(t.seen_at)`, work.site];
}
