import assert from 'node:assert/strict';

import { knownAlgorithm, readOffer } from '../../../../../core/isapi/login/digest/challenge.js';

describe('challenge', () => {
  it('reads what face terminals send: no algorithm, empty opaque, domain "::", stale "FALSE", = in the nonce', () => {
    const { challenge, basic } = readOffer([
      'Digest qop="auth", realm="DS-K1T343EFWX(ABC123)", domain="::", nonce="bm9uY2U6MTIzNA==", stale="FALSE", opaque=""',
    ]);
    assert.equal(basic, false);
    assert.deepEqual(challenge, {
      realm: 'DS-K1T343EFWX(ABC123)',
      nonce: 'bm9uY2U6MTIzNA==',
      opaque: '',
      qop: true,
      stale: false,
    });
  });

  for (const [what, headers, nonce] of [
    ['unquoted values', ['Digest realm=a, nonce=abc==, qop=auth'], 'abc=='],
    ['no blanks between parameters', ['Digest realm="a",nonce="n",qop="auth"'], 'n'],
    ['blanks around =', ['Digest realm = "a" , nonce = "n"'], 'n'],
    ['commas and equal signs in a realm', ['Digest realm="a, nonce=x, Basic b", nonce="n"'], 'n'],
    ['an escaped quote in a realm', ['Digest realm="a\\", nonce=\\"x", nonce="n"'], 'n'],
    ['any case of scheme and names', ['dIGEST REALM="a", NONCE="n"'], 'n'],
    ['Basic merged before', ['Basic realm="b", Digest realm="a", nonce="n"'], 'n'],
    ['Basic merged behind', ['Digest realm="a", nonce="n", Basic realm="b", charset="UTF-8"'], 'n'],
    ['two headers', ['Basic realm="b"', 'Digest realm="a", nonce="n"'], 'n'],
    ['another scheme with a token', ['Negotiate abc==, Digest realm="a", nonce="n"'], 'n'],
    ['a parameter that comes twice', ['Digest realm="a", nonce="n", nonce="later"'], 'n'],
    ['empty elements', [', ,Digest realm="a",, nonce="n",'], 'n'],
    ['auth among other qop', ['Digest nonce="n", qop="auth-int, auth"'], 'n'],
    ['two algorithms in one header', ['Digest nonce="m", algorithm=MD5, Digest nonce="n", algorithm=SHA-256'], 'n'],
    [
      'two algorithms, the stronger first',
      ['Digest nonce="n", algorithm=SHA-256', 'Digest nonce="m", algorithm=MD5'],
      'n',
    ],
    [
      'an algorithm nobody knows beside MD5',
      ['Digest nonce="m", algorithm=X', 'Digest nonce="n", algorithm="md5"'],
      'n',
    ],
    ['auth in any case', ['Digest nonce="n", qop="AUTH"'], 'n'],
    ['an empty qop', ['Digest nonce="n", qop=""'], 'n'],
    ['the first of two that are equally strong', ['Digest nonce="n"', 'Digest nonce="m", algorithm=MD5'], 'n'],
    ['a backslash outside quotes', ['Digest realm=a\\, nonce="n"'], 'n'],
    ['an empty nonce', ['Digest nonce=""'], undefined],
    ['only auth-int', ['Digest nonce="n", qop="auth-int"'], undefined],
    ['only an algorithm nobody knows', ['Digest nonce="n", algorithm=SHA-3'], undefined],
    ['no nonce', ['Digest realm="a"'], undefined],
    ['an empty header', [''], undefined],
    ['no header', [], undefined],
  ] as const) {
    it(`reads ${what}`, () => assert.equal(readOffer(headers).challenge?.nonce, nonce));
  }

  it('keeps the parameters of merged challenges apart', () => {
    const { challenge, basic } = readOffer(['Digest nonce="n", Basic realm="b"']);
    assert.equal(basic, true);
    assert.equal(challenge?.realm, '');
  });

  it('takes the word of an algorithm as given and knows it in any case', () => {
    assert.equal(readOffer(['Digest nonce="n", algorithm=sha-256']).challenge?.algorithm, 'sha-256');
    assert.equal(knownAlgorithm('sha-256'), 'SHA-256');
    assert.equal(knownAlgorithm(undefined), 'MD5');
    assert.equal(knownAlgorithm('SHA-1'), undefined);
  });

  it('reads a realm in UTF-8, and makes no offer of one that is not: its answer would count as a wrong password', () => {
    const header = (realm: Buffer): string =>
      Buffer.concat([Buffer.from('Digest nonce="n", realm="'), realm, Buffer.from('"')]).toString('latin1');
    assert.equal(readOffer([header(Buffer.from('Вход'))]).challenge?.realm, 'Вход');
    assert.equal(readOffer([header(Buffer.from([0xb4, 0xf3]))]).challenge, undefined);
  });
});
