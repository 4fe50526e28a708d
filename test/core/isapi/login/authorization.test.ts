import assert from 'node:assert/strict';

import { authorization } from '../../../../core/isapi/login/authorization.js';

describe('authorization', () => {
  const MUFASA = { username: 'Mufasa', password: 'Circle of Life' };
  const challenge = {
    realm: 'http-auth@example.org',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    opaque: 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS',
    qop: true,
    stale: false,
  };
  const CNONCE = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';

  for (const [algorithm, response] of [
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const) {
    it(`computes the ${algorithm} example of RFC 7616`, () => {
      const header = authorization(MUFASA, { ...challenge, algorithm }, 1, 'GET', '/dir/index.html', CNONCE);
      assert.match(header, new RegExp(`response="${response}"`));
      assert.match(header, new RegExp(`algorithm=${algorithm}[,\\s]`));
      assert.match(header, /qop=auth, nc=00000001$/);
    });
  }

  it('names no algorithm where the terminal gave none', () => {
    assert.ok(!authorization(MUFASA, challenge, 1, 'GET', '/').includes('algorithm'));
  });

  it('adds neither nc nor cnonce where there is no qop', () => {
    const header = authorization(MUFASA, { ...challenge, qop: false }, 1, 'GET', '/');
    assert.ok(!/nc=|cnonce=|qop=/.test(header));
  });

  it('gives opaque exactly where it was given', () => {
    const { opaque, ...without } = challenge;
    assert.ok(authorization(MUFASA, { ...without, opaque: '' }, 1, 'GET', '/').includes('opaque=""'));
    assert.ok(!authorization(MUFASA, without, 1, 'GET', '/').includes('opaque'));
    assert.ok(authorization(MUFASA, challenge, 1, 'GET', '/').includes(`opaque="${opaque}"`));
  });

  it('escapes quotes in user and realm, so that none of them adds a parameter', () => {
    const header = authorization(
      { username: 'a", nc="9', password: '' },
      { ...challenge, realm: 'b"c' },
      1,
      'GET',
      '/',
    );
    assert.ok(header.includes('username="a\\", nc=\\"9"'));
    assert.ok(header.includes('realm="b\\"c"'));
  });

  it('writes nc in hexadecimal with eight digits', () => {
    assert.ok(authorization(MUFASA, challenge, 0xabc, 'GET', '/').includes('nc=00000abc'));
  });

  it('draws a cnonce of its own for each challenge', () => {
    const headers = Array.from({ length: 50 }, () => authorization(MUFASA, { ...challenge }, 1, 'GET', '/'));
    assert.equal(new Set(headers.map((header) => /cnonce="(\w{32})"/.exec(header)?.[1])).size, 50);
  });

  it('signs the method, and path and query as they go on the wire', () => {
    const signed = (method: string, target: string): string =>
      /response="(\w+)"/.exec(authorization(MUFASA, challenge, 1, method, target, CNONCE))?.[1] ?? '';
    const all = [signed('GET', '/a'), signed('PUT', '/a'), signed('GET', '/a?b=//c'), signed('GET', '/a//')];
    assert.equal(new Set(all).size, 4);
  });

  it('holds neither the password nor a hash of it alone', () => {
    const header = authorization(MUFASA, challenge, 1, 'GET', '/');
    assert.ok(!header.includes(MUFASA.password));
    assert.ok(!header.includes('3d78807defe7de2157e2b0b6573a855f'));
  });
});
