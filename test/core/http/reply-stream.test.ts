import assert from 'node:assert/strict';
import type net from 'node:net';

import { Connection, type HttpCall, type HttpReply, type ReplyStream } from '../../../core/http/connection.js';
import { failureOf } from '../../harness/failure-of.js';
import { inNoTime, withClock } from '../../harness/clock.js';
import { elsewhere, signed, type KeyPair } from '../../harness/http/key-pairs.js';
import { RawServer, reply, type Answer } from '../../harness/http/raw-server.js';

const HEAD = 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('reply stream', () => {
  let server: RawServer;
  let connection: Connection;
  let sockets: net.Socket[];

  async function start(answer: Answer, secure?: KeyPair): Promise<void> {
    sockets = [];
    server = await RawServer.start((request) => {
      sockets.push(request.socket);
      answer(request);
    }, secure);
    connection = new Connection({
      ...{ protocol: secure ? 'https' : 'http', host: '127.0.0.1', port: server.port, maxSockets: 1 },
      certificate: secure ? { mode: 'verify', options: {} } : { mode: 'none' },
    });
  }

  function ask(more: Partial<HttpCall> = {}): Promise<HttpReply> {
    return connection.openStream({
      ...{ method: 'GET', path: '/', headers: {}, timeoutMs: 5000, maxBytes: 1000 },
      ...more,
    });
  }

  async function open(): Promise<ReplyStream> {
    const { stream } = await ask();
    assert.ok(stream);
    return stream;
  }

  async function textOf(stream: ReplyStream): Promise<string> {
    let all = '';
    for await (const piece of stream) all += piece.toString();
    return all;
  }

  afterEach(async () => {
    connection.close();
    await server.stop();
  });

  it('gives the body as it comes, longer than a whole reply may be, to its end', async () => {
    await start(({ socket }) => socket.write(HEAD));
    const stream = await open();
    const pieces = stream[Symbol.asyncIterator]();
    for (const text of ['one', 'two', 'x'.repeat(2000)]) {
      sockets[0]?.write(text);
      assert.equal((await pieces.next()).value?.toString(), text);
    }
    sockets[0]?.end();
    assert.equal((await pieces.next()).done, true);
    await stream.closed;
    await server.drained();
  });

  it('takes chunks apart', async () => {
    await start(({ socket }) => socket.write(`${CHUNKED}3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n`));
    assert.equal(await textOf(await open()), 'onetwo');
  });

  it('has as long as it likes once its headers are there; without them it is TIMEOUT', async () => {
    await start(({ socket, path }) => path === '/' && socket.write(HEAD));
    await withClock(async (clock) => {
      const stream = await open();
      clock.pass(3_600_000);
      const text = textOf(stream);
      sockets[0]?.end('still there');
      assert.equal(await text, 'still there');
    });
    const { code, reason } = await inNoTime(() => failureOf(ask({ path: '/silent' })));
    assert.deepEqual([code, reason], ['TIMEOUT', 'noAnswer']);
    await server.drained();
  });

  it('is only that of a 200: any other reply is read as a whole, within its limit', async () => {
    await start(({ socket, path }) =>
      socket.write(reply(Number(path.slice(1, 4)), path.slice(4), { 'WWW-Authenticate': 'x' })),
    );
    for (const status of [401, 403, 404, 500]) {
      const answer = await ask({ path: `/${status}/text` });
      assert.deepEqual([answer.status, answer.body.toString(), answer.stream], [status, '/text', undefined]);
      assert.deepEqual(answer.challenges, status === 401 ? ['x'] : []);
    }
    assert.equal((await failureOf(ask({ path: `/404/${'x'.repeat(1001)}` }))).code, 'TOO_LARGE');
    await server.drained();
  });

  it('that is cut gives UNREACHABLE', async () => {
    for (const head of [CHUNKED, 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n']) {
      await start(({ socket }) => socket.write(`${head}3\r\none\r\n`));
      const text = failureOf(textOf(await open()));
      sockets[0]?.end();
      assert.deepEqual([(await text).code, (await text).reason], ['UNREACHABLE', 'connectionLost']);
      connection.close();
      await server.stop();
    }
    await start(({ socket }) => socket.write(HEAD));
    const text = failureOf(textOf(await open()));
    server.requests[0]?.reset();
    assert.equal((await text).reason, 'connectionLost');
  });

  it('that is cut before anybody reads gives UNREACHABLE too', async () => {
    await start(({ socket }) => socket.write(HEAD));
    const stream = await open();
    server.requests[0]?.reset();
    await stream.closed;
    assert.equal((await failureOf(textOf(stream))).reason, 'connectionLost');
  });

  it('that is no chunk where there should be one gives BAD_REPLY', async () => {
    await start(({ socket }) => socket.write(`${CHUNKED}no chunk`));
    assert.equal((await failureOf(textOf(await open()))).code, 'BAD_REPLY');
  });

  it('ends for its reader when it is closed, or fails with the reason', async () => {
    await start(({ socket }) => socket.write(`${HEAD}x`));
    for (const reason of [undefined, new Error('enough')]) {
      const stream = await open();
      const text = textOf(stream);
      assert.equal(stream.isClosed, false);
      stream.close(reason);
      if (reason) await assert.rejects(text, reason);
      else assert.equal(await text, 'x');
      assert.equal(stream.isClosed, true);
      await stream.closed;
      await server.drained();
    }
  });

  it('ends with its connection, whether somebody reads it or not', async () => {
    await start(({ socket }) => socket.write(HEAD));
    const [read, unread] = [await open(), await open()];
    const failure = failureOf(textOf(read));
    connection.close();
    assert.equal((await failure).code, 'UNREACHABLE');
    await Promise.all([read.closed, unread.closed, server.drained()]);
    assert.equal((await failureOf(ask())).code, 'CANCELLED');
  });

  it('takes no lane of the others', async () => {
    await start(({ socket, path }) => socket.write(path === '/' ? HEAD : reply(200, 'ok')));
    await Promise.all([open(), open(), open()]);
    const { body } = await connection.send({ method: 'GET', path: '/a', headers: {}, timeoutMs: 5000, maxBytes: 10 });
    assert.equal(body.toString(), 'ok');
  });

  it('is given up while it is opened', async () => {
    await start(() => undefined);
    const giving = new AbortController();
    const answer = ask({ signal: giving.signal });
    const reason = new Error('enough');
    setImmediate(() => giving.abort(reason));
    await assert.rejects(answer, reason);
    await server.drained();
  });

  it('asks nothing of a server whose certificate is not trusted', async () => {
    await start(({ socket }) => socket.write(HEAD), elsewhere);
    assert.equal((await failureOf(ask())).code, 'CERTIFICATE');
    assert.equal(server.bytes, 0);
    connection.close();
    await server.stop();
    await start(({ socket }) => socket.write(HEAD), signed);
    assert.equal((await failureOf(ask())).code, 'CERTIFICATE');
    assert.equal(server.bytes, 0);
  });

  it('reads no more than is taken', async () => {
    let sent = 0;
    const block = Buffer.alloc(64 * 1024);
    await start(({ socket }) => {
      socket.write(HEAD);
      const more = (): void => {
        while (sent < 100_000_000 && !socket.destroyed) {
          sent += block.length;
          if (!socket.write(block)) return void socket.once('drain', more);
        }
      };
      more();
    });
    const pieces = (await open())[Symbol.asyncIterator]();
    let before = -1;
    // What the kernel holds goes on for a moment.
    while (before !== sent) {
      before = sent;
      for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    }
    assert.ok(sent < 30_000_000, `${sent} bytes`);
    await pieces.next();
    await pieces.return(undefined);
    await server.drained();
  });

  it('that comes in chunks of one byte lets others run', async () => {
    const flood = Buffer.from('1\r\nx\r\n'.repeat(500_000));
    await start(({ socket }) => socket.end(Buffer.concat([Buffer.from(CHUNKED), flood, Buffer.from('0\r\n\r\n')])));
    const stream = await open();
    let [length, turns, longest, since] = [0, 0, 0, performance.now()];
    const count = (): void => {
      turns += 1;
      longest = Math.max(longest, performance.now() - since);
      since = performance.now();
      if (length < 500_000) setImmediate(count);
    };
    count();
    for await (const piece of stream) length += piece.length;
    assert.equal(length, 500_000);
    // 3 MB in blocks of 64 KiB.
    assert.ok(turns > 20, `${turns} turns, the longest ${longest} ms`);
  });
});
