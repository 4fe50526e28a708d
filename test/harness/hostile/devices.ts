import type net from 'node:net';

import { reply, type RawRequest } from '../http/raw-server.js';

/** What a hostile device does with a request. */
type Answer = (request: RawRequest) => void;

const JSON_TYPE = { 'Content-Type': 'application/json' };
const head = (lines: readonly string[], status = '200 OK'): string =>
  [`HTTP/1.1 ${status}`, ...lines, '', ''].join('\r\n');

/** A whole reply with this body. */
const says =
  (body: string | Buffer, headers: Record<string, string> = JSON_TYPE, status = 200): Answer =>
  ({ socket }) =>
    socket.write(reply(status, body, headers));

/** These very bytes, and then the end of the connection. */
const sends =
  (...parts: readonly (string | Buffer)[]): Answer =>
  ({ socket }) => {
    for (const part of parts) socket.write(part);
    socket.end();
  };

/** One byte after another, each in a packet of its own, as long as anybody listens. */
function drips(text: string): Answer {
  return ({ socket }) => {
    let at = 0;
    const timer = setInterval(() => {
      if (at < text.length) socket.write(text.charAt(at));
      else socket.end();
      at += 1;
    }, 2);
    socket.once('close', () => clearInterval(timer));
  };
}

/** The same bytes so many times, no faster than they are taken. */
function floods(start: string, unit: string, times: number): Answer {
  return ({ socket }) => {
    let left = times;
    socket.write(start);
    const more = (): void => {
      while (left > 0 && !socket.destroyed) {
        left -= 1;
        if (!socket.write(unit)) return void socket.once('drain', more);
      }
    };
    more();
  };
}

const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + '0' + close.repeat(depth);
const many = (count: number, each: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => each(i)).join();
const gatewayData = (data: string): string => `{"code":"0","msg":"","data":${data}}`;
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

/** What ordinary devices answer: what they cost is the measure for the others. */
const HARMLESS: Readonly<Record<string, Answer>> = {
  'a short document': says('{"statusCode":1,"code":"0","msg":"","data":{}}'),
  'a page of 500 persons': says(
    gatewayData(
      `[${many(500, (i) => `{"personId":"${String(i)}",${many(30, (key) => `"key${String(key)}":"value"`)}}`)}]`,
    ),
  ),
  'a picture': says(
    Buffer.concat([Buffer.from('ffd8ffda0002', 'hex'), Buffer.alloc(200_000, 7), Buffer.from('ffd9', 'hex')]),
    {
      'Content-Type': 'image/jpeg',
    },
  ),
};

/** What a device can say wrongly, or to harm. Each has to end the message that asked, and nothing else. */
const HOSTILE_BODIES: Readonly<Record<string, Answer>> = {
  'JSON nested 2,000 deep': says(nested(2000, '{"a":', '}')),
  'JSON nested 2,000 deep, of a gateway': says(gatewayData(nested(2000, '[', ']'))),
  'JSON nested 500,000 deep': says(nested(500_000, '[', ']')),
  'JSON that is nothing but beginnings': says('['.repeat(1_000_000)),
  'XML nested 2,000 deep': says(nested(2000, '<a>', '</a>')),
  'XML of 100,000 elements': says(`<r>${'<a/>'.repeat(100_000)}</r>`),
  'a list of 300,000 lists': says(gatewayData(`[${many(300_000, () => '[]')}]`)),
  'an object of 100,000 keys': says(gatewayData(`{${many(100_000, (i) => `"k${String(i)}":0`)}}`)),
  '90,000 values, which are read': says(gatewayData(`[${many(90_000, () => '0')}]`)),
  '15,000 objects, which are read': says(gatewayData(`[${many(15_000, (i) => `{"k${String(i)}":0}`)}]`)),
  'names that JavaScript uses': says(
    '{"code":"0","msg":"","data":{"__proto__":{"a":1},"constructor":{"prototype":1},"toString":1,"then":1,"length":4294967295,"callee":1},"toJSON":1,"hasOwnProperty":1}',
  ),
  'names that JavaScript uses, as a root': says('{"__proto__":{"__proto__":{"a":1}}}'),
  'names that JavaScript uses, in XML': says('<__proto__><constructor>1</constructor><prototype/></__proto__>'),
  'pairs of \\"': says(`{"code":"64","msg":"\n${'\\"'.repeat(75_000)}`),
  'names of calls': says(`{"code":"64","msg":"StringToSign:${',apiName:'.repeat(30_000)}\\n"}`),
  'line breaks': says(`{"code":"64","msg":"StringToSign:${'\n'.repeat(500_000)}"}`),
  'a text that asks for translation': says(
    `{"statusCode":4,"subStatusCode":"x","errorMsg":"$t(a) $t(isapi-config.errors.refused.what) __detail__ ${'__code__'.repeat(100)}"}`,
  ),
  'a very long URL of a picture': says(`{"captureProgress":100,"faceURL":"http://a/${'@'.repeat(500_000)}/"}`),
  'beginnings of pictures': says(Buffer.from('ffd8ffe00002ffda0002'.repeat(300_000), 'hex'), {}),
  'a scan that never ends': says(
    Buffer.concat([
      Buffer.from('ffd8ffe00002'.repeat(100), 'hex'),
      Buffer.from('ffd8ffda0002', 'hex'),
      Buffer.alloc(3_000_000, Buffer.from('ff00', 'hex')),
    ]),
    {},
  ),
  'a body that claims to be gzip': says('not gzip at all', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }),
  'headers that JavaScript uses': says('{"code":"0"}', {
    ...JSON_TYPE,
    __proto__x: '1',
    constructor: 'a',
    ['__proto__']: 'b',
  }),
};

