import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { getEventListeners } from 'node:events';

import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { Terminal, type IsapiCall, type TerminalSettings } from '../../../../core/isapi/terminal/terminal.js';
import { terminalSettings } from '../../../../core/isapi/terminal/terminal-settings.js';
import { signed, type KeyPair } from '../../../harness/http/key-pairs.js';
import { RawServer, reply, type Answer, type RawRequest } from '../../../harness/http/raw-server.js';
import { StrictLogin, type StrictLoginSettings } from '../../../harness/terminal/strict-login.js';
import { inNoTime } from '../../../harness/clock.js';
import { failureOf } from '../../../harness/failure-of.js';
import { inEnglish } from '../../../harness/in-english.js';

const OK = '{"statusCode":1,"subStatusCode":"ok"}';

describe('terminal', () => {
  let server: RawServer;
  let login: StrictLogin;
  let terminal: Terminal;
  /** Requests of the queue, and of captures, that the terminal works on; and the most there ever were. */
  let inFlight: number;
  let mostInFlight: number;

  /** A strict terminal over the wire; `then` answers what the login lets through. */
  async function start(
    then?: Answer,
    loginSettings: Partial<StrictLoginSettings> = {},
    secure?: KeyPair,
  ): Promise<void> {
    login = new StrictLogin(loginSettings);
    inFlight = mostInFlight = 0;
    server = await RawServer.start((request) => {
      mostInFlight = Math.max(mostInFlight, (inFlight += 1));
      setImmediate(() => {
        inFlight -= 1;
        const verdict = login.verify(request.method, request.path, request.headers.get('authorization'));
        if (verdict.status === 200) (then ?? (({ socket }) => socket.write(reply(200, OK))))(request);
        else request.socket.write(unauthorized(verdict.challenges, verdict.body));
      });
    }, secure);
    terminal = new Terminal(settings());
  }

  function settings(more: Partial<TerminalSettings> = {}): TerminalSettings {
    return {
      ...terminalSettings({
        name: 'Lobby',
        protocol: server.secure ? 'https' : 'http',
        host: '127.0.0.1',
        port: server.port,
      }),
      certificate: { mode: 'pin', fingerprint: new X509Certificate(signed.cert).fingerprint256 },
      credentials: { username: 'admin', password: 'secret' },
      ...more,
    };
  }

  /** The same terminal with other settings; nothing has been sent yet. */
  async function reopen(more: Partial<TerminalSettings>): Promise<void> {
    await terminal.close();
    terminal = new Terminal(settings(more));
  }

  function call(more: Partial<IsapiCall> = {}): Promise<unknown> {
    return terminal.call({ operation: 'try', method: 'PUT', path: '/ISAPI/a', policy: 'repeatable', ...more });
  }

  /** Answers one after another, the last one for ever. */
  function inTurn(...answers: (string | Buffer | Answer)[]): Answer {
    let next = 0;
    return (request) => {
      const answer = answers[Math.min(next, answers.length - 1)] ?? '';
      next += 1;
      if (typeof answer === 'function') answer(request);
      else request.socket.write(Buffer.isBuffer(answer) ? answer : reply(200, answer));
    };
  }

  const status = (statusCode: number, subStatusCode: string): Buffer =>
    reply(400, JSON.stringify({ statusCode, subStatusCode }));
  const signedRequests = (): RawRequest[] => server.requests.filter(({ headers }) => headers.has('authorization'));

  afterEach(async () => {
    await terminal.close();
    await server.stop();
  });

  it('200 requests in a row cost one challenge and one TLS handshake', async () => {
    await start(undefined, {}, signed);
    for (let i = 0; i < 200; i += 1) await call({ body: Buffer.from('{}') });
    assert.deepEqual([login.challenges, login.repeated, server.handshakes], [1, 0, 1]);
    assert.equal(server.requests.length, 201);
  });

  it('20 at once on a cold session cost one challenge, and go one at a time in order', async () => {
    await start();
    await Promise.all(Array.from({ length: 20 }, (_, i) => call({ path: `/ISAPI/${i}` })));
    assert.deepEqual([login.challenges, login.rejected, mostInFlight], [1, 0, 1]);
    assert.deepEqual(
      signedRequests().map(({ path }) => path),
      Array.from({ length: 20 }, (_, i) => `/ISAPI/${i}`),
    );
  });

  it('probes without a body and without its Content-Type, since a photo would travel twice', async () => {
    await start();
    await call({ body: Buffer.from('a photo'), contentType: 'image/jpeg' });
    const [probe, signedCall] = server.requests;
    assert.deepEqual([probe?.method, probe?.body.length, probe?.headers.has('content-type')], ['GET', 0, false]);
    assert.deepEqual([signedCall?.body.toString(), signedCall?.headers.get('content-type')], ['a photo', 'image/jpeg']);
  });

  it('fifty messages at once with a wrong password cost one try, and name the terminal', async () => {
    await start(undefined, { password: 'other' });
    const failures = await Promise.all(Array.from({ length: 50 }, () => failureOf(call())));
    assert.ok(failures.every(({ code, cause }) => code === 'UNAUTHORIZED' && cause.terminal === 'Lobby'));
    assert.equal(login.rejected, 1);
  });

  it('a capture that blocks bypasses the queue and holds up nothing', async () => {
    let end = (): void => undefined;
    await start((request) => {
      const answer = (): void => void request.socket.write(reply(200, OK));
      if (request.path === '/capture') end = answer;
      else answer();
    });
    await call();
    const capture = call({ method: 'POST', path: '/capture', policy: 'capture' });
    for (let i = 0; i < 5; i += 1) await call();
    end();
    await capture;
    assert.equal(login.repeated, 0);
  });

  it('refuses one more than may wait with QUEUE_FULL', async () => {
    await start();
    await reopen({ queueLimit: 3 });
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => call()));
    assert.deepEqual(
      outcomes.map(({ status: outcome }) => outcome),
      [...Array<string>(4).fill('fulfilled'), ...Array<string>(2).fill('rejected')],
    );
  });

  it('leaves no listener on its own signal or the caller’s, which live on', async () => {
    await start();
    const caller = new AbortController().signal;
    const listeners = (): number[] => [caller, terminal.closed].map((on) => getEventListeners(on, 'abort').length);
    const before = listeners();
    for (let i = 0; i < 3; i += 1) await call(i === 0 ? {} : { signal: caller });
    assert.deepEqual(listeners(), before);
  });

  describe('calls under one signal while it is open', () => {
    /** Answers the first call, and tells when the second has come. */
    async function answerOnce(): Promise<() => Promise<void>> {
      let come = (): void => undefined;
      const second = new Promise<void>((resolve) => (come = resolve));
      await start(({ path, socket }) => {
        if (path === '/ISAPI/second') come();
        else socket.write(reply(200, OK));
      });
      return () => second;
    }
    const two = (signals: AbortSignal[]): Promise<unknown> =>
      terminal.whileOpen(signals, async (signal) => {
        await call({ signal });
        await call({ signal, path: '/ISAPI/second' });
      });

    it('end with its reason', async () => {
      const second = await answerOnce();
      const caller = new AbortController();
      const ended = failureOf(two([new AbortController().signal, caller.signal]));
      await second();
      caller.abort(HikvisionError.of('cancelled', { delivery: 'unknown' }));
      assert.equal((await ended).code, 'CANCELLED');
    });

    it('end when the terminal is closed', async () => {
      const second = await answerOnce();
      const ended = failureOf(two([new AbortController().signal]));
      await second();
      await terminal.close();
      const { code, cause } = await ended;
      assert.deepEqual([code, cause.terminal], ['CANCELLED', 'Lobby']);
    });

    it('are not sent where it was aborted before', async () => {
      await start();
      const caller = new AbortController();
      caller.abort(new Error('gone'));
      await assert.rejects(two([caller.signal]), /gone/);
      assert.equal(server.requests.length, 0);
    });

    it('leave no listener on any of them', async () => {
      await start();
      const caller = new AbortController().signal;
      const before = getEventListeners(terminal.closed, 'abort').length;
      let own: AbortSignal | undefined;
      await terminal.whileOpen([caller], async (signal) => {
        own = signal;
        const once = getEventListeners(signal, 'abort').length;
        await call({ signal });
        await call({ signal });
        assert.equal(getEventListeners(signal, 'abort').length, once);
      });
      assert.ok(own);
      assert.deepEqual(
        [caller, own, terminal.closed].map((signal) => getEventListeners(signal, 'abort').length),
        [0, 0, before],
      );
    });
  });

  describe('a login on a socket that died', () => {
    it('is signed anew: no nonce and nc go twice', async () => {
      let dead = false;
      await start(({ socket, onConnection }) => {
        if (dead && onConnection > 1) socket.destroy();
        else socket.write(reply(200, OK));
      });
      await call();
      dead = true;
      await call();
      assert.deepEqual([login.repeated, login.rejected], [0, 0]);
      assert.equal(signedRequests().length, 3);
    });

    it('is not sent again where the call must not go twice, and says that it may have taken effect', async () => {
      let dead = false;
      await start(({ socket }) => (dead ? socket.destroy() : socket.write(reply(200, OK))));
      await call();
      dead = true;
      const { code, delivery } = await failureOf(call({ method: 'POST', policy: 'notTwice' }));
      assert.deepEqual([code, delivery], ['UNREACHABLE', 'unknown']);
      assert.equal(signedRequests().length, 2);
    });
  });

  describe('retries', () => {
    it('what passes by itself is sent again until it succeeds', async () => {
      await start(inTurn(status(2, 'deviceBusy'), status(6, 'faceDataModeling'), OK));
      await inNoTime(call);
      assert.equal(signedRequests().length, 3);
    });

    it('no more often than the settings allow', async () => {
      await start(inTurn(status(2, 'deviceBusy')));
      await reopen({ retries: 1 });
      assert.equal((await inNoTime(() => failureOf(call()))).code, 'deviceBusy');
      assert.equal(signedRequests().length, 2);
    });

    it('a device error is tried once more, and only where the call may go twice', async () => {
      await start(inTurn(status(3, 'deviceError')));
      await reopen({ retries: 5 });
      await inNoTime(() => failureOf(call()));
      assert.equal(signedRequests().length, 2);
      await failureOf(call({ policy: 'notTwice' }));
      assert.equal(signedRequests().length, 3);
    });

    it('what cannot pass by itself is not sent again', async () => {
      await start(inTurn(status(6, 'badParameters')));
      await failureOf(call());
      assert.equal(signedRequests().length, 1);
    });

    it('what the terminal refused as busy is sent again, also where the call must not go twice', async () => {
      await start(inTurn(status(2, 'deviceBusy'), OK));
      await inNoTime(() => call({ method: 'POST', policy: 'notTwice' }));
      assert.equal(signedRequests().length, 2);
    });

    for (const [what, answer] of [
      ['a gateway’s 502', reply(502, '<html></html>')],
      ['a lost reply', ({ socket }: RawRequest) => socket.destroy()],
      ['a cut document', reply(200, '{"statusCo')],
    ] as const) {
      it(`after ${what} a call that must not go twice is left to be looked up`, async () => {
        await start(inTurn(answer, OK));
        const { delivery } = await failureOf(call({ method: 'POST', policy: 'notTwice' }));
        assert.equal(delivery, 'unknown');
        assert.equal(signedRequests().length, 1);
      });
    }

    for (const policy of ['capture', 'rawCapture', 'cancelCapture'] as const) {
      it(`a call with the policy ${policy} is never sent again by itself`, async () => {
        await start(inTurn(status(2, 'deviceBusy'), OK));
        await reopen({ retries: 5 });
        assert.equal((await inNoTime(() => failureOf(call({ policy })))).code, 'deviceBusy');
        assert.equal(signedRequests().length, 1);
      });
    }

    it('who has lost the right to the terminal does not try again, although the message may', async () => {
      await start();
      await reopen({ retries: 5 });
      let asked = 0;
      const beforeSending = (): void => {
        asked += 1;
        throw HikvisionError.of('ownershipLost', { retryable: true, delivery: 'unsent', params: { serial: 'T1' } });
      };
      const { code, cause } = await inNoTime(() => failureOf(call({ beforeSending })));
      assert.deepEqual([code, cause.retryable, asked], ['NOT_OWNER', true, 1]);
    });

    it('end with the caller’s own deadline', async () => {
      await start(inTurn(status(2, 'deviceBusy')));
      const deadline = new AbortController();
      const reason = new Error('too late');
      await reopen({ retries: 20 });
      const calling = call({ signal: deadline.signal });
      while (signedRequests().length === 0) await new Promise(setImmediate);
      deadline.abort(reason);
      await assert.rejects(calling, reason);
    });
  });

  describe('closing', () => {
    it('ends what is in flight and what waits with CANCELLED, and leaves no socket', async () => {
      await start(() => undefined);
      const capture = failureOf(call({ path: '/capture', policy: 'capture' }));
      const calls = Array.from({ length: 20 }, () => failureOf(call()));
      while (signedRequests().length === 0) await new Promise(setImmediate);
      await terminal.close();
      for (const failure of await Promise.all([capture, ...calls])) assert.equal(failure.code, 'CANCELLED');
      await server.drained();
      assert.equal((await failureOf(call())).code, 'CANCELLED');
      assert.equal(terminal.waitingCount, 0);
    });

    it('ends a wait between two attempts', async () => {
      await start(inTurn(status(2, 'deviceBusy')));
      await reopen({ retries: 20 });
      const calling = failureOf(call());
      while (signedRequests().length === 0) await new Promise(setImmediate);
      await terminal.close();
      assert.equal((await calling).code, 'CANCELLED');
    });

    it('a thousand that wait are no leak', async () => {
      const warnings: Error[] = [];
      const warned = (warning: Error): void => void warnings.push(warning);
      process.on('warning', warned);
      await start(() => undefined);
      const calls = Array.from({ length: 1000 }, () => failureOf(call()));
      await new Promise(setImmediate);
      assert.equal(terminal.waitingCount, 999);
      await terminal.close();
      await Promise.all(calls);
      await new Promise(setImmediate);
      process.removeListener('warning', warned);
      assert.deepEqual(warnings, []);
    });

    describe('while a capture runs', () => {
      const CANCEL: IsapiCall = { operation: 'cancel', method: 'PUT', path: '/cancel', policy: 'cancelCapture' };
      const wasCancelled = (): boolean => signedRequests().some(({ path }) => path === '/cancel');
      let capture: Promise<unknown>;
      let ended: Promise<unknown>;

      /** The terminal answers the capture, and the cancelling, when it is cancelled; or neither of them. */
      async function startCapture(heedsCancel: boolean): Promise<void> {
        const answers: (() => void)[] = [];
        await start(({ socket, path }) => {
          const answer = (): void => void socket.write(reply(200, OK));
          if (path === '/capture' || path === '/cancel') answers.push(answer);
          else answer();
          if (path === '/cancel' && heedsCancel) for (const each of answers) each();
        });
        await call();
        capture = call({ path: '/capture', policy: 'capture' });
        ended = capture.catch(() => undefined);
        while (!signedRequests().some(({ path }) => path === '/capture')) await new Promise(setImmediate);
      }

      it('cancels it first, and the capture gets its answer', async () => {
        await startCapture(true);
        terminal.cancelOnClose(CANCEL, ended);
        await terminal.close();
        await capture;
        assert.ok(wasCancelled());
        await server.drained();
      });

      it('waits less than a second for a terminal that does not heed it', async () => {
        await startCapture(false);
        terminal.cancelOnClose(CANCEL, ended);
        const since = performance.now();
        const failure = failureOf(capture);
        await terminal.close();
        assert.ok(performance.now() - since < 1000);
        assert.ok(wasCancelled());
        assert.equal((await failure).code, 'CANCELLED');
        await server.drained();
      });

      it('cancels nothing that was withdrawn', async () => {
        await startCapture(true);
        const withdraw = terminal.cancelOnClose(CANCEL, ended);
        withdraw();
        const failure = failureOf(capture);
        await terminal.close();
        assert.equal((await failure).code, 'CANCELLED');
        assert.ok(!wasCancelled());
      });
    });
  });

  for (const path of [
    '/ISAPI/../etc',
    '/ISAPI/%2e%2E/etc',
    '/ISAPI/a/..?x=1',
    '//elsewhere.test/ISAPI',
    'http://elsewhere.test/ISAPI',
    '/ISAPI/a b',
    '/ISAPI/a\r\nHost: x',
    '/ISAPI/%0d%0aHost:x',
    '/ISAPI/a", qop=auth, x="',
    '/ISAPI\\..\\etc',
    '/ISAPI/..%2fetc',
    '/ISAPI/Пример',
    'ISAPI/a',
    '',
  ]) {
    it(`never sends the path ${JSON.stringify(path)}`, async () => {
      await start();
      // And not the second time either: what is remembered of paths are the safe ones.
      for (let times = 1; times <= 2; times += 1) {
        const { code, delivery, params } = await failureOf(call({ path }));
        assert.deepEqual([code, delivery, params], ['INVALID_INPUT', 'unsent', { field: 'path' }]);
      }
      assert.equal(server.connections, 0);
    });
  }

  it('sends the paths that terminals have', async () => {
    await start();
    await call({ path: '/LOCALS/pic/web_face_enrollpic.jpg@WEB000000000012' });
    await call({ path: '/ISAPI/AccessControl/UserInfo/Record?format=json&x=../y' });
    assert.equal(signedRequests().length, 2);
  });

  it('beforeSending has its say at the moment of sending, and what it throws is the outcome', async () => {
    await start();
    const refuse = (): void => {
      throw HikvisionError.of('superseded', { delivery: 'unsent' });
    };
    assert.equal((await failureOf(call({ beforeSending: refuse }))).code, 'FACE_SUPERSEDED');
    assert.equal(signedRequests().length, 0);
    await call();
  });

  it('what the caller’s check throws by mistake is told with the terminal and the operation too', async () => {
    await start();
    const beforeSending = (): void => {
      throw new TypeError('a mistake');
    };
    const { code, cause } = await failureOf(call({ beforeSending, signal: new AbortController().signal }));
    assert.deepEqual([code, cause.terminal, cause.operation], ['BAD_REPLY', 'Lobby', 'try']);
  });

  describe('where the terminal did what it was told but wants to be restarted', () => {
    const RESTART = '{"statusCode":7,"subStatusCode":"rebootRequired"}';

    it('says so, after this call and no other', async () => {
      await start(inTurn(OK, RESTART, OK));
      let times = 0;
      await terminal.close();
      terminal = new Terminal(settings(), { onRebootRequired: () => (times += 1) });
      const told: number[] = [];
      for (let i = 0; i < 3; i += 1) {
        await call();
        told.push(times);
      }
      assert.deepEqual(told, [0, 1, 1]);
    });

    it('succeeds, also where nobody listens', async () => {
      await start(inTurn(RESTART));
      await call();
    });
  });

  it('no error holds the password or a digest response', async () => {
    await start(
      inTurn(({ socket }) => socket.destroy()),
      { password: 'other' },
    );
    const rejected = await failureOf(call());
    const [{ headers }] = signedRequests() as [RawRequest];
    const response = /response="(\w+)"/.exec(headers.get('authorization') ?? '')?.[1] ?? '?';
    const shown = JSON.stringify([rejected, inEnglish(rejected), rejected.message, rejected.stack, rejected.cause]);
    assert.ok(!shown.includes('secret') && !shown.includes(response));
  });
});

