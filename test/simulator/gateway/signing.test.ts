import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

import { SimulatedGateway, type SignatureShape } from '../../../simulator/simulated-gateway.js';
import { stringToSign } from '../../../simulator/gateway/signing/string-to-sign.js';
import { call, eventsOf, md5, PARTNER, withGateway, type RawCall } from '../../harness/gateway/raw-client.js';

const SHAPES: SignatureShape[] = ['key-nonce-timestamp', 'key-timestamp', 'key', 'minimal'];
const VERSION = 'common/v1/version';
const USUAL = 'key-nonce-timestamp';

function signatureOf(secret: string, request: Parameters<typeof stringToSign>[0]): string {
  return createHmac('sha256', secret).update(stringToSign(request)).digest('base64');
}

describe('the signature that a simulated gateway asks for', () => {
  it("is that of the vendor's published example, with a form and listed headers", () => {
    const headers = {
      accept: '*/*',
      'content-type': 'text/plain;charset=UTF-8',
      'header-a': 'A',
      'header-b': 'b',
      'x-ca-key': '29666671',
      'x-ca-timestamp': '1479968678000',
      'x-ca-signature-headers': 'header-a,header-b,x-ca-key,x-ca-timestamp',
    };
    const target = '/artemis/api/example?a-body=a&qa=a&qb=B&x-body=x';
    const signature = signatureOf('empsl21ds3', { method: 'POST', target, headers, body: Buffer.alloc(0) });
    assert.equal(signature, 'JRpUpk1ETjzr5gsbo4qoEA9EiQPejvNz12B837xV5HI=');
  });

  it('is that of a client which was confirmed against HikCentral 3.1', () => {
    const headers = {
      accept: '*/*',
      'content-type': 'application/json',
      'x-ca-key': 'test-ak',
      'x-ca-timestamp': '1479968678000',
      'x-ca-signature-headers': 'x-ca-key,x-ca-timestamp',
    };
    const target = '/artemis/api/vehicle/v1/parkingfee/calculate';
    const signature = signatureOf('test-secret', { method: 'POST', target, headers, body: Buffer.alloc(0) });
    assert.equal(signature, 'rkpWqx7qKJj95FSwyQhUDgIGT30BCs6AjwFxQwYizmk=');
  });

  it('merges the fields of query and form, not percent-encoded, in their order', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = Buffer.from('b=%D0%B1+x&a');
    const text = stringToSign({ method: 'post', target: '/artemis/api/x?c=&aa=1', headers, body });
    assert.equal(text, 'POST\napplication/x-www-form-urlencoded\n/artemis/api/x?a&aa=1&b=б x&c=');
  });

  it('takes the list of headers in any case and order, and leaves out those that are never listed', () => {
    const headers = { 'x-ca-signature-headers': 'X-B, x-a,Accept,host,x-a', 'x-a': ' 1 ', accept: 'a/b', host: 'h' };
    const text = stringToSign({ method: 'GET', target: '/artemis/x', headers, body: Buffer.alloc(0) });
    assert.equal(text, 'GET\na/b\nx-a:1\nx-b:\n/artemis/x');
  });

  for (const signature of SHAPES) {
    it(`is taken in the shape ${signature} and refused with 68 in each other one`, () =>
      withGateway({ ...PARTNER, signature }, async (gateway) => {
        for (const shape of SHAPES) {
          const { status, code } = await call(gateway, VERSION, {}, { shape });
          assert.deepEqual([status, code], shape === signature ? [200, '0'] : [401, '68'], shape);
        }
      }));
  }

  const REFUSED: { what: string; options: RawCall; code: string; why: RegExp }[] = [
    { what: 'nothing is signed', options: {}, code: '0x02401000', why: /no X-Ca-Key/ },
    { what: 'the key is another', options: { shape: USUAL, appKey: '29666672' }, code: '0x02401001', why: /another/ },
    {
      what: 'the signature is missing',
      options: { shape: USUAL, tamper: (headers) => delete headers['X-Ca-Signature'] },
      code: '0x02401002',
      why: /no X-Ca-Signature/,
    },
    { what: 'the secret is another', options: { shape: USUAL, appSecret: 'x' }, code: '0x02401003', why: /not that/ },
    {
      what: 'a header was changed on the way',
      options: { shape: USUAL, tamper: (headers) => (headers['Content-Type'] = 'application/json; charset=utf-8') },
      code: '0x02401003',
      why: /not that/,
    },
    {
      what: 'the clock of the caller is wrong',
      options: { shape: USUAL, timestamp: Date.now() - 3_600_000 },
      code: '64',
      why: /X-Ca-Timestamp/,
    },
    { what: 'the time is none', options: { shape: USUAL, timestamp: NaN }, code: '64', why: /X-Ca-Timestamp/ },
    {
      what: 'Content-MD5 is that of another body',
      options: { shape: USUAL, headers: { 'Content-MD5': md5('other') } },
      code: '64',
      why: /Content-MD5/,
    },
  ];
  for (const { what, options, code, why } of REFUSED) {
    it(`is refused with ${code} where ${what}; only the event says why`, () =>
      withGateway(PARTNER, async (gateway) => {
        const events = eventsOf(gateway);
        const reply = await call(gateway, VERSION, {}, options);
        assert.deepEqual([reply.status, reply.code, reply.data], [401, code, '']);
        const [refused] = events;
        assert.ok(refused?.event === 'refused');
        assert.deepEqual([refused.code, refused.path], [code, '/artemis/api/common/v1/version']);
        assert.match(refused.why, why);
        if (code === '64') assert.equal(reply.msg, 'User authentication failed');
        assert.doesNotMatch(JSON.stringify(events), new RegExp(`${PARTNER.appSecret}|${PARTNER.appKey}`));
        assert.doesNotMatch(reply.text, new RegExp(PARTNER.appSecret));
      }));
  }

  it('is taken with the right Content-MD5', () =>
    withGateway(PARTNER, async (gateway) => {
      const headers = { 'Content-MD5': md5('{}') };
      assert.equal((await call(gateway, VERSION, {}, { shape: USUAL, headers })).code, '0');
    }));

  it('is taken once for each nonce', () =>
    withGateway(PARTNER, async (gateway) => {
      const ask = async (): Promise<string> =>
        (await call(gateway, VERSION, {}, { shape: USUAL, nonce: 'the same' })).code;
      assert.deepEqual([await ask(), await ask()], ['0', '64']);
    }));

  it('is compared with what is echoed, in either wording, with line breaks as they are where asked for', async () => {
    const expected =
      /StringToSign: POST\n\*\/\*\napplication\/json\nx-ca-key:29666671\n\/artemis\/api\/common\/v1\/version/;
    const wrong = { shape: 'key', appSecret: 'wrong' } as const;
    await withGateway({ ...PARTNER, signature: 'key' }, async (gateway) => {
      const { msg } = await call(gateway, VERSION, {}, wrong);
      assert.match(msg, expected);
      assert.match(msg, /^Invalid Signature! and .*version$/s);
    });
    await withGateway({ ...PARTNER, signature: 'key', wording: 'long' }, async (gateway) => {
      const { msg } = await call(gateway, VERSION, {}, wrong);
      assert.match(msg, expected);
      assert.match(msg, /^api AK\/SK .*, apiName : version, appKey : 29666671$/s);
    });
    await withGateway({ ...PARTNER, signature: 'key', rawLineBreaks: true }, async (gateway) => {
      const { text } = await call(gateway, VERSION, {}, wrong);
      assert.match(text, expected);
      assert.throws(() => JSON.parse(text) as unknown);
    });
  });

  it('is not asked for without a key', () =>
    withGateway({}, async (gateway) => {
      assert.equal((await call(gateway, VERSION)).code, '0');
      assert.equal((await call(gateway, VERSION, {}, { shape: 'key', appSecret: 'any' })).code, '0');
    }));

  it('needs a shape that there is, and a key with its secret', () => {
    const open = (settings: object) => () => new SimulatedGateway({ port: 0, ...settings });
    assert.throws(open({ signature: 'toString' }), /no signature "toString"/);
    assert.throws(open({ appKey: '1' }), /belong together/);
    assert.throws(open({ appSecret: '1' }), /belong together/);
  });
});
