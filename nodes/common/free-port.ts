import type { NodeAPI } from 'node-red';
import { once } from 'node:events';
import net from 'node:net';

const HOST = '127.0.0.1';
const LAST = 65_535;

/**
 * `GET <type>/free-port?taken=8343,8344` gives `{ port }`: from `first` on the least on which nobody listens on this computer
 * and that is not taken. A simulator that starts with it keeps it, so it is none of those that the system gives out.
 */
export function offerFreePort(RED: NodeAPI, type: string, first: number): void {
  RED.httpAdmin.get(`/${type}/free-port`, RED.auth.needsPermission(`${type}.write`), (request, response) => {
    const { taken } = request.query;
    const numbers = new Set((typeof taken === 'string' ? taken.slice(0, 10_000) : '').split(',').map(Number));
    void freePort(first, numbers).then(
      (port) => response.json({ port }),
      () => response.sendStatus(503),
    );
  });
}

async function freePort(first: number, taken: ReadonlySet<number>): Promise<number> {
  for (let port = first; port <= LAST; port += 1) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error('no free port');
}

async function isFree(port: number): Promise<boolean> {
  const probe = net.createServer();
  try {
    probe.listen(port, HOST);
    await once(probe, 'listening');
    probe.close();
    await once(probe, 'close');
    return true;
  } catch {
    return false;
  }
}
