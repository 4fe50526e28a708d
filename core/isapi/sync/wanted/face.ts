import { createHash } from 'node:crypto';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';

import { HikvisionError } from '../../../errors/hikvision-error.js';
import { invalid } from '../../../errors/invalid.js';
import { printable } from '../../../errors/printable.js';
import { isBlank } from '../../../settings/values.js';
import { bufferOf, MAX_PICTURE_BYTES } from '../../operations/face.js';

/** The face of a person of a list: a picture, or a file that holds one. */
export interface WantedFace {
  /** What the list calls this picture; it changes with the picture. Absent: its own bytes tell. */
  version?: string;
  image?: Buffer;
  /** A path within `folder`; neither has been looked at yet. */
  file?: string;
  folder?: string;
}

/**
 * The face of a person of a list; undefined where the list says nothing of it.
 * @throws HikvisionError `INVALID_INPUT`
 */
export function faceOf(face: unknown, faceVersion: unknown, folder: string | undefined): WantedFace | undefined {
  if (isBlank(face)) return undefined;
  const version = versionOf(faceVersion);
  const versioned = version === undefined ? {} : { version };
  if (typeof face === 'object' && !Buffer.isBuffer(face) && 'file' in face) {
    return { ...versioned, ...fileOf(face.file, folder) };
  }
  return { ...versioned, image: bufferOf(face) };
}

/** The picture itself. @throws HikvisionError `INVALID_INPUT` where its file cannot be read, lies outside, or is too large */
export async function pictureOf({ image, file = '', folder = '' }: WantedFace): Promise<Buffer> {
  if (image) return image;
  try {
    // A link inside the folder may lead out of it.
    const [real, root] = [await realpath(file), await realpath(folder)];
    if (!isWithin(real, root)) throw invalid('faceFile', 'face');
    return await contentOf(real);
  } catch (error) {
    if (error instanceof HikvisionError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? '?';
    const params = { file: printable(path.basename(file), 80), detail: printable(code, 40) };
    throw HikvisionError.of('pictureUnreadable', { delivery: 'unsent', params });
  }
}

/** What tells one picture from another. */
export async function versionIn(face: WantedFace): Promise<string> {
  const told = face.version === undefined ? await pictureOf(face) : `version ${face.version}`;
  return createHash('sha256').update(told).digest('base64url');
}

async function contentOf(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const tooLarge = (bytes: number): HikvisionError =>
      invalid('pictureLarge', 'face', { size: Math.ceil(bytes / 1024), limit: MAX_PICTURE_BYTES / 1024 });
    if (size > MAX_PICTURE_BYTES) throw tooLarge(size);
    // What is no plain file may give more than it says.
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_PICTURE_BYTES + 1), 0, MAX_PICTURE_BYTES + 1, 0);
    if (bytesRead > MAX_PICTURE_BYTES) throw tooLarge(bytesRead);
    return Buffer.from(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

function fileOf(file: unknown, folder: string | undefined): { file: string; folder: string } {
  if (typeof file !== 'string' || file.trim() === '' || file.includes('\0')) throw invalid('faceFile', 'face');
  if (folder === undefined) throw invalid('faceFolder', 'face');
  const whole = path.resolve(folder, file);
  if (!isWithin(whole, path.resolve(folder))) throw invalid('faceFile', 'face');
  return { file: whole, folder };
}

function isWithin(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  const leadsOut = relative === '' || relative === '..' || relative.startsWith(`..${path.sep}`);
  return !leadsOut && !path.isAbsolute(relative);
}

function versionOf(given: unknown): string | undefined {
  if (isBlank(given)) return undefined;
  if (typeof given !== 'string' && typeof given !== 'number') throw invalid('notText', 'faceVersion');
  return String(given);
}
