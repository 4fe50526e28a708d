import { hash } from 'node:crypto';
import { access, constants, rm } from 'node:fs/promises';
import path from 'node:path';

import { readStateFile, writeStateFile } from '../../delivery/state-file.js';
import type { GuardNotes } from '../terminal/guard.js';
import type { Terminal } from '../terminal/terminal.js';
import { limitsFrom, type SyncLimits } from './reading/limits.js';

/** What is remembered of one terminal between two lists: no name, no picture, no card, only what tells that they changed. */
export interface Remembered {
  /** Of the terminal that this is about; another one there is a terminal of which nothing is known. */
  serial: string;
  /** The version of the face that each person was sent, by number. */
  faces: Map<string, string>;
  /** Bytes after which this terminal cuts a name. */
  nameBytes?: number;
  settled?: Settled;
}

/** Somebody of whom something failed: they may be on the terminal, and are not as the list says. */
export const UNSETTLED = '';
/** Somebody whom the list wanted removed, and who is not there. */
export const GONE = 'gone';

/** The terminal was found to hold what a list says. */
export interface Settled {
  scope: 'listed' | 'all';
  /** What the list said of each person, in short, or one of these two. */
  persons: ReadonlyMap<string, string>;
  /** Persons on the terminal who were in no list. */
  foreign: number;
  found: number;
  /** All that the terminal counted then. */
  count: string;
  /** When all persons were last read; milliseconds since 1970. */
  readAt: number;
  /** What the terminal takes at once, where others who have it in turn are to know. */
  limits?: SyncLimits;
}

const MOST_BYTES = 64 * 1024 * 1024;

/** Where what is remembered of terminals is kept, so that nothing is sent anew without need. */
export interface Memory {
  /** What is known of the terminal; what cannot be read is nothing. */
  load(terminal: Terminal): Promise<Remembered | undefined>;
  /**
   * @param serial of the terminal that it is about
   * @param text what is remembered of it, as `asText` gives it
   * @param flush whether it has to outlive a power cut from now on; else what was there before may come back
   * @throws the system's own error
   */
  save(terminal: Terminal, serial: string, text: string, flush: boolean): Promise<void>;
  /** @throws the system's own error */
  forget(terminal: Terminal): Promise<void>;
}

/** A memory of this process alone: one file a terminal, by its address. */
export class SyncMemory implements Memory {
  constructor(private readonly folder: string) {}

  async load(terminal: Terminal): Promise<Remembered | undefined> {
    try {
      const found = remembered(await readStateFile(this.fileOf(terminal), MOST_BYTES));
      // What cannot be written any more may have been overtaken long ago.
      if (found) await access(this.folder, constants.W_OK);
      return found;
    } catch {
      return undefined;
    }
  }

  async save(terminal: Terminal, _serial: string, text: string, flush: boolean): Promise<void> {
    await writeStateFile(this.fileOf(terminal), text, { flush });
  }

  async forget(terminal: Terminal): Promise<void> {
    await rm(this.fileOf(terminal), { force: true });
  }

  private fileOf({ settings: { host, port } }: Terminal): string {
    const address = `${host.toLowerCase()}:${port}`;
    return path.join(this.folder, `${hash('sha256', address, 'hex').slice(0, 24)}.json`);
  }
}

/**
 * The memory of all who have a terminal in turn. What this process remembered by itself would be untrue as soon as another
 * has been at work there; of its own memory it uses only which terminal hung at that address.
 */
export class SharedMemory implements Memory {
  /** @param notes of the terminal with that serial number; absent: nothing is remembered */
  constructor(
    private readonly serial: string,
    private readonly notes: GuardNotes | undefined,
    private readonly own: Memory,
  ) {}

  async load(terminal: Terminal): Promise<Remembered | undefined> {
    return noted(await this.notes?.load()) ?? this.replaced(await this.own.load(terminal));
  }

  async save(terminal: Terminal, serial: string, text: string): Promise<void> {
    await this.notes?.save(text);
    const own = await this.own.load(terminal);
    if (own?.serial !== serial) await this.own.save(terminal, serial, asText({ serial, faces: new Map() }), true);
  }

  async forget(): Promise<void> {
    await this.notes?.forget();
  }

  /** Only that another terminal was there. */
  private replaced(own: Remembered | undefined): Remembered | undefined {
    return own && own.serial !== this.serial ? { serial: own.serial, faces: new Map() } : undefined;
  }
}

function noted(text: string | undefined): Remembered | undefined {
  try {
    return text === undefined ? undefined : remembered(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** As a file holds it: equal where the same is remembered. */
export function asText({ faces, settled, ...what }: Remembered): string {
  const lists = settled ? { settled: { ...settled, persons: [...settled.persons] } } : {};
  return JSON.stringify({ ...what, faces: [...faces], ...lists });
}

/** What a file holds, if it is what `save` writes. Somebody may have edited it. */
function remembered(value: unknown): Remembered | undefined {
  if (!isObject(value) || typeof value['serial'] !== 'string') return undefined;
  const { serial, nameBytes } = value;
  const faces = textsIn(value['faces']);
  const settled = settledIn(value['settled']);
  if (!faces) return undefined;
  return {
    ...{ serial, faces },
    ...(typeof nameBytes === 'number' ? { nameBytes } : {}),
    ...(settled ? { settled } : {}),
  };
}

function settledIn(value: unknown): Settled | undefined {
  if (!isObject(value)) return undefined;
  const { scope, foreign, found, count, readAt } = value;
  const persons = textsIn(value['persons']);
  const limits = limitsFrom(value['limits']);
  const isScope = scope === 'listed' || scope === 'all';
  if (!isScope || !persons || typeof count !== 'string') return undefined;
  if (typeof foreign !== 'number' || typeof found !== 'number' || typeof readAt !== 'number') return undefined;
  return { scope, persons, foreign, found, count, readAt, ...(limits ? { limits } : {}) };
}

/** Pairs of texts. */
function textsIn(value: unknown): Map<string, string> | undefined {
  if (!Array.isArray(value)) return undefined;
  const pairs = value as readonly unknown[];
  const arePairs = pairs.every(
    (pair): pair is [string, string] =>
      Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' && typeof pair[1] === 'string',
  );
  return arePairs ? new Map(pairs) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
