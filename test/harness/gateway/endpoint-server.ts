import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { EventEndpoint, type Receive } from '../../../nodes/artemis-events/event-endpoint.js';

const SECRET = 'aaaabbbbccccddddeeeeffffgggghhhh';

/** The endpoint of artemis-events on a server without Node-RED; any other path is a 404. */
export async function withEndpoint(receive: Receive, work: (url: string) => Promise<void>): Promise<void> {
  const server = http.createServer();
  const endpoint = new EventEndpoint({
    all: (_path, handle) => {
      server.on('request', (request, response) => {
        const next = (): void => {
          response.statusCode = 404;
          response.end();
        };
        const [, secret] = /^\/hikvision\/([^/?]+)$/.exec(request.url ?? '') ?? [];
        if (secret === undefined) next();
        else handle(Object.assign(request, { params: { secret } }), response, next);
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
