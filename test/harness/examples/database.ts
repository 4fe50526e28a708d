import { createRequire } from 'node:module';

interface Database {
  exec(sql: string, done: (error: Error | null) => void): void;
  close(done: () => void): void;
}

/** The driver that comes with the sqlite node. */
const driver = createRequire(require.resolve('node-red-node-sqlite/sqlite.js'))('sqlite3') as { Database: new (file: string) => Database };

/** Runs these statements while Node-RED does not. */
export async function changeDatabase(file: string, statements: string[]): Promise<void> {
  const database = new driver.Database(file);
  try {
    await new Promise<void>((resolve, reject) => {
      database.exec(statements.join(';'), (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    await new Promise<void>((resolve) => database.close(resolve));
  }
}
