import { HikvisionError } from '../../errors/hikvision-error.js';
import { extractJpeg } from '../protocol/jpeg.js';
import type { PhysicalTerminal } from '../terminal/physical-terminal.js';
import type { Terminal } from '../terminal/terminal.js';

/** Terminals that bind no picture which is sent to them, as far as was seen: only what they captured themselves. */
export const refusesPictures = new WeakSet<PhysicalTerminal>();

const MAX_PICTURE_BYTES = 8 * 1024 * 1024;

/**
 * Fetches a picture from the terminal itself.
 * @param path path and query below the configured address; a host that a URL names is never followed
 * @throws HikvisionError; `BAD_REPLY` where the answer is no JPEG
 */
export async function downloadPicture(terminal: Terminal, path: string, signal?: AbortSignal): Promise<Buffer> {
  const operation = 'download picture';
  const reply = await terminal
    .call({
      operation,
      method: 'GET',
      path,
      policy: 'repeatable',
      maxBytes: MAX_PICTURE_BYTES,
      ...(signal ? { signal } : {}),
    })
    .catch((error: unknown) => {
      const isGone = error instanceof HikvisionError && error.cause.httpStatus === 404;
      throw isGone ? error.withAdvice('pictureGone', {}) : error;
    });
  const jpeg = extractJpeg(reply.body);
  if (!jpeg) throw terminal.named(HikvisionError.of('noPicture', {}), operation);
  return jpeg;
}
