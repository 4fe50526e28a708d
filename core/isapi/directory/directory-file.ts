import { watch, type FSWatcher, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';

import { LIMITS } from './columns.js';
import { readDelimited, type Table } from './delimited.js';
import { readJson } from './json-rows.js';

/** Why a whole file is of no use: the system's own code, or one of ours. */
type FileFailure = 'NOT_A_FILE' | 'TOO_LARGE' | 'ENCODING' | (string & {});

export interface FileEvents {
  /** The file was read: for the first time, or because it has changed. */
  onTable: (table: Table) => void;
  /** It cannot be read; what was read before stays. Told once until it can be again, or another reason comes. */
  onFailure: (reason: FileFailure) => void;
}

/** A writer is left this long (milliseconds) to finish. */
const SETTLE_MS = 150;

/**
 * A table of terminals in a file, JSON or CSV, read again when it changes. Its folder is watched, not the file, so that one
 * that is replaced (written beside it and renamed, as careful writers do) is noticed; no timer runs while nothing happens.
 */
export class DirectoryFile {
  private watcher: FSWatcher | undefined;
  private settling: NodeJS.Timeout | undefined;
  private seen = '';
  private failure = '';
  private isClosed = false;
  private reading: Promise<void> = Promise.resolve();

  constructor(
    private readonly file: string,
    private readonly events: FileEvents,
  ) {}

  /**
   * Reads the file if it is not as it was, and begins to watch it. To be called too before all its terminals are meant: not
   * every file system tells of changes.
   */
  refresh(): Promise<void> {
    this.watch();
    this.reading = this.reading.then(() => this.readIfChanged());
    return this.reading;
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.settling);
    this.watcher?.close();
  }

  private watch(): void {
    if (this.watcher || this.isClosed) return;
    try {
      const watcher = watch(path.dirname(this.file), { persistent: false }, () => this.readSoon());
      this.watcher = watcher;
      watcher.on('error', () => {
        watcher.close();
        if (this.watcher === watcher) this.watcher = undefined;
      });
    } catch {
      // No such folder yet, or too many watched: refresh() tries again.
    }
  }

  private readSoon(): void {
    clearTimeout(this.settling);
    if (!this.isClosed) this.settling = setTimeout(() => void this.refresh(), SETTLE_MS).unref();
  }

  private async readIfChanged(): Promise<void> {
    try {
      const before = await stat(this.file);
      const stamp = stampOf(before);
      if (stamp === this.seen) return;
      const text = await contentOf(this.file, before);
      if (this.isClosed) return;
      if (stampOf(await stat(this.file)) !== stamp) {
        // Somebody writes at this moment.
        this.readSoon();
        return;
      }
      this.seen = stamp;
      this.failure = '';
      this.events.onTable(/^\s*[[{]/.test(text) ? readJson(text) : readDelimited(text, 'needed'));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.fail(code ?? message);
    }
  }

  private fail(reason: string): void {
    if (this.isClosed || reason === this.failure) return;
    this.failure = reason;
    this.seen = '';
    this.events.onFailure(reason);
  }
}

function stampOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [ino, size, mtimeMs, ctimeMs].join(' ');
}

/** The text of a file of bounded size. A pipe or device is not opened: reading it might never end. */
async function contentOf(file: string, stats: Stats): Promise<string> {
  if (!stats.isFile()) throw failure('NOT_A_FILE');
  if (stats.size > LIMITS.bytes) throw failure('TOO_LARGE');
  const handle = await open(file, 'r');
  try {
    // One byte more than there was: it may have grown meanwhile, and is then read again.
    const buffer = Buffer.alloc(stats.size + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return decoded(buffer.subarray(0, length));
  } finally {
    await handle.close();
  }
}

/** UTF-8, or the UTF-16 that spreadsheets write as "Unicode text". */
function decoded(bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw failure('ENCODING');
  }
}

function failure(code: FileFailure): Error {
  return Object.assign(new Error(code), { code });
}
