import { createRequire } from 'node:module';

interface Database {
  exec(sql: string, done: (error: Error | null) => void): void;
  all(sql: string, done: (error: Error | null, rows: Record<string, unknown>[]) => void): void;
  close(done: () => void): void;
}

/** The driver that comes with the sqlite node. */
const driver = createRequire(require.resolve('node-red-node-sqlite/sqlite.js'))('sqlite3') as { Database: new (file: string) => Database };

/** Runs these statements while Node-RED does not. */
export async function changeDatabase(file: string, statements: string[]): Promise<void> {
  await withDatabase<null>(file, (database, done) => database.exec(statements.join(';'), (error) => done(error, null)));
}

/** The rows that this statement finds. */
export function rowsOf(file: string, sql: string): Promise<Record<string, unknown>[]> {
  return withDatabase(file, (database, done) => database.all(sql, done));
}

async function withDatabase<T>(file: string, work: (database: Database, done: (error: Error | null, result: T) => void) => void): Promise<T> {
  const database = new driver.Database(file);
  try {
    return await new Promise<T>((resolve, reject) => {
      work(database, (error, result) => (error ? reject(error) : resolve(result)));
    });
  } finally {
    await new Promise<void>((resolve) => database.close(resolve));
  }
}
