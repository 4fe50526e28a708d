import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Terminal } from '../../../core/isapi/terminal/terminal.js';

/** An answer word for word; `lost` closes the connection instead, `silent` says nothing at all. */
type ScriptedAnswer = { status?: number; body: string | Buffer } | 'lost' | 'silent';

/** Answers a request at once or, with a promise, later. */
export type Script = (request: {
  method: string;
  path: string;
  body: string;
  /** Which connection it came on, counted from 1. */
  connection: number;
}) => ScriptedAnswer | Promise<ScriptedAnswer>;

let terminals = 0;

/** A terminal that answers word for word what the script says, for replies that no simulated model gives. */
export async function withScript(
  script: Script,
  work: (terminal: Terminal, requests: string[]) => Promise<void>,
): Promise<void> {
  terminals += 1;
  const host = `127.78.${Math.trunc(terminals / 250)}.${1 + (terminals % 250)}`;
  const requests: string[] = [];
  const connections: unknown[] = [];
  const server = http.createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('end', () => {
      const { method = '', url: path = '' } = incoming;
      requests.push(`${method} ${path}`);
      const connection = connections.indexOf(incoming.socket) + 1;
      const answer = script({ method, path, body: Buffer.concat(chunks).toString('utf8'), connection });
      void Promise.resolve(answer).then((answer) => {
        if (answer === 'lost') response.destroy();
        else if (answer !== 'silent') response.writeHead(answer.status ?? 200).end(answer.body);
      });
    });
  });
  server.on('connection', (socket) => connections.push(socket));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const terminal = new Terminal({
    ...{ name: 'Lobby', protocol: 'http', host, port, certificate: { mode: 'none' } },
    ...{ timeoutMs: 5000, retries: 0, queueLimit: 10 },
  });
  try {
    await work(terminal, requests);
  } finally {
    await terminal.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
