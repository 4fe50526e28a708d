import { once } from 'node:events';
import net from 'node:net';

/** Below those that the system gives to whoever asks for any: nobody gets one of these between the look and its use. */
const FIRST = 12_000;
const COUNT = 20_000;

/** A port of 127.0.0.1 on which nobody listens. */
export async function freePort(): Promise<number> {
  const port = FIRST + Math.trunc(Math.random() * COUNT);
  const probe = net.createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return freePort();
  }
  probe.close();
  await once(probe, 'close');
  return port;
}
