import net from 'node:net';
import type { Terminal } from '../../../core/isapi/terminal/terminal.js';
import type { Lab } from './lab.js';

/**
 * Lends a connection over a TCP line that can be cut: the terminal goes on with what it has received. The terminal
 * reports URLs of its own port, as one behind a router does.
 */
export async function overCuttableLine(
  lab: Lab,
  work: (terminal: Terminal, cut: () => void) => Promise<void>,
): Promise<void> {
  const { host, port } = lab.terminal.settings;
  const near = new Set<net.Socket>();
  const far = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    const onward = net.connect({ host, port });
    near.add(socket);
    far.add(onward);
    socket.on('error', () => undefined).on('data', (data) => onward.write(data));
    onward.on('error', () => undefined).on('data', (data) => !socket.destroyed && socket.write(data));
    onward.once('close', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const terminal = lab.connect({ port: (server.address() as net.AddressInfo).port, retries: 2 });
  try {
    await work(terminal, () => {
      for (const socket of near) socket.resetAndDestroy();
    });
  } finally {
    await terminal.close();
    for (const socket of [...near, ...far]) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
