import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { mock } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { CertificateCheck } from '../../../core/http/certificate.js';
import {
  Connection,
  type ConnectionSettings,
  type HttpCall,
  type HttpReply,
  type SocketReuse,
} from '../../../core/http/connection.js';
import { ca, elsewhere, signed, type KeyPair } from '../../harness/http/key-pairs.js';
import { RawServer, reply, type Answer, type RawRequest } from '../../harness/http/raw-server.js';
import { inNoTime, withClock } from '../../harness/clock.js';
import { failureOf } from '../../harness/failure-of.js';

const FINGERPRINT = new X509Certificate(signed.cert).fingerprint256;

describe('connection', () => {
  let server: RawServer;
  let connection: Connection;

  async function start(answer: Answer, secure?: KeyPair & object, certificate: CertificateCheck = { mode: 'none' }) {
    server = await RawServer.start(answer, secure);
    connect(certificate);
  }

  function address(certificate: CertificateCheck = { mode: 'none' }, port = server.port): ConnectionSettings {
    const protocol = server.secure ? 'https' : 'http';
    return { protocol, host: '127.0.0.1', port, certificate, maxSockets: 2 };
  }

  function connect(...where: Parameters<typeof address>): void {
    connection = new Connection(address(...where));
  }

  function send(call: Partial<HttpCall> = {}): Promise<HttpReply> {
    return connection.send({ method: 'GET', path: '/', headers: {}, timeoutMs: 5000, maxBytes: 10_000, ...call });
  }

  afterEach(async () => {
    connection.close();
    await server.stop();
  });

  describe('on the wire', () => {
    it('keeps one socket for many requests', async () => {
      await start(({ socket }) => socket.write(reply(200, 'ok')), signed);
      for (let i = 0; i < 20; i += 1) assert.equal((await send()).body.toString(), 'ok');
      assert.equal(server.connections, 1);
      assert.equal(server.handshakes, 1);
    });

    it('says the length of a body and sends no chunks; a POST without a body has length 0', async () => {
      await start(({ socket }) => socket.write(reply(200)));
      await send({ method: 'PUT', body: Buffer.from('абв') });
      await send({ method: 'POST' });
      const [put, post] = server.requests;
      assert.equal(put?.headers.get('content-length'), '6');
      assert.equal(put.body.toString(), 'абв');
      assert.equal(post?.headers.get('content-length'), '0');
      assert.ok(server.requests.every(({ headers }) => !headers.has('transfer-encoding')));
    });

    it('gives each WWW-Authenticate header by itself', async () => {
      await start(({ socket }) =>
        socket.write(
          'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest a\r\nWWW-Authenticate: Basic b\r\nContent-Length: 0\r\n\r\n',
        ),
      );
      assert.deepEqual((await send()).challenges, ['Digest a', 'Basic b']);
    });

    it('does not follow a redirect', async () => {
      await start(({ socket }) => socket.write(reply(302, '', { Location: '/elsewhere' })));
      assert.equal((await send()).status, 302);
      assert.equal(server.requests.length, 1);
    });

    for (const [what, call] of [
      ['a line break in the path', { path: '/a\r\nX-Evil: 1' }],
      ['a blank in the path', { path: '/a b' }],
      ['a line break in a header', { headers: { 'Content-Type': 'a\r\nX-Evil: 1' } }],
      ['a line break in the method', { method: 'GET / HTTP/1.1\r\n\r\nGET' }],
    ] as const) {
      it(`refuses ${what} before anything is sent`, async () => {
        await start(({ socket }) => socket.write(reply(200)));
        const { code, delivery } = await failureOf(send(call));
        assert.deepEqual([code, delivery], ['INVALID_INPUT', 'unsent']);
        assert.equal(server.bytes, 0);
      });
    }
  });

  describe('limits', () => {
    it('a reply whose headers do not come in time gives TIMEOUT, which may have taken effect', async () => {
      await start(() => undefined);
      const { code, delivery, cause } = await inNoTime(() => failureOf(send()));
      assert.deepEqual([code, delivery, cause.retryable], ['TIMEOUT', 'unknown', true]);
    });

    it('a TLS handshake that never ends gives TIMEOUT, and nothing was sent', async () => {
      const silent = net.createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      await start(() => undefined, signed);
      connect({ mode: 'none' }, (silent.address() as net.AddressInfo).port);
      const { code, delivery } = await inNoTime(() => failureOf(send()));
      assert.deepEqual([code, delivery], ['TIMEOUT', 'unsent']);
      connection.close();
      silent.close();
      await once(silent, 'close');
    });

    it('a body longer than allowed gives TOO_LARGE, whether it was announced or not', async () => {
      const long = Buffer.alloc(30_000);
      let announced = true;
      await start(({ socket }) => {
        if (announced) socket.write(reply(200, long));
        else socket.end(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), long]));
      });
      assert.equal((await failureOf(send())).code, 'TOO_LARGE');
      announced = false;
      assert.equal((await failureOf(send())).code, 'TOO_LARGE');
    });

    it('an announced length above the limit is refused before the body comes', async () => {
      await start(({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n'));
      assert.equal((await failureOf(send())).code, 'TOO_LARGE');
    });

    it('endless headers give BAD_REPLY', async () => {
      await start(({ socket }) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`));
      assert.equal((await failureOf(send())).code, 'BAD_REPLY');
    });
  });

  describe('a socket that died', () => {
    /** Answers once on each connection, then leaves without notice when the next request comes. */
    const oneEach: Answer = ({ socket, onConnection }) => {
      if (onConnection === 1) socket.write(reply(200, 'ok'));
      else socket.destroy();
    };

    for (const secure of [undefined, signed]) {
      const over = secure ? 'https' : 'http';
      it(`repeats a request on a fresh one, once, over ${over}`, async () => {
        await start(oneEach, secure);
        await send();
        assert.equal((await send({ method: 'PUT', body: Buffer.from('x') })).status, 200);
        assert.equal(server.connections, 2);
        assert.equal(server.requests.length, 3);
      });

      it(`does not repeat what must not go twice, over ${over}`, async () => {
        await start(oneEach, secure);
        await send();
        const { code, delivery } = await failureOf(send({ method: 'POST', reuse: 'certainlyAlive' }));
        assert.deepEqual([code, delivery], ['UNREACHABLE', 'unknown']);
        assert.equal(server.requests.length, 2);
      });

      it(`cannot meet a request that wants a fresh one, over ${over}`, async () => {
        await start(oneEach, secure);
        await send();
        assert.equal((await send({ method: 'POST', reuse: 'fresh' })).status, 200);
        assert.deepEqual(
          server.requests.map(({ connection }) => connection),
          [1, 2],
        );
      });
    }

    it('is not risked for a request that must not go twice: 3 s of idleness are too many', async () => {
      await start(({ socket, connection }) => socket.write(reply(200, String(connection))));
      const since = performance.now();
      let passed = 0;
      mock.method(performance, 'now', () => since + passed);
      try {
        const connectionAfter = async (ms: number, reuse: SocketReuse): Promise<string> => {
          passed += ms;
          return (await send({ reuse })).body.toString();
        };
        assert.equal(await connectionAfter(0, 'any'), '1');
        assert.equal(await connectionAfter(2_999, 'certainlyAlive'), '1');
        assert.equal(await connectionAfter(25_000, 'any'), '1');
        assert.equal(await connectionAfter(3_001, 'certainlyAlive'), '2');
      } finally {
        mock.restoreAll();
      }
    });

    it('is never repeated on a fresh connection', async () => {
      await start(({ socket }) => socket.destroy());
      assert.equal((await failureOf(send())).code, 'UNREACHABLE');
      assert.equal(server.requests.length, 1);
    });

    it('asks for the headers anew, so that no signature goes twice', async () => {
      await start(oneEach);
      await send();
      let signature = 0;
      await send({ headers: () => ({ 'X-Signature': String((signature += 1)) }) });
      assert.deepEqual(
        server.requests.slice(1).map(({ headers }) => headers.get('x-signature')),
        ['1', '2'],
      );
    });

    it('never takes bytes that nobody asked for as the reply to the next request', async () => {
      await start(({ socket, onConnection }) => {
        socket.write(reply(200, `answer ${onConnection}`));
        if (onConnection === 1) setImmediate(() => socket.write(reply(200, 'forged')));
      });
      await send();
      const [first] = server.requests as [RawRequest];
      await once(first.socket, 'close');
      assert.equal((await send()).body.toString(), 'answer 1');
      assert.equal(server.connections, 2);
    });

    it('is closed by itself where the server says how long it keeps it', async () => {
      await start(({ socket }) => socket.write(reply(200, 'ok', { 'Keep-Alive': 'timeout=1' })));
      await send();
      await send();
      assert.equal(server.connections, 2);
    });

    it('is closed while it is idle, a second before the server would', async () => {
      await start(({ socket }) => socket.write(reply(200, 'ok', { 'Keep-Alive': 'timeout=2, max=100' })));
      await send();
      await send();
      const [first] = server.requests as [RawRequest];
      await once(first.socket, 'close');
      assert.equal(server.connections, 1);
    });
  });

  describe('a slow body', () => {
    const HEADERS = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n';

    it('may take longer than the headers', () =>
      withClock(async (clock) => {
        await start(({ socket }) => {
          socket.write(`${HEADERS}o`);
          setTimeout(() => socket.write('k'), 8_000);
        });
        assert.equal((await clock.until(send({ timeoutMs: 5_000 }))).body.toString(), 'ok');
      }));

    it('is given up 5 s later, and no socket stays', () =>
      withClock(async (clock) => {
        await start(({ socket }) => socket.write(`${HEADERS}o`));
        let code: string | undefined;
        const failed = failureOf(send({ timeoutMs: 5_000 })).then((failure) => (code = failure.code));
        await clock.rest();
        clock.pass(9_900);
        await clock.rest();
        assert.equal(code, undefined);
        clock.pass(200);
        await clock.rest();
        assert.equal(code, 'TIMEOUT');
        await failed;
        await server.drained();
      }));
  });

  describe('a faulty server', () => {
    const body = 'x'.repeat(100);
    const whole = reply(200, body).toString('latin1');
    const half = whole.slice(0, -50);
    const faults: [string, Answer, string][] = [
      ['resets before the reply', ({ reset }) => reset(), 'UNREACHABLE'],
      ['closes before the reply', ({ socket }) => socket.end(), 'UNREACHABLE'],
      [
        'resets within the headers',
        ({ socket, reset }) => socket.write('HTTP/1.1 200 OK\r\nConte', reset),
        'UNREACHABLE',
      ],
      ['resets within the body', ({ socket, reset }) => socket.write(half, reset), 'UNREACHABLE'],
      ['closes within the body', ({ socket }) => socket.end(half), 'UNREACHABLE'],
      [
        'closes within a chunk',
        ({ socket }) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nabc'),
        'UNREACHABLE',
      ],
      ['is silent', () => undefined, 'TIMEOUT'],
      ['is silent within the headers', ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nConte'), 'TIMEOUT'],
      ['says garbage', ({ socket }) => socket.write('\x00\xff\x16garbage\r\n\r\n'), 'BAD_REPLY'],
      ['says a wrong version', ({ socket }) => socket.write('HTTP/9.9 abc\r\n\r\n'), 'BAD_REPLY'],
      [
        'gives two different lengths',
        ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
        'BAD_REPLY',
      ],
      [
        'says more than its length in one piece',
        ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc'),
        'BAD_REPLY',
      ],
      [
        'changes the protocol',
        ({ socket }) => socket.write('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
        'UNREACHABLE',
      ],
    ];
    for (const secure of [undefined, signed]) {
      for (const [what, answer, code] of faults) {
        it(`that ${what} gives ${code} over ${secure ? 'https' : 'http'}`, async () => {
          await start(answer, secure);
          const failure = await (code === 'TIMEOUT' ? inNoTime(() => failureOf(send())) : failureOf(send()));
          assert.equal(failure.code, code);
          assert.notEqual(failure.delivery, 'unsent');
          await server.drained();
        });
      }
    }

    it('that resets after the reply spoils neither that reply nor the next request', async () => {
      await start(({ socket, reset }) => socket.write(reply(200, body), reset));
      assert.equal((await send()).body.length, 100);
      assert.equal((await send()).body.length, 100);
    });

    it('that drips its body is given up', async () => {
      await start(({ socket }) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
        const drip = setInterval(() => socket.write('x'), 5);
        socket.once('close', () => clearInterval(drip));
      });
      const abort = new AbortController();
      const sending = send({ maxBytes: 1e6, signal: abort.signal });
      while (server.bytes === 0) await new Promise(setImmediate);
      const gone = new Error('given up');
      abort.abort(gone);
      await assert.rejects(sending, gone);
      await server.drained();
    });
  });

  describe('certificates', () => {
    const ok: Answer = ({ socket }) => socket.write(reply(200, 'ok'));

    it('pin accepts the pinned one, written with or without colons', async () => {
      for (const fingerprint of [FINGERPRINT, FINGERPRINT.replaceAll(':', '').toLowerCase()]) {
        await start(ok, signed, { mode: 'pin', fingerprint });
        assert.equal((await send()).status, 200);
        connection.close();
        await server.stop();
      }
      await start(ok);
    });

    it('pin refuses any other before a byte of HTTP, on every connection, and names the one seen', async () => {
      await start(ok, signed, { mode: 'pin', fingerprint: 'AB'.repeat(32) });
      for (let i = 1; i <= 3; i += 1) {
        const { code, params, delivery } = await failureOf(send());
        assert.deepEqual([code, delivery], ['CERTIFICATE', 'unsent']);
        assert.equal(params['fingerprint'], FINGERPRINT);
        assert.equal(server.connections, i);
      }
      assert.equal(server.bytes, 0);
      await server.drained();
    });

    it('pin is checked again when the server forces a new connection, with no session resumed', async () => {
      await start(({ socket }) => socket.end(reply(200, 'ok', { Connection: 'close' })), signed, {
        mode: 'pin',
        fingerprint: FINGERPRINT,
      });
      await send();
      await send();
      assert.equal(server.handshakes, 2);
      assert.equal(server.resumed, 0);
    });

    it('verify accepts what the CA of the TLS options signed', async () => {
      await start(ok, signed, { mode: 'verify', options: { ca } });
      assert.equal((await send()).status, 200);
    });

    it('verify refuses an unknown CA and another host before a byte of HTTP, with the fingerprint seen', async () => {
      await start(ok, signed, { mode: 'verify' });
      const unknown = await failureOf(send());
      assert.equal(unknown.code, 'CERTIFICATE');
      assert.ok(unknown.params['fingerprint'] === FINGERPRINT);
      assert.equal(server.bytes, 0);
      connection.close();
      await server.stop();
      await start(ok, elsewhere, { mode: 'verify', options: { ca } });
      assert.equal((await failureOf(send())).code, 'CERTIFICATE');
      assert.equal(server.bytes, 0);
    });

    it('verify is not weakened by TLS options that switch it off', async () => {
      await start(ok, signed, { mode: 'verify', options: { rejectUnauthorized: false } });
      assert.equal((await failureOf(send())).code, 'CERTIFICATE');
    });

    it('a client certificate of the TLS options is shown', async () => {
      await start(ok, { ...signed, requestCert: true, rejectUnauthorized: true, ca } as KeyPair, {
        mode: 'verify',
        options: { ca, ...signed },
      });
      assert.equal((await send()).status, 200);
    });

    it('none accepts any', async () => {
      await start(ok, elsewhere, { mode: 'none' });
      assert.equal((await send()).status, 200);
    });

    it('unusable key material gives CERTIFICATE', async () => {
      await start(ok, signed, { mode: 'verify', options: { key: 'no key', cert: 'no certificate' } });
      assert.equal((await failureOf(send())).code, 'CERTIFICATE');
    });

    it('https to a server that speaks http gives an error of our own', async () => {
      const plain = net
        .createServer((socket) => socket.once('data', () => socket.end(reply(400))))
        .listen(0, '127.0.0.1');
      await once(plain, 'listening');
      await start(ok, signed);
      connect({ mode: 'none' }, (plain.address() as net.AddressInfo).port);
      const { code, delivery, reason } = await failureOf(send());
      assert.deepEqual([code, delivery, reason], ['UNREACHABLE', 'unsent', 'notTls']);
      plain.close();
      await once(plain, 'close');
    });
  });

  describe('ending', () => {
    it('an abort ends a request in flight with the signal’s reason and leaves no socket', async () => {
      await start(() => undefined);
      const abort = new AbortController();
      const reason = new Error('given up');
      const sending = send({ signal: abort.signal });
      while (server.requests.length === 0) await new Promise(setImmediate);
      abort.abort(reason);
      await assert.rejects(sending, reason);
      await server.drained();
    });

    it('a signal that is aborted already sends nothing', async () => {
      await start(() => undefined);
      const reason = new Error('given up');
      await assert.rejects(send({ signal: AbortSignal.abort(reason) }), reason);
      assert.equal(server.connections, 0);
    });

    it('close ends idle sockets, those in use and those that connect', async () => {
      await start(({ socket, path }) => path === '/idle' && socket.write(reply(200)), signed);
      await send({ path: '/idle' });
      const stuck = failureOf(send({ path: '/stuck' }));
      while (server.requests.length < 2) await new Promise(setImmediate);
      const connecting = failureOf(send({ path: '/connecting' }));
      connection.close();
      assert.equal((await stuck).code, 'CANCELLED');
      assert.equal((await connecting).code, 'UNREACHABLE');
      await server.drained();
      assert.equal((await failureOf(send())).code, 'CANCELLED');
      assert.equal(server.openSockets, 0);
    });

    it('a socket of a request’s own ends with that request, or when the connection is closed', async () => {
      await start(({ socket, path }) => path === '/' && socket.write(reply(200)));
      await send({ reuse: 'fresh' });
      await server.drained();
      const stuck = failureOf(send({ path: '/stuck', reuse: 'fresh' }));
      while (server.requests.length < 2) await new Promise(setImmediate);
      connection.close();
      assert.equal((await stuck).code, 'UNREACHABLE');
      await server.drained();
      assert.equal((await failureOf(send({ reuse: 'fresh' }))).code, 'CANCELLED');
    });

    it('leaves no listener on a signal that outlives the request', async () => {
      await start(({ socket }) => socket.write(reply(200)));
      const { signal } = new AbortController();
      let listeners = 0;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        listeners += 1;
        add(...args);
      };
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        listeners -= 1;
        remove(...args);
      };
      for (let i = 0; i < 3; i += 1) await send({ signal });
      assert.equal(listeners, 0);
    });

    it('nothing of a request stays with a shared signal', async () => {
      await start(({ socket }) => socket.write(reply(200)));
      const shared = new AbortController();
      connection.close();
      connection = new Connection({ ...address(), sharedSignals: [shared.signal] });
      const { signal } = shared;
      const sendOne = async (): Promise<WeakRef<Buffer>> => {
        const body = Buffer.from('a picture');
        await send({ method: 'PUT', body, signal });
        return new WeakRef(body);
      };
      // The engine itself may keep something of the first.
      await sendOne();
      const body = await sendOne();
      await sendOne();
      await collectGarbage();
      assert.equal(body.deref(), undefined);
      const sending = send({ path: '/never', signal });
      shared.abort(new Error('given up'));
      await assert.rejects(sending, /given up/);
    });

    it('a port where nobody listens gives UNREACHABLE, and nothing was sent', async () => {
      await start(() => undefined);
      const { port } = server;
      await server.stop();
      connect({ mode: 'none' }, port);
      const { code, delivery, cause } = await failureOf(send());
      assert.deepEqual([code, delivery, cause.retryable], ['UNREACHABLE', 'unsent', true]);
      await start(() => undefined);
    });
  });
});

/** Runs the garbage collector until weak references may be trusted. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i += 1) {
    await new Promise(setImmediate);
    gc();
  }
}
