import { createHash } from 'node:crypto';
import path from 'node:path';

import { unlessAborted } from '../../../http/turns/wait.js';
import { readStateFile, writeStateFile, type WriteOptions } from '../../../delivery/state-file.js';
import { asDialect, type Dialect } from '../log/dialect.js';
import { CursorFile } from './cursor-file.js';
import { cursorStateIn } from './unit-state.js';

/** Somebody else may have made the file. */
const MOST_BYTES = 4 * 1024 * 1024;

/** How files are read and written. */
export interface StateFiles {
  /** undefined where there is none. */
  read(file: string): Promise<unknown>;
  write(file: string, text: string, options: WriteOptions): Promise<void>;
}

const FILES: StateFiles = { read: (file) => readStateFile(file, MOST_BYTES), write: writeStateFile };

/** What a terminal is, for what is remembered of it. */
export interface UnitIdentity {
  serialNumber: string;
  firmware: string;
}

interface OpenedFile {
  file: CursorFile;
  problem?: Error;
  release: () => void;
}

/**
 * What is remembered of events between two starts: how far each node has delivered those of each terminal, and what each
 * terminal wants of a search. No event, no name and no picture.
 */
export class EventMemory {
  /** Who has a file or waits for it, by node and terminal; settled when all of them are done with it. */
  private readonly users = new Map<string, Promise<void>>();

  constructor(
    private readonly folder: string,
    private readonly files: StateFiles = FILES,
  ) {}

  /**
   * The file of one node for one terminal; `problem`: there is one that cannot be read, and this begins anew. It is for
   * one at a time: whoever was just stopped may still have to write it.
   * @param reader the id of the node
   * @returns `release` is to be called when nothing more is written
   * @throws what the signal was aborted with; the system's own error where the file may be readable later
   */
  async cursorFile(reader: string, terminal: string, signal: AbortSignal): Promise<OpenedFile> {
    const key = `${reader}/${terminal}`;
    const before = this.users.get(key) ?? Promise.resolve();
    let release = (): void => undefined;
    const own = new Promise<void>((resolve) => (release = resolve));
    const all = before.then(() => own);
    this.users.set(key, all);
    void all.then(() => {
      if (this.users.get(key) === all) this.users.delete(key);
    });
    try {
      await unlessAborted(before, signal);
      return { ...(await this.read(reader, terminal)), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  private async read(reader: string, terminal: string): Promise<Omit<OpenedFile, 'release'>> {
    const file = path.join(
      this.folder,
      /^\w{1,64}$/.test(reader) ? reader : hashed(reader),
      `${hashed(terminal)}.json`,
    );
    const place = {
      write: (text: string, flush: boolean) => this.files.write(file, text, { flush, onlyWriter: true }),
    };
    try {
      const found = await this.files.read(file);
      const state = cursorStateIn(found);
      if (found === undefined || state) return { file: new CursorFile(place, state) };
      return { file: new CursorFile(place), problem: new Error('unknown content') };
    } catch (error) {
      if (isPassing(error)) throw error;
      return { file: new CursorFile(place), problem: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  /** What a terminal was found to want of a search; undefined where nobody knows. */
  async dialect(unit: UnitIdentity): Promise<Dialect | undefined> {
    try {
      return asDialect(await this.files.read(this.dialectFile(unit)));
    } catch {
      return undefined;
    }
  }

  /** Where it cannot be saved, it is found out again. */
  async saveDialect(unit: UnitIdentity, dialect: Dialect | undefined): Promise<void> {
    const text = JSON.stringify(dialect ?? {});
    await this.files.write(this.dialectFile(unit), text, { flush: false }).catch(() => undefined);
  }

  private dialectFile({ serialNumber, firmware }: UnitIdentity): string {
    return path.join(this.folder, 'searches', `${hashed(`${serialNumber}\n${firmware}`)}.json`);
  }
}

const PASSING = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY', 'EIO', 'ESTALE', 'ETIMEDOUT']);

/** Whether the file may be there and well: then nothing is begun anew. */
function isPassing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && PASSING.has(String(error.code));
}

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
