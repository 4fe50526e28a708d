import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { EventEndpoint, type Receive } from '../../../nodes/artemis-events/event-endpoint.js';

const SECRET = 'aaaabbbbccccddddeeeeffffgggghhhh';

/** The endpoint of artemis-events on a server without Node-RED; any other path is a 404. */
export async function withEndpoint(
  receive: Receive,
  work: (url: string) => Promise<void>,
  /** A middleware that has the request first. */
  before?: (request: http.IncomingMessage) => Promise<void>,
): Promise<void> {
  const server = http.createServer();
  const endpoint = new EventEndpoint({
    use: (root, handle) => {
      server.on('request', (request, response) => {
        const next = (): void => {
          response.statusCode = 404;
          response.end();
        };
        const { url = '' } = request;
        if (!url.startsWith(`${root}/`)) {
          next();
          return;
        }
        request.url = url.slice(root.length);
        void Promise.resolve(before?.(request)).then(() => handle(request, response, next));
      });
    },
  });
  const close = endpoint.open(SECRET, receive);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hikvision/${SECRET}`);
  } finally {
    close();
    server.closeAllConnections();
    server.close();
  }
}
