import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, it } from 'mocha';
import { SimulatedTerminal, type ModelName } from '../../../simulator/simulated-terminal.js';
import { certificate } from '../../harness/terminal/certificate.js';
import {
  BINARY_MODE,
  capture,
  element,
  eventsOf,
  nextEvent,
  send,
  sendJson,
  withTerminal,
} from '../../harness/terminal/raw-client.js';

const MODEL = { model: 'DS-K1T343EFWX' } as const;

/** Writes raw bytes to the terminal and resolves with all that comes back until it closes. */
function talk(terminal: SimulatedTerminal, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(terminal.address.port, terminal.address.host, () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

/** A capture POST whose XML would grow tenfold with each of its entities. */
function bomb(root: string): string {
  const entities = Array.from({ length: 12 }, (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`);
  const body = `<!DOCTYPE x [<!ENTITY e0 "boom">${entities.join('')}]><${root}><dataType>&e12;</dataType></${root}>`;
  return (
    'POST /ISAPI/AccessControl/CaptureFaceData HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
    `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}

describe('a simulated terminal', () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.5', '128.0.0.1', 'example.org', '127.0.0.1.example.org', '']) {
    it(`refuses to listen on ${JSON.stringify(host)}`, async () => {
      const terminal = new SimulatedTerminal({ ...MODEL, port: 0, host });
      await assert.rejects(terminal.start(), /loopback only/);
    });
  }

  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost']) {
    it(`listens on ${host}`, () =>
      withTerminal({ ...MODEL, host }, async (terminal) => {
        assert.match(terminal.address.host, /^127\./);
        assert.equal((await send(terminal, '/ISAPI/System/time')).status, 200);
      }));
  }

  it('refuses an unknown model', () => {
    assert.throws(() => new SimulatedTerminal({ port: 0, model: 'toString' as ModelName }), /no model "toString"/);
  });

  it('rejects when the port is taken, and can start once it is free', () =>
    withTerminal(MODEL, async (first) => {
      const second = new SimulatedTerminal({ ...MODEL, port: first.address.port });
      await assert.rejects(second.start(), { code: 'EADDRINUSE' });
      await first.stop();
      assert.deepEqual(await second.start(), { port: first.address.port });
      await second.stop();
    }));

  it('refuses to start twice', () =>
    withTerminal(MODEL, (terminal) => assert.rejects(terminal.start(), /runs already/)));

  it('stops at once, in the middle of a capture, as often as it is asked to', () =>
    withTerminal({ ...MODEL, timeScale: 100 }, async (terminal) => {
      const started = nextEvent(terminal, 'capture started');
      const answer = assert.rejects(capture(terminal, BINARY_MODE), { code: 'ECONNRESET' });
      await started;
      await Promise.all([terminal.stop(), terminal.stop()]);
      await answer;
      await terminal.stop();
    }));

  it('can be started again after a stop in the middle of a capture', () =>
    withTerminal({ ...MODEL, timeScale: 100 }, async (terminal) => {
      const started = nextEvent(terminal, 'capture started');
      const answer = assert.rejects(capture(terminal, BINARY_MODE));
      await started;
      await terminal.stop();
      await answer;
      await terminal.start();
      terminal.present('Anna');
      assert.equal((await capture(terminal, BINARY_MODE)).status, 200);
    }));

  it('speaks HTTPS when it has a certificate', () =>
    withTerminal({ ...MODEL, tls: certificate }, async (terminal) => {
      assert.equal(terminal.address.protocol, 'https');
      assert.equal((await send(terminal, '/ISAPI/System/deviceInfo')).status, 200);
      assert.equal(terminal.counters.tlsHandshakes, 1);
      assert.equal(terminal.counters.connections, 1);
    }));

  it('closes an idle connection without having announced it', () =>
    withTerminal({ ...MODEL, idleSeconds: 0.01 }, async (terminal) => {
      const agent = new http.Agent({ keepAlive: true });
      const freed = once(agent, 'free');
      const { headers } = await send(terminal, '/ISAPI/System/time', { agent });
      assert.equal(headers['keep-alive'], undefined);
      const [socket] = (await freed) as [net.Socket];
      if (!socket.closed) await once(socket, 'close');
      agent.destroy();
    }));

  it('keeps a connection for the next request', () =>
    withTerminal(MODEL, async (terminal) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      await send(terminal, '/ISAPI/System/time', { agent });
      await send(terminal, '/ISAPI/System/time', { agent });
      assert.equal(terminal.counters.connections, 1);
      agent.destroy();
    }));

  it('refuses chunked bodies', () =>
    withTerminal(MODEL, async (terminal) => {
      const headers = 'PUT /ISAPI/System/time HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
      assert.match(await talk(terminal, `${headers}1\r\nx\r\n0\r\n\r\n`), /^HTTP\/1.1 411 /);
      assert.equal(terminal.counters.chunkedBodies, 1);
    }));

  it('refuses bodies that are too large before they come', () =>
    withTerminal(MODEL, async (terminal) => {
      const path = '/ISAPI/AccessControl/UserInfo/Record?format=json';
      const headers = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n`;
      assert.match(await talk(terminal, headers), /^HTTP\/1.1 413 /);
    }));

  it('says what it is', () =>
    withTerminal(MODEL, async (terminal) => {
      const info = await send(terminal, '/ISAPI/System/deviceInfo?format=json');
      assert.equal(element(info.text, 'model'), 'DS-K1T343EFWX');
      assert.equal(element(info.text, 'firmwareVersion'), 'V4.38.0');
      const time = await send(terminal, '/ISAPI/System/time');
      assert.equal(element(time.text, 'timeZone'), 'CST-5:00:00');
      assert.match(element(time.text, 'localTime') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:00$/);
      const can = await send(terminal, '/ISAPI/AccessControl/capabilities');
      for (const name of ['UserInfo', 'FDLib', 'CaptureFace', 'RemoteControlDoor']) {
        assert.equal(element(can.text, `isSupport${name}`), 'true');
      }
      assert.equal((await sendJson(terminal, 'GET', '/ISAPI/AccessControl/UserInfo/capabilities')).status, 200);
      assert.equal((await sendJson(terminal, 'GET', '/ISAPI/Intelligent/FDLib/capabilities')).status, 200);
    }));

  it('opens its door and no other', () =>
    withTerminal(MODEL, async (terminal) => {
      const path = '/ISAPI/AccessControl/RemoteControl/door/';
      const xmlns = 'http://www.isapi.org/ver20/XMLSchema';
      const control = (door: string, cmd: string): ReturnType<typeof send> =>
        send(terminal, path + door, {
          method: 'PUT',
          body: `<RemoteControlDoor version="2.0" xmlns="${xmlns}"><cmd>${cmd}</cmd></RemoteControlDoor>`,
        });
      const opened = nextEvent(terminal, 'door');
      assert.equal((await control('1', 'open')).status, 200);
      const event = await opened;
      assert.ok(event.event === 'door' && event.cmd === 'open' && event.door === 1);
      assert.equal((await control('2', 'open')).status, 400);
      assert.equal((await control('1', 'explode')).status, 400);
    }));

  it('tells what it can do, in one document', () =>
    withTerminal(MODEL, async (terminal) => {
      const { status, headers, text } = await send(terminal, '/ISAPI/System/capabilities');
      assert.deepEqual([status, headers['content-type']], [200, 'application/xml']);
      assert.match(text, /<DeviceCap version="2\.0" xmlns="http:\/\/www\.isapi\.org\/ver20\/XMLSchema">/);
    }));

  it('answers notSupport for what it does not know, in the format that was asked for', () =>
    withTerminal(MODEL, async (terminal) => {
      const xml = await send(terminal, '/ISAPI/Event/notification/httpHosts');
      assert.deepEqual([xml.status, element(xml.text, 'errorCode')], [404, '1073741825']);
      const json = await sendJson(terminal, 'POST', '/ISAPI/Intelligent/FDLib/pictureUpload', {});
      assert.deepEqual([json.status, json.document['subStatusCode']], [404, 'notSupport']);
    }));

  it('refuses another method, and JSON endpoints without format=json', () =>
    withTerminal(MODEL, async (terminal) => {
      assert.equal((await send(terminal, '/LOCALS/pic/a.jpg', { method: 'PUT', body: 'x' })).status, 405);
      const { status, text } = await send(terminal, '/ISAPI/AccessControl/UserInfo/Count');
      assert.deepEqual([status, element(text, 'subStatusCode')], [400, 'badURLFormat']);
    }));

  it('remembers every request', () =>
    withTerminal(MODEL, async (terminal) => {
      await send(terminal, '/ISAPI/AccessControl/UserInfo/Count?format=json');
      await send(terminal, '/ISAPI/AccessControl/UserInfo/Search?format=json', {
        method: 'POST',
        headers: { 'Content-Type': 'text/plain' },
        body: '{',
      });
      assert.deepEqual(
        terminal.counters.records.map(({ startedAt, ...rest }) => ({ ...rest, startedAt: typeof startedAt })),
        [
          {
            method: 'GET',
            path: '/ISAPI/AccessControl/UserInfo/Count',
            target: '/ISAPI/AccessControl/UserInfo/Count?format=json',
            kind: 'count',
            status: 200,
            authorized: true,
            bodyBytes: 0,
            contentType: '',
            startedAt: 'number',
          },
          {
            method: 'POST',
            path: '/ISAPI/AccessControl/UserInfo/Search',
            target: '/ISAPI/AccessControl/UserInfo/Search?format=json',
            kind: 'search',
            status: 400,
            authorized: true,
            bodyBytes: 1,
            contentType: 'text/plain',
            startedAt: 'number',
          },
        ],
      );
      assert.equal(terminal.counters.requests.count, 1);
      assert.equal(terminal.counters.requests.search, 1);
    }));

  const record = 'POST /ISAPI/AccessControl/UserInfo/Record?format=json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n';
  const withBody = (body: string): string => `${record}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const hostile: [string, string | Buffer][] = [
    ['bytes that are no HTTP', Buffer.from([0x16, 3, 1, 0, 200, 1, 0, 0])],
    ['a malformed percent sign', 'GET /%zz?%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['a target of another form', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['a path named like a property', 'GET /__proto__ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['two lengths', `${record}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`],
    ['a negative length', `${record}Content-Length: -1\r\n\r\n`],
    ['an upgrade', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n'],
    ['CONNECT', 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['broken UTF-8', withBody('{"UserInfo":"\xff"}')],
    ['a list instead of an object', withBody('[]')],
    ['null', withBody('{"UserInfo":null}')],
    ['a prototype', withBody('{"UserInfo":{"employeeNo":"1","__proto__":{"name":"x"},"constructor":1}}')],
    ['deep nesting', withBody(`{"UserInfo":${'['.repeat(30_000)}`)],
    ['an entity bomb', bomb('CaptureFaceDataCond')],
  ];
  for (const [what, bytes] of hostile) {
    it(`survives ${what}`, () =>
      withTerminal(MODEL, async (terminal) => {
        await talk(terminal, bytes);
        assert.equal((await send(terminal, '/ISAPI/System/time')).status, 200);
      }));
  }

  it('survives a client that leaves in the middle of its body', () =>
    withTerminal(MODEL, async (terminal) => {
      const events = eventsOf(terminal);
      const socket = net.connect(terminal.address.port, terminal.address.host);
      socket.write(`${record}Content-Length: 100\r\n\r\n{`, () => socket.destroy());
      await once(socket, 'close');
      assert.equal((await send(terminal, '/ISAPI/System/time')).status, 200);
      assert.deepEqual(events, []);
    }));

  for (const authorization of [
    'Digest',
    'Digest ',
    'Digest nonce=',
    'Digest ="',
    `Digest ${'a=b,'.repeat(3000)}`,
    'Bearer x',
  ]) {
    it(`survives the Authorization ${authorization.slice(0, 20)}`, () =>
      withTerminal({ ...MODEL, username: 'admin', password: 'secret-1' }, async (terminal) => {
        assert.equal((await send(terminal, '/', { headers: { Authorization: authorization } })).status, 401);
      }));
  }
});
