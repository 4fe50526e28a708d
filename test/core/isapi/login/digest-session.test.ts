import assert from 'node:assert/strict';
import { mock } from 'node:test';

import type { Headers, HttpReply } from '../../../../core/http/connection.js';
import { DigestSession, type Exchange, type SignedCall } from '../../../../core/isapi/login/digest-session.js';
import { LoginGuard } from '../../../../core/isapi/login/login-guard.js';
import { httpReply, StrictLogin, type StrictLoginSettings } from '../../../harness/terminal/strict-login.js';
import { failureOf } from '../../../harness/failure-of.js';

const CREDENTIALS = { username: 'admin', password: 'secret' };

describe('digest session', () => {
  let login: StrictLogin;
  let session: DigestSession;
  let guard: LoginGuard;
  let clock: number;
  /** What went over the wire: `GET probe`, `PUT call signed` … */
  let wire: string[];

  function start(
    loginSettings: Partial<StrictLoginSettings> = {},
    credentials: typeof CREDENTIALS | undefined = CREDENTIALS,
  ): void {
    login = new StrictLogin(loginSettings);
    clock = 0;
    wire = [];
    guard = new LoginGuard(() => clock);
    session = new DigestSession(credentials, () => clock, guard);
  }

  function exchange(call: SignedCall): Exchange {
    return async (sign, kind) => {
      const method = kind === 'probe' ? 'GET' : call.method;
      const headers: Headers = sign();
      const header = headers['Authorization'];
      wire.push(`${method} ${kind}${header === undefined ? '' : ' signed'}`);
      await new Promise(setImmediate);
      return login.verify(method, call.target, header);
    };
  }

  function send(method = 'PUT', target = '/ISAPI/a', more: Partial<SignedCall> = {}): Promise<HttpReply> {
    const call = { method, target, ...more };
    return session.send(call, exchange(call));
  }

  describe('nonces', () => {
    it('one challenge, fetched without a body, serves 200 requests in a row', async () => {
      start();
      for (let i = 0; i < 200; i += 1) assert.equal((await send()).status, 200);
      assert.deepEqual([login.challenges, login.repeated, login.accepted], [1, 0, 200]);
      assert.deepEqual(wire.slice(0, 2), ['GET probe', 'PUT call signed']);
      assert.equal(wire.length, 201);
    });

    it('a GET is its own probe', async () => {
      start();
      await send('GET');
      assert.deepEqual(wire, ['GET call', 'GET call signed']);
    });

    it('twenty at once on a cold session cost one challenge', async () => {
      start();
      await Promise.all(Array.from({ length: 20 }, () => send()));
      assert.deepEqual([login.challenges, login.repeated, login.accepted], [1, 0, 20]);
    });

    it('nc is hexadecimal, rises, and starts at 1 again with each nonce', async () => {
      start();
      const seen: string[] = [];
      const spy: Exchange = (sign) => {
        const header = sign()['Authorization'] ?? '';
        if (header !== '') seen.push(/nc=(\w+)/.exec(header)?.[1] ?? '');
        return Promise.resolve(login.verify('GET', '/a', header === '' ? undefined : header));
      };
      for (let i = 0; i < 17; i += 1) await session.send({ method: 'GET', target: '/a' }, spy);
      login.expireNonces();
      await session.send({ method: 'GET', target: '/a' }, spy);
      assert.equal(seen[9], '0000000a');
      assert.deepEqual(seen.slice(15), ['00000010', '00000011', '00000012', '00000001']);
    });

    it('is dropped after 240 s, since the terminal’s own limit cannot be told from a wrong password', async () => {
      start();
      await send();
      clock = 239_999;
      await send();
      assert.equal(login.challenges, 1);
      clock = 240_000;
      await send();
      assert.equal(login.challenges, 2);
      assert.equal(wire.at(-2), 'GET probe');
    });

    for (const stale of ['TRUE', 'true', 'FALSE', 'false']) {
      it(`that expired (stale="${stale}") is replaced, and the call repeated once`, async () => {
        start({ stale });
        await send();
        login.expireNonces();
        assert.equal((await send()).status, 200);
        assert.deepEqual([login.challenges, login.rejected], [2, 0]);
        assert.deepEqual(wire.slice(-2), ['PUT call signed', 'PUT call signed']);
      });
    }

    it('a stale challenge to a fresh nonce is not taken for a wrong password', async () => {
      start({ stale: 'true', usesPerNonce: 1 });
      let first = true;
      const late: Exchange = (sign, kind) => {
        const header = sign()['Authorization'];
        if (header !== undefined && first) login.expireNonces();
        if (header !== undefined) first = false;
        return Promise.resolve(login.verify(kind === 'probe' ? 'GET' : 'PUT', '/a', header));
      };
      assert.equal((await session.send({ method: 'PUT', target: '/a' }, late)).status, 200);
    });

    it('that serves twice and gets a 401 without a challenge the third time: the terminal’s rule is learnt', async () => {
      start({ usesPerNonce: 2, silentExpiry: true });
      for (let i = 0; i < 20; i += 1) assert.equal((await send()).status, 200);
      assert.equal(login.rejected, 0);
      assert.equal(session.nonceStatistics.uses, 2);
      const before = wire.length;
      for (let i = 0; i < 4; i += 1) await send();
      const calls = ['PUT call signed', 'PUT call signed'];
      assert.deepEqual(wire.slice(before).join(), ['GET probe', ...calls, 'GET probe', ...calls].join());
    });

    it('that is bound to its URL makes the session ask for a challenge first', async () => {
      start({ boundToPath: true });
      for (let i = 0; i < 20; i += 1) assert.equal((await send('PUT', `/ISAPI/${i}`)).status, 200);
      assert.equal(session.nonceStatistics.uses, 1);
      assert.equal(login.rejected, 0);
    });

    it('a learnt limit is tried again after 200 nonces', async () => {
      start({ boundToPath: true });
      for (let i = 0; i < 10; i += 1) await send('PUT', `/ISAPI/${i}`);
      login.settings.boundToPath = false;
      for (let i = 0; i < 210; i += 1) await send();
      const { challenges } = login;
      for (let i = 0; i < 50; i += 1) await send();
      assert.equal(login.challenges, challenges);
      assert.equal(session.nonceStatistics.uses, undefined);
    });

    it('nextnonce is used for the next request, with nc 1', async () => {
      start({ nextNonce: true, usesPerNonce: 1 });
      for (let i = 0; i < 20; i += 1) await send();
      assert.deepEqual([login.challenges, login.accepted, login.repeated], [1, 20, 0]);
    });

    for (const [info, isTaken] of [
      ['qop=auth,nextnonce="next"', true],
      ['NextNonce = next, qop=auth', true],
      ['my-nextnonce="next"', false],
      ['nextnonce=""', false],
    ] as const) {
      it(`Authentication-Info: ${info} ${isTaken ? 'gives' : 'gives no'} nonce for the next request`, async () => {
        start();
        const headers: string[] = [];
        const telling: Exchange = (sign, kind) => {
          const header = sign()['Authorization'];
          headers.push(header ?? '');
          const reply = login.verify(kind === 'probe' ? 'GET' : 'PUT', '/a', header);
          return Promise.resolve({ ...reply, headers: { 'authentication-info': info } });
        };
        await session.send({ method: 'PUT', target: '/a' }, telling);
        await session.send({ method: 'PUT', target: '/a' }, telling).catch(() => undefined);
        assert.equal(headers[2]?.includes('nonce="next"'), isTaken);
      });
    }

    it('a nextnonce that has expired meanwhile is not taken for a wrong password', async () => {
      start({ nextNonce: true });
      await send();
      login.expireNonces();
      assert.equal((await send()).status, 200);
      assert.equal(login.rejected, 0);
    });

    it('a call that went out twice is signed twice, and its 401 is not taken for a wrong password', async () => {
      start({ usesPerNonce: 1 });
      const deadSocket: Exchange = (sign, kind) => {
        const first = sign()['Authorization'];
        if (first !== undefined && login.accepted === 0) login.verify('PUT', '/a', first);
        const header = first && sign()['Authorization'];
        return Promise.resolve(login.verify(kind === 'probe' ? 'GET' : 'PUT', '/a', header));
      };
      assert.equal((await session.send({ method: 'PUT', target: '/a' }, deadSocket)).status, 200);
      assert.equal(login.repeated, 0);
    });
  });

  describe('challenges', () => {
    it('answers the strongest of several', async () => {
      start({ algorithms: ['MD5', 'SHA-256', 'unheard-of'] });
      await send();
      assert.deepEqual([...login.algorithmsUsed], ['SHA-256']);
    });

    for (const algorithm of [
      undefined,
      'MD5',
      'MD5-sess',
      'SHA-256',
      'SHA-256-sess',
      'SHA-512-256',
      'SHA-512-256-sess',
    ]) {
      for (const qop of [true, false]) {
        it(`answers ${algorithm ?? 'no algorithm'} ${qop ? 'with' : 'without'} qop`, async () => {
          start({ algorithms: [algorithm], qop });
          assert.equal((await send()).status, 200);
          assert.equal(login.rejected, 0);
        });
      }
    }

    it('echoes opaque where it was given, empty too, and not where it was not', async () => {
      for (const opaque of ['', 'abc==', undefined]) {
        start({ opaque });
        assert.equal((await send()).status, 200);
      }
    });

    it('a user name and password beyond ASCII, and quotes and blanks in them, log in', async () => {
      for (const [username, password] of [
        ['админ', 'Пароль-ß'],
        ['a"b\\c', 'p"\\ q'],
      ] as const) {
        start({ username, password }, { username, password });
        assert.equal((await send()).status, 200);
      }
    });

    it('never answers Basic beside Digest', async () => {
      start({ basic: 'also' });
      await send();
      assert.deepEqual([login.basicAnswers, login.accepted], [0, 1]);
    });

    it('gives BASIC_REFUSED where only Basic is offered, each time and without an answer to it', async () => {
      start({ basic: 'only' });
      for (let i = 0; i < 3; i += 1) {
        const { code, cause } = await failureOf(send());
        assert.deepEqual([code, cause.httpStatus], ['BASIC_REFUSED', 401]);
      }
      assert.deepEqual([login.basicAnswers, login.rejected], [0, 0]);
    });

    it('gives BAD_REPLY where no challenge can be answered', async () => {
      start({ algorithms: ['unheard-of'] });
      const { code, cause } = await failureOf(send());
      assert.deepEqual([code, cause.httpStatus], ['BAD_REPLY', 401]);
      assert.equal(login.rejected, 0);
    });

    it('a terminal that asks nobody to log in gets no signature, until it does', async () => {
      start({ open: true });
      await send();
      await send();
      assert.deepEqual(wire, ['GET probe', 'PUT call', 'PUT call']);
      login.settings.open = false;
      assert.equal((await send()).status, 200);
      await send();
      assert.deepEqual([login.challenges, login.rejected], [1, 0]);
    });

    it('a terminal that asks for a login where none is set gives NOT_CONFIGURED', async () => {
      start();
      session = new DigestSession(undefined);
      const { code, cause } = await failureOf(send());
      assert.deepEqual([code, cause.httpStatus], ['NOT_CONFIGURED', 401]);
    });

    it('a GET that is served without a login is its own probe, and goes once', async () => {
      start({ open: true });
      assert.equal((await send('GET')).status, 200);
      assert.deepEqual(wire, ['GET call']);
    });

    it('a terminal in trouble is not taken for one that asks nobody to log in', async () => {
      start();
      const call = { method: 'GET', target: '/a' };
      const inTrouble: Exchange = () => Promise.resolve(httpReply(503));
      assert.equal((await session.send(call, inTrouble)).status, 503);
      await send();
      assert.deepEqual(wire, ['GET probe', 'PUT call signed']);
    });

    for (const [method, status] of [
      ['PUT', 503],
      ['GET', 503],
      ['GET', 200],
    ] as const) {
      it(`where a nonce expired in silence, the ${status} to a probe answers a ${method}`, async () => {
        start({ silentExpiry: true });
        await send();
        login.expireNonces();
        const probed: Exchange = (sign, kind) =>
          Promise.resolve(kind === 'probe' ? httpReply(status) : login.verify(method, '/a', sign()['Authorization']));
        assert.equal((await session.send({ method, target: '/a' }, probed)).status, status);
      });
    }

    it('the answer to a probe never passes for the answer to a PUT', async () => {
      start({ silentExpiry: true });
      await send();
      login.expireNonces();
      const call = { method: 'PUT', target: '/ISAPI/a' };
      const lying: Exchange = (sign, kind) =>
        kind === 'probe'
          ? Promise.resolve(httpReply(200))
          : Promise.resolve(login.verify('PUT', call.target, sign()['Authorization']));
      assert.equal((await failureOf(session.send(call, lying))).code, 'BAD_REPLY');
    });
  });

  describe('a wrong password', () => {
    const WRONG = { username: 'admin', password: 'wrong' };

    it('is signed once, however many messages come, at once or later', async () => {
      start({}, WRONG);
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => failureOf(send())));
      assert.ok(outcomes.every(({ code }) => code === 'UNAUTHORIZED'));
      await failureOf(send('GET'));
      assert.equal(login.rejected, 1);
      assert.equal(wire.length, 2);
    });

    it('is signed once beside a capture that was sent first', async () => {
      start({}, WRONG);
      const capture = failureOf(send('POST', '/ISAPI/capture', { blocks: true }));
      const others = Array.from({ length: 10 }, () => failureOf(send()));
      await Promise.all([capture, ...others]);
      assert.equal(login.rejected, 1);
    });

    it('may be tried once more when a person has asked twice', async () => {
      start({}, WRONG);
      await failureOf(send('GET'));
      guard.beginTrial();
      assert.equal((await failureOf(send('GET'))).delivery, 'unsent');
      guard.beginTrial();
      await failureOf(send('GET'));
      assert.equal(login.rejected, 2);
    });

    it('says how many tries are left', async () => {
      start(
        { rejection: '<userCheck><lockStatus>unlock</lockStatus><retryLoginTime>4</retryLoginTime></userCheck>' },
        WRONG,
      );
      const { code, params } = await failureOf(send());
      assert.equal(code, 'UNAUTHORIZED');
      assert.equal(params['tries'], 4);
    });

    it('a locked account gives LOCKED with the time until it unlocks, and nothing is signed before', async () => {
      const rejection = '{"userCheck":{"lockStatus":"locked","unlockTime":90,"retryLoginTime":0}}';
      start({ rejection }, WRONG);
      const { code, params } = await failureOf(send());
      assert.equal(code, 'LOCKED');
      assert.equal(params['minutes'], 2);
      clock = 90_000;
      assert.equal((await failureOf(send())).code, 'LOCKED');
      assert.equal(login.rejected, 1);
      // Terminals round down: one second more, then the password is tried once again.
      clock = 91_000;
      login.settings.password = 'wrong';
      assert.equal((await send()).status, 200);
    });

    it('a lock that the challenge itself tells of is believed: a try would prolong it', async () => {
      start({ challengeBody: '<userCheck><lockStatus>lock</lockStatus><unlockTime>1800</unlockTime></userCheck>' });
      for (const method of ['PUT', 'GET']) {
        const { code, params } = await failureOf(send(method));
        assert.equal(code, 'LOCKED');
        assert.equal(params['minutes'], 30);
      }
      assert.deepEqual(wire, ['GET probe']);
      clock = 1_801_000;
      login.settings.challengeBody =
        '<userCheck><lockStatus>unlock</lockStatus><retryLoginTime>5</retryLoginTime></userCheck>';
      assert.equal((await send()).status, 200);
      assert.equal(login.rejected, 0);
    });

    it('a lock without a time lasts until the settings change', async () => {
      start({ rejection: '<userCheck><lockStatus>lock</lockStatus><unlockTime>0</unlockTime></userCheck>' }, WRONG);
      await failureOf(send());
      clock = 1e12;
      assert.equal((await failureOf(send())).code, 'LOCKED');
      assert.equal(login.rejected, 1);
    });

    it('an HTML page instead of a userCheck is a wrong password all the same', async () => {
      start({ rejection: '<html><body>401<br></body></html>' }, WRONG);
      assert.equal((await failureOf(send())).code, 'UNAUTHORIZED');
    });

    it('a lock that is told with another status than 401 suspends too', async () => {
      start();
      await send();
      const locked = '{"statusCode":4,"subStatusCode":"userNameLocked"}';
      const call = { method: 'PUT', target: '/a' };
      const refusing: Exchange = (sign) => {
        sign();
        return Promise.resolve(httpReply(403, {}, locked));
      };
      assert.equal((await failureOf(session.send(call, refusing))).code, 'LOCKED');
      const before = wire.length;
      assert.equal((await failureOf(send())).code, 'LOCKED');
      assert.equal(wire.length, before);
    });

    it('a lock that a successful answer tells of, as userCheck does, suspends nothing', async () => {
      start();
      const lock = '<userCheck><lockStatus>lock</lockStatus></userCheck>';
      const call = { method: 'GET', target: '/ISAPI/Security/userCheck' };
      const telling: Exchange = (sign) => {
        const reply = login.verify('GET', call.target, sign()['Authorization']);
        return Promise.resolve(reply.status === 200 ? httpReply(200, {}, lock) : reply);
      };
      await session.send(call, telling);
      assert.equal((await session.send(call, telling)).status, 200);
      assert.equal((await send()).status, 200);
    });

    it('that was changed under a warm session costs two counted failures', async () => {
      start();
      await send();
      login.settings.password = 'changed';
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => failureOf(send())));
      assert.ok(outcomes.every(({ code }) => code === 'UNAUTHORIZED'));
      assert.equal(login.rejected, 2);
    });

    it('that was changed while a capture blocks costs two counted failures, and the capture still ends well', async () => {
      start();
      await send();
      let end = (): void => undefined;
      const capture = session.send({ method: 'POST', target: '/capture', blocks: true }, async (sign) => {
        const reply = login.verify('POST', '/capture', sign()['Authorization']);
        await new Promise<void>((resolve) => (end = resolve));
        return reply;
      });
      await new Promise(setImmediate);
      login.settings.password = 'changed';
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => failureOf(send())));
      assert.ok(outcomes.every(({ code }) => code === 'UNAUTHORIZED'));
      assert.equal(login.rejected, 2);
      end();
      assert.equal((await capture).status, 200);
      assert.equal((await failureOf(send())).code, 'UNAUTHORIZED');
      assert.equal(login.rejected, 2);
    });
  });

  describe('a login that is suspended while another call is on its way', () => {
    beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
    afterEach(() => mock.timers.reset());

    /** A capture that was taken for accepted because it was silent, and is refused at last. */
    async function silentCapture(): Promise<() => Promise<void>> {
      let refuse = (): void => undefined;
      const refused = new Promise<void>((resolve) => (refuse = resolve));
      const call = { method: 'POST', target: '/capture', blocks: true };
      const capture = failureOf(
        session.send(call, async (sign, kind) => {
          const reply = login.verify(kind === 'probe' ? 'GET' : 'POST', '/capture', sign()['Authorization']);
          if (kind === 'call') await refused;
          return reply;
        }),
      );
      await new Promise(setImmediate);
      mock.timers.tick(2_000);
      return async () => {
        refuse();
        assert.equal((await capture).code, 'UNAUTHORIZED');
      };
    }

    it('a call whose probe is answered only then is not signed, now or once the login is resumed', async () => {
      start({}, { username: 'admin', password: 'wrong' });
      const refuse = await silentCapture();
      let probed = (): void => undefined;
      const asked = new Promise<void>((resolve) => (probed = resolve));
      let answer = (): void => undefined;
      const answered = new Promise<void>((resolve) => (answer = resolve));
      clock = 240_000;
      const late = failureOf(
        session.send({ method: 'PUT', target: '/a' }, async (sign, kind) => {
          if (kind === 'probe') {
            probed();
            await answered;
          }
          return login.verify(kind === 'probe' ? 'GET' : 'PUT', '/a', sign()['Authorization']);
        }),
      );
      await asked;
      await refuse();
      // Whoever comes now is told at once, and does not wait for that probe.
      assert.equal((await failureOf(send())).code, 'UNAUTHORIZED');
      answer();
      assert.equal((await late).code, 'UNAUTHORIZED');
      assert.equal(login.rejected, 1);
      guard.beginTrial();
      guard.beginTrial();
      await failureOf(send());
      assert.equal(login.rejected, 2);
    });

    it('a call that goes out again on another socket is not signed again', async () => {
      start();
      await send();
      let broken = (): void => undefined;
      const socketDied = new Promise<void>((resolve) => (broken = resolve));
      const again = failureOf(
        session.send({ method: 'POST', target: '/a', blocks: true }, async (sign) => {
          sign();
          await socketDied;
          return login.verify('POST', '/a', sign()['Authorization']);
        }),
      );
      mock.timers.tick(100);
      login.settings.password = 'changed';
      assert.equal((await failureOf(send())).code, 'UNAUTHORIZED');
      assert.equal(login.rejected, 2);
      broken();
      assert.equal((await again).code, 'UNAUTHORIZED');
      assert.equal(login.rejected, 2);
    });
  });

  describe('waiting', () => {
    it('a call goes on beside a capture that blocks in silence', async () => {
      start();
      await send();
      let end = (): void => undefined;
      const blocked = new Promise<void>((resolve) => (end = resolve));
      const capture = session.send({ method: 'POST', target: '/capture', blocks: true }, async (sign) => {
        const reply = login.verify('POST', '/capture', sign()['Authorization']);
        await blocked;
        return reply;
      });
      assert.equal((await send()).status, 200);
      end();
      assert.equal((await capture).status, 200);
    });

    it('a call beside the first capture waits for 2 s of silence, or gives up at once when it is aborted', async () => {
      mock.timers.enable({ apis: ['setTimeout'] });
      try {
        start();
        const call = { method: 'POST', target: '/capture', blocks: true };
        const silent: Exchange = (sign, kind) => {
          const reply = login.verify(kind === 'probe' ? 'GET' : 'POST', '/capture', sign()['Authorization']);
          return kind === 'probe' ? Promise.resolve(reply) : new Promise(() => undefined);
        };
        void session.send(call, silent);
        await new Promise(setImmediate);
        const abort = new AbortController();
        const impatient = send('PUT', '/b', { signal: abort.signal });
        const patient = send();
        mock.timers.tick(1_999);
        await new Promise(setImmediate);
        abort.abort(new Error('given up'));
        await assert.rejects(impatient, /given up/);
        assert.deepEqual(wire, []);
        mock.timers.tick(1);
        assert.equal((await patient).status, 200);
      } finally {
        mock.timers.reset();
      }
    });

    it('a call that waits for another’s challenge gives up at once when it is aborted', async () => {
      start();
      let release = (): void => undefined;
      const stuck = new Promise<void>((resolve) => (release = resolve));
      const call = { method: 'PUT', target: '/a' };
      const first = session.send(call, async (sign, kind) => {
        if (kind === 'probe') await stuck;
        return login.verify(kind === 'probe' ? 'GET' : 'PUT', '/a', sign()['Authorization']);
      });
      const abort = new AbortController();
      const second = send('PUT', '/b', { signal: abort.signal });
      abort.abort(new Error('given up'));
      await assert.rejects(second, /given up/);
      release();
      assert.equal((await first).status, 200);
      assert.ok(!wire.includes('PUT call signed'));
    });

    it('a challenge that could not be fetched fails its own call only', async () => {
      start();
      const call = { method: 'PUT', target: '/a' };
      const broken = session.send(call, () => Promise.reject(new Error('no connection')));
      const next = send();
      await assert.rejects(broken, /no connection/);
      assert.equal((await next).status, 200);
    });
  });
});
