import { once } from 'node:events';
import { connect } from 'node:net';

const CHUNK = Buffer.alloc(64 * 1024, 'x');

export interface RawReply {
  /** The status line and everything behind it. */
  text: string;
  status: number;
  /** Bytes of the body that left this client before the server ended the connection. */
  taken: number;
}

/**
 * A client that sends the head of a request and then as much of a body as the server takes.
 * @param offered bytes of the body that it would send; 0 = it waits for the answer with the head alone
 */
export async function sendRaw(port: number, head: string[], offered: number): Promise<RawReply> {
  const socket = connect(port, '127.0.0.1');
  const received: Buffer[] = [];
  // A server that refuses may reset the connection: what matters is what it said before.
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await once(socket, 'connect');
  socket.write(`${head.join('\r\n')}\r\nHost: 127.0.0.1\r\n\r\n`);
  let taken = 0;
  const chunked = head.some((line) => /^transfer-encoding: chunked$/i.test(line));
  while (taken < offered && !socket.destroyed) {
    const size = Math.min(CHUNK.length, offered - taken);
    const part = CHUNK.subarray(0, size);
    const framed = chunked ? Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), part, Buffer.from('\r\n')]) : part;
    const written = new Promise<boolean>((resolve) => socket.write(framed, (error) => resolve(!error)));
    if (!(await Promise.race([written, closed.then(() => false)]))) break;
    taken += size;
  }
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 3000).unref())]);
  socket.destroy();
  const text = Buffer.concat(received).toString('latin1');
  return { text, status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), taken };
}