describe('terminal settings', () => {
  const raw = { protocol: 'https', host: '192.0.2.7', username: 'admin' };
  const refused = (more: object): unknown => {
    try {
      terminalSettings({ ...raw, ...more });
    } catch (error) {
      return error instanceof HikvisionError && inEnglish(error).message;
    }
    return undefined;
  };

  it('fill in what is blank and take numbers as text', () => {
    const { port, timeoutMs, retries, certificate } = terminalSettings({ ...raw, port: '', timeout: '2.5' });
    assert.deepEqual([port, timeoutMs, retries, certificate.mode], [443, 2500, 2, 'verify']);
    assert.equal(terminalSettings({ ...raw, protocol: 'http' }).port, 80);
  });

  it('take the limit of the queue as it is set', () => {
    assert.equal(terminalSettings({ ...raw, queueLimit: '5' }).queueLimit, 5);
  });

  it('hold a login where there is a user name, and none where there is not', () => {
    const credentials = { username: 'admin', password: 'secret' };
    assert.deepEqual(terminalSettings({ ...raw, password: 'secret' }).credentials, credentials);
    assert.equal('credentials' in terminalSettings({ ...raw, username: '', password: 'secret' }), false);
    assert.equal('credentials' in terminalSettings({ ...raw, username: undefined }), false);
  });

  it('name the terminal by its host where it has no name', () => {
    assert.equal(terminalSettings({ ...raw, name: 'Lobby' }).name, 'Lobby');
    for (const name of [undefined, '', {}]) assert.equal(terminalSettings({ ...raw, name }).name, '192.0.2.7');
    assert.match(String(refused({ port: 70000 })), /192\.0\.2\.7/);
    for (const host of [undefined, '', 'a/b']) {
      assert.throws(() => terminalSettings({ ...raw, host }), { params: { name: '', field: 'host' } });
    }
  });

  for (const [field, more] of [
    ['host', { host: '192.0.2.7/path' }],
    ['host', { host: 'user@192.0.2.7' }],
    ['host', { host: 'a\r\nb' }],
    ['port', { port: 70000 }],
    ['protocol', { protocol: 'ftp' }],
    ['fingerprint', { certificate: 'pin', fingerprint: 'AB' }],
    ['username', { username: 'ad:min' }],
    ['username', { username: 'ad\r\nmin' }],
  ] as const) {
    it(`refuse ${JSON.stringify(more)}, naming the field`, () =>
      assert.match(String(refused(more)), new RegExp(field)));
  }

  it('take an IPv6 address with or without brackets', () => {
    assert.equal(terminalSettings({ ...raw, host: '[fe80::1]' }).host, 'fe80::1');
  });
});

function unauthorized(challenges: string[], body: Buffer): Buffer {
  const lines = challenges.map((challenge) => `WWW-Authenticate: ${challenge}\r\n`).join('');
  return Buffer.concat([Buffer.from(`HTTP/1.1 401 No\r\n${lines}Content-Length: ${body.length}\r\n\r\n`), body]);
}
