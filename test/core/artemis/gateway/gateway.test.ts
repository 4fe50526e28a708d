import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';

import type { GatewayCall } from '../../../../core/artemis/gateway/gateway.js';
import type { RawGatewaySettings } from '../../../../core/artemis/gateway/gateway-settings.js';
import { callOf, openGateway } from '../../../harness/gateway/gateway-under-test.js';
import { SimulatedGateway, type GatewayOptions, type Scripted } from '../../../harness/gateway/simulated-gateway.js';
import { inNoTime } from '../../../harness/clock.js';
import { failureOf } from '../../../harness/failure-of.js';
import { inEnglish } from '../../../harness/in-english.js';

describe('gateway', () => {
  let simulated: SimulatedGateway;

  async function start(options: Partial<GatewayOptions> = {}): Promise<void> {
    simulated = new SimulatedGateway(options);
    await simulated.start();
  }

  async function call(path: string, more: Partial<GatewayCall> = {}, settings: RawGatewaySettings = {}) {
    const gateway = openGateway(simulated, settings);
    try {
      return await gateway.call(callOf(path, more));
    } finally {
      gateway.close();
    }
  }

  function sent() {
    const last = simulated.requests.at(-1);
    assert.ok(last);
    return last;
  }

  afterEach(() => simulated.stop());

  describe('what is sent', () => {
    it('is accepted by a gateway that verifies with other code, in all shapes, methods and alphabets', async () => {
      await start();
      const varied: Partial<GatewayCall>[] = [
        {},
        { method: 'GET', query: { pageNo: 1, z: 'я', a: 'Иван Петров', B: 'x&y=z+w%20', k: '' } },
        { method: 'PUT', body: { name: 'Пётр 😀', nested: { list: [1, 'два'] } } },
        { method: 'DELETE', query: 'b=2&a=%D0%B9&c=&d' },
        { body: '{ "spaced" : "как есть" }' },
        { body: Buffer.from('{"a":1}') },
        { path: '/api/echo/Пропуск № 5 (новый)/x:y@z', query: { q: '日本' } },
        { path: '/api/echo?z=1&a=2', query: { m: 3 } },
        { path: '/artemis/api/echo' },
        { headers: { 'X-Ca-Stage': ' TEST ', 'x-other': 'unsigned', Accept: 'application/json' } },
        { headers: { 'Content-Type': 'application/json; charset=utf-8' }, body: { a: 'ё' } },
        { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: { b: 'два слова', a: '+&=', c: '' } },
        {
          headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' },
          body: 'имя=Анна&x=1',
          query: { a: 1 },
        },
        { headers: { 'x-signed': 'A', 'X-Ca-Signature-Headers': 'X-Signed' } },
        { headers: { Date: 'Mon, 02 Jan 2006 15:04:05 GMT' } },
      ];
      const shapes = {
        'key-nonce-timestamp': ['x-ca-key', 'x-ca-nonce', 'x-ca-timestamp'],
        'key-timestamp': ['x-ca-key', 'x-ca-timestamp'],
        key: ['x-ca-key'],
        minimal: [],
      };
      for (const [signature, signed] of Object.entries(shapes)) {
        simulated.options.signed = signed;
        for (const settings of [{}, { contentMD5: true, userId: 'admin' }]) {
          for (const each of varied) {
            const reply = await call('/api/echo', each, { signature, ...settings });
            assert.equal(reply.data, 'received');
          }
        }
      }
      assert.deepEqual(simulated.rejected, []);
      assert.equal(simulated.requests.length, varied.length * 8);
    });

    it('carries milliseconds and a nonce that never repeats, twenty calls at once and a dead socket included', async () => {
      await start();
      const gateway = openGateway(simulated);
      const many = (): Promise<unknown> =>
        Promise.all(Array.from({ length: 20 }, () => gateway.call(callOf('/api/echo'))));
      await many();
      simulated.dropConnections();
      await many();
      gateway.close();
      const nonces = simulated.requests.map(({ headers }) => headers['x-ca-nonce']);
      assert.equal(new Set(nonces).size, simulated.requests.length);
      for (const { headers } of simulated.requests) assert.match(String(headers['x-ca-timestamp']), /^\d{13}$/);
      assert.deepEqual(simulated.rejected, []);
    });

    it('carries each header once, with Accept, Content-Type and Content-Length exactly as given', async () => {
      await start();
      await call('/api/echo', { body: { имя: 'Анна' }, headers: { accept: 'text/x', 'x-ca-nonce': 'mine' } });
      const { rawHeaders, headers, body } = sent();
      const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
      assert.equal(new Set(names).size, names.length);
      assert.equal(headers.accept, 'text/x');
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(headers['content-length'], String(Buffer.byteLength('{"имя":"Анна"}')));
      assert.equal(body.toString(), '{"имя":"Анна"}');
      assert.notEqual(headers['x-ca-nonce'], 'mine');
    });

    it('leaves out what a message has from another connection', async () => {
      await start();
      const left = {
        host: 'elsewhere',
        connection: 'close',
        'content-length': '9999',
        cookie: 'a=b',
        authorization: 'Bearer x',
      };
      await call('/api/echo', { headers: { ...left, 'transfer-encoding': 'chunked', 'accept-encoding': 'gzip' } });
      const { headers } = sent();
      assert.equal(headers.host, `127.0.0.1:${simulated.port}`);
      for (const name of ['cookie', 'authorization', 'transfer-encoding', 'accept-encoding']) {
        assert.equal(headers[name], undefined);
      }
    });

    it('takes a Content-Type that an earlier reply left in msg.headers for an object only where it can be', async () => {
      await start();
      await call('/api/echo', { body: { a: 1 }, headers: { 'content-type': 'text/html; charset=utf-8' } });
      assert.equal(sent().headers['content-type'], 'application/json');
    });

    it('carries Content-MD5 of the body where that is set, and never with a form', async () => {
      await start();
      await call('/api/echo', { body: { a: 'б' } }, { contentMD5: true });
      assert.equal(sent().headers['content-md5'], createHash('md5').update('{"a":"б"}').digest('base64'));
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      await call('/api/echo', { body: { a: 1 }, headers }, { contentMD5: true });
      assert.equal(sent().headers['content-md5'], undefined);
      assert.deepEqual(simulated.rejected, []);
    });

    it('sends `{}` where a POST has no body, and nothing with GET and DELETE', async () => {
      await start();
      await call('/api/echo', { body: undefined });
      assert.equal(sent().body.toString(), '{}');
      await call('/api/echo', { method: 'GET', body: { ignored: true } });
      assert.equal(sent().body.length, 0);
      assert.equal(sent().headers['content-type'], undefined);
    });

    it('refuses, unsent, what cannot be signed or sent', async () => {
      await start();
      const refused: Partial<GatewayCall>[] = [
        { method: 'PATCH' },
        { path: 'https://elsewhere.example/api' },
        { path: '/api/../admin' },
        { path: '/api/%2e%2e/admin' },
        { path: '/api/%2f..%2fadmin' },
        { path: '/api/x%2fy' },
        { path: '/api/x%255cy' },
        { path: '/api/%252e%252e/admin' },
        { path: '/api/x%0d%0aX-Evil: 1' },
        { path: '/api/x;y=1' },
        { path: '/api/x\r\nX-Evil: 1' },
        { path: '/api/echo#part' },
        { query: [1, 2] },
        { query: { a: { b: 1 } } },
        { path: '/api/echo?a=1', query: { a: 2 } },
        { body: 42 },
        { headers: { 'x-a': 'one\r\nX-Evil: 1' } },
        { headers: { 'x-a': 'Анна' } },
        { query: { a: '\ud800' } },
      ];
      for (const each of refused) {
        const failure = await failureOf(call('/api/echo', each));
        assert.equal(failure.code, 'INVALID_INPUT', JSON.stringify(each));
        assert.ok(inEnglish(failure).hint.length > 10);
        assert.equal(failure.cause.gateway, 'HQ');
      }
      assert.equal(simulated.requests.length, 0);
    });

    it('needs key and secret', async () => {
      await start();
      for (const missing of [{ appKey: '' }, { appSecret: ' ' }, { appKey: '2966Ѕ671' }]) {
        assert.equal((await failureOf(call('/api/echo', {}, missing))).code, 'NOT_CONFIGURED');
      }
      assert.equal(simulated.requests.length, 0);
    });

    it('keeps its connection', async () => {
      await start();
      const gateway = openGateway(simulated);
      for (let i = 0; i < 5; i += 1) await gateway.call(callOf('/api/echo'));
      gateway.close();
      assert.equal(simulated.connections, 1);
    });
  });

  describe('what is answered', () => {
    it('gives data of any kind', async () => {
      await start();
      for (const data of [{ a: 1 }, [1, 2], '10', '', 0, false]) {
        simulated.script('echo', { code: 0, data });
        assert.deepEqual((await call('/api/echo')).data, data);
      }
      simulated.script('echo', { code: '0' });
      assert.equal((await call('/api/echo')).data, null);
    });

    it('gives a picture as a Buffer', async () => {
      await start();
      const jpeg = Buffer.from('ffd8ffe000104a464946ffd9', 'hex');
      simulated.script('echo', { status: 200, type: 'image/jpeg', body: jpeg });
      assert.deepEqual((await call('/api/echo')).data, jpeg);
    });

    it('says BAD_REPLY where something else than the gateway answers', async () => {
      await start();
      const cases: [Scripted, string, boolean][] = [
        [{ status: 200, type: 'text/html', body: '<html>login</html>' }, 'BAD_REPLY', false],
        [{ status: 404, type: 'application/json', body: '{"status":404}' }, 'BAD_REPLY', false],
        [{ status: 302, type: 'text/html', body: '' }, 'BAD_REPLY', false],
        [{ status: 502, type: 'text/html', body: '<html>' }, 'BAD_REPLY', true],
        [{ status: 401, type: 'text/html', body: '<html>' }, 'UNAUTHORIZED', false],
        [{ status: 200, type: 'application/json', body: '{"code":"0","data":' }, 'BAD_REPLY', false],
        [{ status: 500, type: 'application/json', body: '{"code":"0"}' }, 'BAD_REPLY', true],
      ];
      for (const [answer, code, retryable] of cases) {
        simulated.script('echo', answer);
        const failure = await failureOf(call('/api/echo', { retries: 0 }));
        assert.equal(failure.code, code);
        assert.equal(failure.cause.retryable, retryable);
        assert.ok(!inEnglish(failure).message.includes('terminal'));
      }
    });

    it('makes each code an error with meaning, advice and facts', async () => {
      await start();
      const cases: [string, number, RegExp][] = [
        ['69', 200, /authorise it for the partner/i],
        ['8', 200, /path and method/],
        ['128', 200, /not found/],
        ['2', 401, /parameter is wrong/],
        ['4711', 200, /manual/],
      ];
      for (const [code, status, wording] of cases) {
        simulated.script('echo', { code, status, msg: 'own words', data: '' });
        const failure = await failureOf(call('/api/echo', { operation: 'personAdd' }));
        const { cause, code: errorCode } = failure;
        assert.equal(errorCode, `artemis-${code}`);
        assert.match(inEnglish(failure).message, wording);
        assert.deepEqual(cause, {
          reason: 'gatewayRefused',
          gateway: 'HQ',
          operation: 'personAdd',
          httpStatus: status,
          errorCode: Number(code),
          errorMsg: 'own words',
          retryable: false,
        });
      }
    });

    it('reads a code that is a number, and a hexadecimal one however it is written', async () => {
      await start();
      simulated.script('echo', { code: 69 }, { code: '0X2401007' });
      assert.equal((await failureOf(call('/api/echo'))).code, 'artemis-69');
      assert.equal((await failureOf(call('/api/echo'))).code, 'artemis-0x02401007');
    });

    it('reads the shifted codes of iSecure Center', async () => {
      await start();
      simulated.script('echo', { code: '0x02401009' }, { code: '0x02401007' });
      const shifted = await failureOf(call('/api/echo', {}, { product: 'isecure' }));
      assert.equal(shifted.cause.retryable, false);
      assert.match(inEnglish(await failureOf(call('/api/echo', {}, { product: 'isecure' }))).message, /token/);
    });
  });

  describe('code 64', () => {
    it('gives the ordered advice with what this side established, length as a fact', async () => {
      await start({ date: new Date().toUTCString() });
      simulated.script('echo', { code: '64', msg: 'User authentication failed', status: 401 });
      const { hint } = inEnglish(await failureOf(call('/api/echo')));
      const order = [
        '8 characters',
        '20 characters',
        'ahead by 0 s',
        'enabled',
        'linked',
        'copied',
        'port',
        'Signature',
        'clocks',
      ];
      const places = order.map((word) => hint.indexOf(word));
      assert.ok(
        places.every((place, index) => place >= 0 && place > (places[index - 1] ?? -1)),
        hint,
      );
      assert.ok(hint.includes(`http://127.0.0.1:${simulated.port}/artemis`));
      assert.doesNotMatch(hint, /too short/);
    });

    it('names blanks at the ends, or a clock that is off, first', async () => {
      await start({ date: new Date(Date.now() + 3_600_000).toUTCString() });
      simulated.script('echo', { code: '64' }, { code: '64' });
      assert.match(
        inEnglish(await failureOf(call('/api/echo', {}, { appKey: '29666671 ' }))).hint,
        /^Key or secret has spaces/,
      );
      assert.match(inEnglish(await failureOf(call('/api/echo'))).hint, /^The clocks differ by 3600 s/);
    });
  });

  describe('an invalid signature', () => {
    for (const wording of ['short', 'long', 'raw-line-breaks'] as const) {
      it(`names the first line that differs and masks the key (${wording})`, async () => {
        await start({ wording, seenContentType: 'application/json; charset=utf-8' });
        const failure = await failureOf(call('/api/echo'));
        const { hint, message } = inEnglish(failure);
        assert.equal(failure.code, 'artemis-0x02401003');
        assert.equal(
          hint,
          'First difference in the string to sign: Content-Type. ' +
            'The server saw "application/json; charset=utf-8", this node signed "application/json".',
        );
        assert.ok(!JSON.stringify([failure.cause, failure.params, message]).includes(simulated.options.appKey));
        assert.ok(JSON.stringify(failure.cause).includes('29****71'));
      });

      it(`says that the secret is wrong where both signed the same (${wording})`, async () => {
        await start({ wording });
        const failure = await failureOf(
          call('/api/echo', { query: { q: 'два слова' } }, { appSecret: 'wrong-secret' }),
        );
        assert.match(inEnglish(failure).hint, /so the secrets differ/);
        assert.ok(!JSON.stringify([failure.cause, failure.params]).includes('wrong-secret'));
      });
    }
  });

  it('masks the key in a line that differs, too', async () => {
    await start({ signed: ['x-ca-key'] });
    const { appKey } = simulated.options;
    simulated.script('echo', {
      code: '0x02401003',
      msg: `Invalid Signature! and StringToSign: POST\n*/*\napplication/json\nx-ca-key:${appKey}9\n/artemis/api/echo`,
    });
    const { hint } = inEnglish(await failureOf(call('/api/echo', {}, { signature: 'key' })));
    assert.match(hint, /: x-ca-key\. The server saw "x-ca-key:29\*{4}719", this node signed "x-ca-key:29\*{4}71"/);
  });

  describe('repeats', () => {
    it('tries again after a busy code until it succeeds', async () => {
      await start();
      simulated.script('echo', { code: '6' }, { code: '3' });
      assert.equal((await inNoTime(() => call('/api/echo'))).data, 'received');
      assert.equal(simulated.requests.length, 3);
      assert.deepEqual(simulated.rejected, []);
    });

    it('gives up after as many as are set, and says that it may be sent again', async () => {
      await start();
      simulated.script('echo', { code: '6' }, { code: '6' });
      const failure = await inNoTime(() => failureOf(call('/api/echo', {}, { retries: 1 })));
      assert.equal(failure.code, 'artemis-6');
      assert.equal(failure.cause.retryable, true);
      assert.equal(simulated.requests.length, 2);
    });

    it('does not repeat what will fail again', async () => {
      await start();
      for (const code of ['64', '69', '8', '128', '2', '68', '0x02401003', '4711']) {
        simulated.script('echo', { code });
        await failureOf(call('/api/echo'));
      }
      assert.equal(simulated.requests.length, 8);
    });

    for (const trouble of [
      'reset',
      'silence',
      { code: '6' },
      { status: 503, type: 'text/html', body: '' },
    ] as Scripted[]) {
      it(`never sends a call twice that must not be made twice (${JSON.stringify(trouble)})`, async () => {
        await start();
        simulated.script('person/single/add', trouble);
        const gateway = openGateway(simulated);
        // A warm socket: a request that dies on it must not be repeated either.
        await gateway.call(callOf('/api/echo'));
        const add = callOf('/api/resource/v1/person/single/add', { idempotent: false });
        const failure = await inNoTime(() => failureOf(gateway.call(add)));
        gateway.close();
        assert.equal(simulated.calls('person/single/add'), 1);
        assert.equal(failure.cause.retryable, false);
        assert.match(inEnglish(failure).hint, /Check whether it took effect/);
      });
    }

    it('does not lose such a call on a connection that the gateway has dropped', async () => {
      await start();
      const gateway = openGateway(simulated, { retries: 0 });
      await gateway.call(callOf('/api/echo'));
      simulated.dropConnections();
      const add = callOf('/api/resource/v1/person/single/add', { idempotent: false, body: { personCode: '7' } });
      assert.equal((await gateway.call(add)).data, '1');
      gateway.close();
    });

    it('does send such a call again where it provably never arrived', async () => {
      await start();
      const { port } = simulated;
      await simulated.stop();
      const gateway = openGateway({ options: simulated.options, port });
      const pending = gateway.call(callOf('/api/echo', { idempotent: false }));
      // The first try is refused at once; the gateway is back before the next.
      const late = http.createServer((_request, response) => response.end('{"code":"0","data":"late"}'));
      await new Promise((resolve) => setImmediate(resolve));
      late.listen(port, '127.0.0.1');
      try {
        assert.equal((await pending).data, 'late');
      } finally {
        gateway.close();
        late.close();
      }
    });

    it('ends with CANCELLED when it is closed', async () => {
      await start();
      simulated.script('echo', 'silence');
      const gateway = openGateway(simulated);
      const pending = failureOf(gateway.call(callOf('/api/echo')));
      gateway.close();
      assert.equal((await pending).code, 'CANCELLED');
    });
  });

  it('logs what it signs with the key masked, the signature shortened and no secret', async () => {
    await start();
    const logged: string[] = [];
    const gateway = openGateway(simulated, {}, (text) => logged.push(text));
    const { appKey, appSecret } = simulated.options;
    await gateway.call(
      callOf('/api/echo', { query: { k: appKey }, headers: { 'x-a': appSecret, Authorization: 'me' } }),
    );
    gateway.close();
    assert.equal(logged.length, 1);
    const [text = ''] = logged;
    assert.match(text, /POST\n\*\/\*\napplication\/json\nx-ca-key:29\*{4}71\nx-ca-nonce:/);
    assert.match(text, /X-Ca-Signature: .{6}…/);
    for (const hidden of [appKey, appSecret, String(sent().headers['x-ca-signature']), ': me']) {
      assert.ok(!text.includes(hidden));
    }
  });
});
