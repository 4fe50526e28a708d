import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** A file that grows beyond this is written anew with what still counts. */
const COMPACT_BYTES = 8 * 1024 * 1024;
/** A file that somebody else has made is not read into memory whole. */
const MOST_BYTES = 256 * 1024 * 1024;

export interface WriteOptions {
  /** Waits until it is on the disk. */
  durable: boolean;
  /** Called when it is written, before anything else is: what the line says counts from then on. */
  onWritten?: () => void;
}

interface Write {
  text: string;
  durable: boolean;
  done: (error?: Error) => void;
}

/**
 * A file of JSON lines that is only added to. What waits to be written is written and flushed together, in the order in
 * which it was given. Each line begins on a new one, so that a write which failed or was cut short spoils itself alone.
 */
export class Journal {
  private waiting: Write[] = [];
  private working: Promise<void> | undefined;
  private compactAt: number;

  private constructor(
    private readonly file: string,
    private handle: FileHandle,
    private size: number,
    /** What still counts, as lines. */
    private readonly snapshot: () => readonly object[],
    private readonly compactBytes: number,
  ) {
    this.compactAt = Math.max(size, compactBytes);
  }

  /** The lines that were written, those that can be read. @throws the system's own error; Error for a file too large */
  static async read(file: string): Promise<unknown[]> {
    const handle = await open(file, 'r').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!handle) return [];
    try {
      if ((await handle.stat()).size > MOST_BYTES) throw new Error(`larger than ${MOST_BYTES} bytes`);
      return (await handle.readFile('utf8')).split('\n').flatMap(parsedLine);
    } finally {
      await handle.close();
    }
  }

  /** @throws the system's own error */
  static async open(file: string, snapshot: () => readonly object[], compactBytes = COMPACT_BYTES): Promise<Journal> {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, 'a', 0o600);
    return new Journal(file, handle, (await stat(file)).size, snapshot, compactBytes);
  }

  /**
   * Resolves when the line is written; where it is `durable`, when it is on the disk with all before it.
   * @throws the system's own error; then the line does not count
   */
  write(line: object, { durable, onWritten }: WriteOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error): void => {
        if (error) {
          reject(error);
        } else {
          onWritten?.();
          resolve();
        }
      };
      this.waiting.push({ text: `\n${JSON.stringify(line)}`, durable, done });
      this.working ??= this.work();
    });
  }

  /** Writes what waits, and lets go of the file. */
  async close(): Promise<void> {
    await this.working;
    await this.handle.close();
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      let failure: Error | undefined;
      try {
        await this.append(batch);
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
      }
      for (const { done } of batch) done(failure);
      if (this.size > this.compactAt) await this.compact().catch(() => undefined);
    }
    this.working = undefined;
  }

  private async append(batch: readonly Write[]): Promise<void> {
    const bytes = Buffer.from(batch.map(({ text }) => text).join(''));
    await this.handle.appendFile(bytes);
    this.size += bytes.length;
    if (batch.some(({ durable }) => durable)) await this.handle.datasync();
  }

  /** Where that fails, the old file goes on, and the next try is later. */
  private async compact(): Promise<void> {
    this.compactAt = this.size + this.compactBytes;
    const text = this.snapshot()
      .map((line) => `\n${JSON.stringify(line)}`)
      .join('');
    const fresh = await this.written(text);
    const old = this.handle;
    this.handle = fresh;
    await old.close();
    this.size = Buffer.byteLength(text);
    this.compactAt = this.size + this.compactBytes;
  }

  /** A new file in the place of the old one, open for what follows. */
  private async written(text: string): Promise<FileHandle> {
    const name = `${this.file}.new`;
    const fresh = await open(name, 'w', 0o600);
    try {
      await fresh.writeFile(text);
      await fresh.sync();
      await rename(name, this.file);
    } catch (error) {
      await fresh.close();
      await rm(name, { force: true });
      throw error;
    }
    await flushFolder(path.dirname(this.file));
    return fresh;
  }
}

/** A rename counts after a power cut only when its folder has been flushed; not every system can do that. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function parsedLine(line: string): unknown[] {
  if (line.trim() === '') return [];
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}
