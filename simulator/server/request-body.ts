import type { IncomingMessage } from 'node:http';

export type RequestBody =
  | { outcome: 'read'; content: Buffer }
  /** Embedded servers take no chunked body. */
  | { outcome: 'chunked' }
  | { outcome: 'too large' }
  /** The client went away in the middle of it. */
  | { outcome: 'aborted' };

/**
 * Reads a body of at most `limit` bytes; what is announced as larger is not read at all, nor what is chunked, unless
 * `takesChunks`.
 */
export async function readBody(
  incoming: IncomingMessage,
  limit: number,
  { takesChunks = false }: { takesChunks?: boolean } = {},
): Promise<RequestBody> {
  if (!takesChunks && incoming.headers['transfer-encoding'] !== undefined) return { outcome: 'chunked' };
  if (Number(incoming.headers['content-length'] ?? 0) > limit) return { outcome: 'too large' };
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // Kept open where it ends early: the answer goes out on the same socket.
    for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) return { outcome: 'too large' };
      chunks.push(chunk);
    }
  } catch {
    return { outcome: 'aborted' };
  }
  return { outcome: 'read', content: Buffer.concat(chunks) };
}
