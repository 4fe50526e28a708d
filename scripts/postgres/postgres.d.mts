/** A PostgreSQL of one's own, on loopback, with a database `fleet`. */
export interface Postgres {
  readonly url: string;
  readonly port: number;
  /** Starts it again. */
  start(): Promise<void>;
  /** Ends it as an administrator would (`fast`), or as a loss of power (`immediate`); the data stay. */
  stop(how?: 'fast' | 'immediate'): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}
export function startPostgres(options?: { settings?: string[]; port?: number }): Promise<Postgres>;