/** The same in how it says it. */
const HOSTILE_CONNECTIONS: Readonly<Record<string, Answer>> = {
  'a Content-Length twice': sends(head(['Content-Length: 2', 'Content-Length: 3']), '{}'),
  'a Content-Length that is none': sends(head(['Content-Length: -1']), '{}'),
  'a Content-Length and chunks': sends(
    head(['Content-Length: 2', 'Transfer-Encoding: chunked']),
    '2\r\n{}\r\n0\r\n\r\n',
  ),
  'a Content-Length that is too long': sends(head(['Content-Length: 100']), '{}'),
  'a Content-Length that is far too long': sends(head(['Content-Length: 99999999999999999999']), '{}'),
  'a Content-Length that is too short': sends(head(['Content-Length: 1']), '{"statusCode":1}'),
  'more replies than were asked for': sends(reply(200, '{}'), reply(200, '{}'), reply(500, '{}')),
  'a change of protocol': sends(head(['Upgrade: websocket', 'Connection: Upgrade'], '101 Switching Protocols'), 'x'),
  'replies 100 without an end': floods('', head([], '100 Continue').repeat(100), 2_000),
  'replies 103 without an end': floods('', head(['Link: a'], '103 Early Hints').repeat(100), 2_000),
  'a status of 999': sends('HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n'),
  'a status of 0': sends('HTTP/1.1 000 No\r\nContent-Length: 0\r\n\r\n'),
  'a header without an end': floods('HTTP/1.1 200 OK\r\nX: ', 'x'.repeat(1000), 1_000),
  'headers without an end': floods('HTTP/1.1 200 OK\r\n', 'a: b\r\n'.repeat(100), 1_000),
  'many headers of one name': sends(head(Array.from({ length: 1500 }, () => 'Set-Cookie: a'))),
  'many challenges': sends(
    head(
      [
        ...Array.from({ length: 200 }, (_, i) => `WWW-Authenticate: Digest realm="${'"'.repeat(i % 3)}, nonce="n"`),
        'Content-Length: 0',
      ],
      '401 No',
    ),
  ),
  'an odd Keep-Alive': says('{}', { 'Keep-Alive': 'timeout=-1, timeout=99999999999, max=a' }),
  'trailers without an end': floods(`${chunked}2\r\n{}\r\n0\r\n`, 'a: b\r\n'.repeat(100), 1_000),
  'chunks of one byte': floods(chunked, '1\r\nx\r\n'.repeat(1000), 300),
  'chunks with long extensions': floods(chunked, `1;${'a'.repeat(1000)}\r\nx\r\n`, 200),
  'a chunk with no length': sends(chunked, 'zz\r\nx\r\n'),
  'a chunk that is far too long': sends(chunked, 'ffffffffffffffff\r\nx\r\n'),
  'headers byte by byte': drips(head(['Content-Length: 2']) + '{}'),
  'a body byte by byte, which never ends': drips(`${head(['Content-Length: 100000'])}${' '.repeat(50_000)}`),
  silence: () => undefined,
  'an end at once': ({ socket }) => socket.end(),
  'a reset': ({ reset }) => reset(),
  'a reset in the body': ({ socket, reset }) => socket.write(head(['Content-Length: 100']) + '{', reset),
  noise: sends(Buffer.from('\xff\0\x01 HTTP/1.1\r\n\r\n', 'latin1')),
};

/** Some bytes of an answer taken out, put in or changed, by numbers that decide where. */
function spoilt(bytes: Buffer, numbers: readonly number[]): Answer {
  const spoiltBytes = Buffer.from(bytes);
  for (const number of numbers) spoiltBytes[number % spoiltBytes.length] = (number >>> 8) & 0xff;
  return ({ socket }: { socket: net.Socket }) => {
    socket.write(spoiltBytes);
    socket.end();
  };
}

export { HARMLESS, HOSTILE_BODIES, HOSTILE_CONNECTIONS, spoilt, type Answer };
