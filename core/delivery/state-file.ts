import * as fs from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';

// Each of them costs less so than from node:fs/promises, which makes an object of each open file.
const open = promisify(fs.open);
const fstat = promisify(fs.fstat);
const readFile = promisify(fs.readFile);
const close = promisify(fs.close);
const writeFile = promisify(fs.writeFile);
const rename = promisify(fs.rename);

export interface WriteOptions {
  /** Waits until it is on the disk (the default): a power cut then leaves it or what was written later. */
  flush?: boolean;
  /** Nobody else ever writes this file: what a killed process left beside it is written over. */
  onlyWriter?: boolean;
}

/**
 * What a JSON file holds; undefined where there is none. It is measured before it is read: a file that somebody else has
 * made is not read into memory whole.
 * @throws the system's own error; Error where it is larger than `mostBytes` or no JSON
 */
export async function readStateFile(file: string, mostBytes: number): Promise<unknown> {
  const opened = await open(file, 'r').catch(unlessMissing);
  if (opened === undefined) return undefined;
  try {
    const found = await fstat(opened);
    if (!found.isFile()) throw new Error('no file');
    if (found.size > mostBytes) throw new Error(`larger than ${mostBytes} bytes`);
    return JSON.parse(await readFile(opened, 'utf8')) as unknown;
  } finally {
    await close(opened);
  }
}

/**
 * Written beside the old one and renamed: a power cut or a kill leaves either of them whole. Only the user of this process
 * may read it; a folder that is missing is made.
 * @throws the system's own error; then the old one is as it was
 */
export async function writeStateFile(
  file: string,
  text: string,
  { flush = true, onlyWriter = false }: WriteOptions = {},
): Promise<void> {
  const fresh = `${file}.${onlyWriter ? 'new' : randomUUID()}`;
  const write = (): Promise<void> => writeFile(fresh, text, { mode: 0o600, flush });
  try {
    await write().catch(async (error: unknown) => {
      unlessMissing(error);
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await write();
    });
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined);
    throw error;
  }
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  return undefined;
}
