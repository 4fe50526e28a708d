import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

import { withEndpoint } from '../../harness/gateway/endpoint-server.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };

function post(url: string, body: string, headers: object = JSON_TYPE): Promise<number> {
  return fetch(url, { method: 'POST', headers: { ...headers }, body }).then(({ status }) => status);
}

describe('the address to which a gateway posts events', () => {
  const bodies: string[] = [];
  const receive = (body: Buffer): Promise<'taken'> => {
    bodies.push(body.toString());
    return Promise.resolve('taken');
  };
  beforeEach(() => void bodies.splice(0));

  it('gives what is posted to the node, byte for byte, in pieces or whole', () =>
    withEndpoint(receive, async (url) => {
      assert.equal(await post(url, '{"a": "Ä"}'), 200);
      assert.equal(await post(url, 'no JSON', { 'Content-Type': 'application/json;charset=UTF-8' }), 200);
      const { hostname, port, pathname } = new URL(url);
      const request = http.request({ hostname, port, path: pathname, method: 'POST' });
      request.write('{"a":');
      request.end('1}');
      const [reply] = (await once(request, 'response')) as [http.IncomingMessage];
      assert.equal(reply.statusCode, 200);
      assert.deepEqual(bodies, ['{"a": "Ä"}', 'no JSON', '{"a":1}']);
    }));

  for (const [receipt, status] of [
    ['unreadable', 400],
    ['unavailable', 503],
  ] as const) {
    it(`answers ${status} where it is ${receipt}`, () =>
      withEndpoint(
        () => Promise.resolve(receipt),
        async (url) => assert.equal(await post(url, '{}'), status),
      ));
  }

  it('takes nothing at another path, method, type, encoding or size', () =>
    withEndpoint(receive, async (url) => {
      assert.equal(await post(`${url}x`, '{}'), 404);
      assert.equal(await post(url.slice(0, -1), '{}'), 404);
      assert.equal(await post(url.toUpperCase().replace('HTTP', 'http').replace('HIKVISION', 'hikvision'), '{}'), 404);
      assert.equal((await fetch(url)).status, 405);
      assert.equal(await post(url, '{}', { 'Content-Type': 'text/plain' }), 415);
      assert.equal(await post(url, '{}', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }), 415);
      assert.equal(await post(url, 'x'.repeat(1024 * 1024 + 1)), 413);
      assert.deepEqual(bodies, []);
      assert.equal(await post(url, 'x'.repeat(1024 * 1024)), 200);
    }));

  it('stops reading where more comes than fits, although its length was not said', () =>
    withEndpoint(receive, async (url) => {
      const { hostname, port, pathname } = new URL(url);
      const request = http.request({ hostname, port, path: pathname, method: 'POST', headers: JSON_TYPE });
      request.on('error', () => undefined);
      for (let index = 0; index < 20; index += 1) request.write('x'.repeat(65_536));
      const [reply] = (await once(request, 'response')) as [http.IncomingMessage];
      assert.equal(reply.statusCode, 413);
      request.destroy();
      assert.deepEqual(bodies, []);
    }));

  it('reads no more than so many at once, and goes on when a sender has gone', () =>
    withEndpoint(receive, async (url) => {
      const { hostname, port, pathname } = new URL(url);
      const sockets = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const socket = net.connect(Number(port), hostname);
          socket.on('error', () => undefined);
          const wait = 'Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 10\r\n';
          socket.write(`POST ${pathname} HTTP/1.1\r\nHost: x\r\n${wait}\r\n`);
          // The server says "100 Continue" and waits for the body.
          await once(socket, 'data');
          return socket;
        }),
      );
      assert.equal(await post(url, '{}'), 503);
      const [first, ...others] = sockets;
      first?.write('0123456789');
      await once(first ?? net.connect(0), 'data');
      assert.equal(await post(url, '{}'), 200);
      for (const socket of [first, ...others]) socket?.destroy();
    }));

  it('takes what a middleware has read already, and refuses what of it is too deep or too long', () => {
    const deep = 1e5;
    const forms: [unknown, number][] = [
      [{ a: 1 }, 200],
      ['{"a":1}', 200],
      [Buffer.from('{"a":1}'), 200],
      [undefined, 200],
      [JSON.parse(`${'['.repeat(deep)}${']'.repeat(deep)}`), 400],
      [{ a: 'x'.repeat(1024 * 1024) }, 413],
    ];
    let body: unknown;
    return withEndpoint(
      receive,
      async (url) => {
        for (const [form, status] of forms) {
          body = form;
          assert.equal(await post(url, '{}'), status);
        }
        assert.deepEqual(bodies, ['{"a":1}', '{"a":1}', '{"a":1}', 'null']);
      },
      async (request) => {
        request.resume();
        await once(request, 'end');
        Object.assign(request, { body });
      },
    );
  });
});
