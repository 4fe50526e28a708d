import { Client } from 'pg';

import type { PersonThen, Release, WantedThen } from '../history.js';

/** The tables of the house, which the fleet knows nothing of: who there is, and who may go where. */
const TABLES = `
  CREATE SCHEMA house;
  CREATE TABLE house.person (number text PRIMARY KEY, name text NOT NULL, ends text NOT NULL, face int NOT NULL);
  CREATE TABLE house.access (terminal text, number text REFERENCES house.person, PRIMARY KEY (terminal, number));
  CREATE TABLE house.terminal (terminal text PRIMARY KEY);
  CREATE VIEW house.wanted AS
    SELECT t.terminal, p.*, a.number IS NOT NULL AS may
      FROM house.terminal t CROSS JOIN house.person p
      LEFT JOIN house.access a ON a.terminal = t.terminal AND a.number = p.number;
`;
/** Each end of an ownership, as the database sees it. */
const WATCH = (schema: string): string => `
  CREATE TABLE house.releases (at timestamptz DEFAULT clock_timestamp(), serial text, instance text);
  CREATE FUNCTION house.note_release() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.released_at IS NOT NULL AND NEW.released_at IS DISTINCT FROM OLD.released_at THEN
        INSERT INTO house.releases (serial, instance) VALUES (NEW.serial, NEW.instance);
      END IF;
      RETURN NULL;
    END $$;
  CREATE TRIGGER note_release AFTER UPDATE ON ${schema}.ownership FOR EACH ROW EXECUTE FUNCTION house.note_release();
`;

const PATIENCE_MS = 60_000;
export const NAMES = ['Anna Berg', 'Борис Лунин'];
const ENDS = ['2020-01-01T00:00:00', '2035-12-31T23:59:59'];

/** A change of the list: of a person, or of where they may go. */
export type Change =
  { what: 'name' | 'ends' | 'face'; number: string } | { what: 'access'; number: string; terminals: readonly string[] };

/** What is wanted, in the database, and what the database saw. */
export class Site {
  readonly wanted: WantedThen[] = [];

  constructor(
    private readonly url: string,
    private readonly schema: string,
  ) {}

  /** Makes the tables, with persons who may go to some of the terminals. */
  async prepare(
    terminals: readonly string[],
    persons: readonly { number: string; places: readonly string[] }[],
  ): Promise<void> {
    await this.once(async (client) => {
      await client.query(TABLES);
      await client.query('INSERT INTO house.terminal SELECT unnest($1::text[])', [terminals]);
      for (const { number, places } of persons) {
        await client.query('INSERT INTO house.person VALUES ($1, $2, $3, 1)', [number, NAMES[0], ENDS[1]]);
        await client.query('INSERT INTO house.access SELECT unnest($1::text[]), $2', [places, number]);
      }
    });
    await this.note(terminals, Date.now());
  }

