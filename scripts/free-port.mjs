import net from 'node:net';

/** Below those that the system gives to whoever asks for any: nobody gets one of these between the look and its use. */
const FIRST = 12_000;
const COUNT = 20_000;

/** A port of 127.0.0.1 on which nobody listens. */
export async function freePort() {
  const port = FIRST + Math.trunc(Math.random() * COUNT);
  const probe = net.createServer().listen(port, '127.0.0.1');
  const isFree = await new Promise((resolve) => {
    probe.once('listening', () => resolve(true));
    probe.once('error', () => resolve(false));
  });
  if (!isFree) return freePort();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
