import type { IncomingMessage } from 'node:http';

export type RequestBody =
  | { outcome: 'read'; content: Buffer }
  /** Embedded servers take no chunked body. */
  | { outcome: 'chunked' }
  | { outcome: 'too large' }
  /** The client went away in the middle of it. */
  | { outcome: 'aborted' };

/** Reads a body of at most `limit` bytes; what is chunked or announced as larger is not read at all. */
export async function readBody(incoming: IncomingMessage, limit: number): Promise<RequestBody> {
  if (incoming.headers['transfer-encoding'] !== undefined) return { outcome: 'chunked' };
  if (Number(incoming.headers['content-length'] ?? 0) > limit) return { outcome: 'too large' };
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    return { outcome: 'aborted' };
  }
  return { outcome: 'read', content: Buffer.concat(chunks) };
}
