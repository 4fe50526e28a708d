import { createHash } from 'node:crypto';
import path from 'node:path';

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

/**
 * What is remembered of events between two starts: how far each node has delivered those of each terminal, and what each
 * terminal wants of a search. No event, no name and no picture.
 */
export class EventMemory {
  constructor(
    private readonly folder: string,
    private readonly files: StateFiles = FILES,
  ) {}

  /**
   * The file of one node for one terminal; `problem`: there is one that cannot be read, and this begins anew.
   * @param reader the id of the node
   */
  async cursorFile(reader: string, terminal: string): Promise<{ file: CursorFile; problem?: Error }> {
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

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
