import type { GuardNotes } from '../../../core/isapi/terminal/guard.js';
import type { LockConnection } from './lock-connection.js';

/**
 * What the instances know of one terminal, in the database. On the connection that has the terminal's lock: who has lost it
 * can write nothing any more.
 */
export class Notes implements GuardNotes {
  constructor(
    private readonly connection: LockConnection,
    private readonly serial: string,
  ) {}

  async load(): Promise<string | undefined> {
    const [row] = await this.connection.query<{ text: string }>(
      `select n.text from ${this.connection.schema}.note n where n.serial = $1`,
      [this.serial],
    );
    return row?.text;
  }

  async save(text: string): Promise<void> {
    await this.connection.query(
      `insert into ${this.connection.schema}.note (serial, text) values ($1, $2)
         on conflict (serial) do update set text = excluded.text, saved_at = clock_timestamp()`,
      [this.serial, text],
    );
  }

  async forget(): Promise<void> {
    await this.connection.query(`delete from ${this.connection.schema}.note where serial = $1`, [this.serial]);
  }
}