  /** Whether an instance has made the fleet's tables, and so many terminals are listed. */
  async isReady(terminals: number): Promise<boolean> {
    try {
      const { rows } = await this.once((client) =>
        client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${this.schema}.terminal`),
      );
      return (rows[0]?.count ?? 0) >= terminals;
    } catch {
      return false;
    }
  }

  /** From now on each end of an ownership is noted; the fleet's tables are there. */
  async watch(): Promise<void> {
    await this.once((client) => client.query(WATCH(this.schema)));
  }

  /** In one transaction: the change, and the work that it makes. Waits until the database takes it. */
  async change(change: Change, priority: 'revoke' | 'change'): Promise<void> {
    const since = Date.now();
    const all = [...new Set(this.wanted.map(({ terminal }) => terminal))];
    await this.again(
      async (client) => this.note(await this.changeOnce(client, change, priority), since),
      // It may have been done and not acknowledged; the next try turns it back.
      () => this.note(all, since),
    );
  }

  /** Says that terminals have work. */
  async work(terminals: readonly string[], priority: 'change' | 'audit'): Promise<void> {
    await this.again((client) =>
      client.query(`SELECT ${this.schema}.work(terminal, $2) FROM unnest($1::text[]) AS terminal`, [
        terminals,
        priority,
      ]),
    );
  }

  /** Ends connections that are not ours: those with which instances hold their locks, or any. */
  async terminate(): Promise<void> {
    await this.again((client) =>
      client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      ),
    );
  }

  async releases(): Promise<Release[]> {
    const { rows } = await this.again((client) =>
      client.query<{ at: Date; serial: string; instance: string }>(
        'SELECT at, serial, instance FROM house.releases ORDER BY at',
      ),
    );
    return rows.map(({ at, ...release }) => ({ at: at.getTime(), ...release }));
  }

  /** Terminals of which work waits or goes on, and those with a dead letter. */
  async queue(): Promise<{ leftover: string[]; dead: string[] }> {
    return this.again(async (client) => {
      const { rows: left } = await client.query<{ terminal: string }>(
        `SELECT terminal FROM ${this.schema}.status WHERE waiting > 0 OR active_since IS NOT NULL`,
      );
      const { rows: dead } = await client.query<{ terminal: string }>(
        `SELECT DISTINCT terminal FROM ${this.schema}.dead_letter`,
      );
      return { leftover: left.map(({ terminal }) => terminal), dead: dead.map(({ terminal }) => terminal) };
    });
  }

  /** What the fleet itself shows of its terminals. */
  async status(): Promise<unknown[]> {
    const { rows } = await this.once((client) => client.query<object>(`SELECT * FROM ${this.schema}.status`));
    return rows;
  }

  /** All jobs of the queue, done or not. */
  async jobs(): Promise<unknown[]> {
    const { rows } = await this.once((client) => client.query<object>(`SELECT * FROM ${this.schema}_work.job_common`));
    return rows;
  }

  private async changeOnce(client: Client, change: Change, priority: string): Promise<string[]> {
    const { number } = change;
    await client.query('BEGIN');
    const affected = change.what === 'access' ? [...change.terminals] : await this.placesOf(client, number);
    if (change.what === 'access') {
      const gone = await client.query<{ terminal: string }>(
        'DELETE FROM house.access WHERE number = $1 AND terminal = ANY ($2) RETURNING terminal',
        [number, affected],
      );
      const added = affected.filter((terminal) => !gone.rows.some((row) => row.terminal === terminal));
      await client.query('INSERT INTO house.access SELECT unnest($1::text[]), $2', [added, number]);
    } else if (change.what === 'face') {
      await client.query('UPDATE house.person SET face = 3 - face WHERE number = $1', [number]);
    } else {
      const [one, other] = change.what === 'name' ? NAMES : ENDS;
      await client.query(
        `UPDATE house.person SET ${change.what} = CASE ${change.what} WHEN $2 THEN $3 ELSE $2 END WHERE number = $1`,
        [number, one, other],
      );
    }
    for (const terminal of affected) {
      await client.query(`SELECT ${this.schema}.work($1, $2)`, [terminal, priority]);
    }
    await client.query('COMMIT');
    return affected;
  }

  private async placesOf(client: Client, number: string): Promise<string[]> {
    const { rows } = await client.query<{ terminal: string }>('SELECT terminal FROM house.access WHERE number = $1', [
      number,
    ]);
    return rows.map(({ terminal }) => terminal);
  }

  /** Writes down what these terminals are to hold, as the database says now. */
  private async note(terminals: readonly string[], since: number): Promise<void> {
    const { rows } = await this.again((client) =>
      client.query<{ terminal: string; number: string; name: string; ends: string; face: number }>(
        'SELECT terminal, number, name, ends, face FROM house.wanted WHERE may AND terminal = ANY ($1) ORDER BY number',
        [terminals],
      ),
    );
    const at = Date.now();
    for (const terminal of terminals) {
      const persons = rows
        .filter((row) => row.terminal === terminal)
        .map(({ number, name, ends, face }): PersonThen => {
          return { employeeNo: number, name, ends, face: `P${number}.${face}` };
        });
      this.wanted.push({ since, at, terminal, persons });
    }
  }

  /** Until the database takes it. */
  private async again<T>(
    work: (client: Client) => Promise<T>,
    afterFailure = (): Promise<void> => Promise.resolve(),
  ): Promise<T> {
    const startedAt = Date.now();
    for (;;) {
      try {
        return await this.once(work);
      } catch (error) {
        const { code = '' } = error as { code?: string };
        const isAway = /^(?:08|57P|E)/.test(code) || /terminated|ended|timeout/i.test(String(error));
        if (!isAway || Date.now() - startedAt > PATIENCE_MS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
        await afterFailure();
      }
    }
  }

  private async once<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.url, connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
