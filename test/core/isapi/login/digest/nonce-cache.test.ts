import assert from 'node:assert/strict';

import { Signer } from '../../../../../core/isapi/login/digest/authorization.js';
import { NonceCache, type Nonce } from '../../../../../core/isapi/login/digest/nonce-cache.js';

describe('nonce cache', () => {
  const REQUEST = { method: 'GET', target: '/' };
  let clock: number;
  let cache: NonceCache;

  beforeEach(() => {
    clock = 5_000;
    cache = new NonceCache(() => clock);
  });

  function add(more: { algorithm?: string; qop?: boolean } = {}): Nonce {
    const challenge = { realm: 'r', nonce: 'n', qop: true, stale: false, ...more };
    return cache.add(new Signer({ username: 'admin', password: 'secret' }, challenge));
  }

  /** A nonce that serves so many requests and is refused by the next. */
  function expireAfter(uses: number): void {
    cache.expire(add(), uses + 1);
  }

  it('has none before the first challenge and after it was cleared', () => {
    assert.equal(cache.usable(), undefined);
    const nonce = add();
    assert.equal(cache.usable(), nonce);
    cache.clear();
    assert.equal(cache.usable(), undefined);
  });

  it('counts each use of a nonce from 1', () => {
    const nonce = add();
    for (const nc of ['00000001', '00000002']) assert.match(nonce.authorization(REQUEST), new RegExp(`nc=${nc}$`));
    assert.equal(nonce.uses, 2);
  });

  it('gives a nonce for 240 s after its challenge', () => {
    const nonce = add();
    clock += 239_999;
    assert.equal(cache.usable(), nonce);
    clock += 1;
    assert.equal(cache.usable(), undefined);
  });

  it('replaces the nonce of the request whose reply gives the next one, which lives as long', () => {
    const first = add();
    first.authorization(REQUEST);
    clock += 200_000;
    cache.replace(first, 'next');
    clock += 200_000;
    const second = cache.usable();
    assert.deepEqual([second?.signer.challenge.nonce, second?.uses], ['next', 0]);
    cache.replace(first, 'too late');
    assert.equal(cache.usable(), second);
  });

  it('drops the nonce that expired, and no other', () => {
    const first = add();
    const second = add();
    cache.expire(first, 2);
    assert.equal(cache.usable(), second);
    cache.expire(second, 5);
    assert.equal(cache.usable(), undefined);
  });

  it('takes three in a row that expired after the same uses for the rule', () => {
    expireAfter(2);
    expireAfter(2);
    assert.equal(cache.statistics.uses, undefined);
    expireAfter(2);
    assert.equal(cache.statistics.uses, 2);
    const nonce = add();
    nonce.authorization(REQUEST);
    assert.equal(cache.usable(), nonce);
    nonce.authorization(REQUEST);
    assert.equal(cache.usable(), undefined);
  });

  for (const uses of [
    [2, 2, 3],
    [2, 3, 2],
    [3, 2, 2],
    [0, 0, 0],
    [2, 2, 3, 2, 2],
  ]) {
    it(`learns nothing from nonces that expired after ${uses.join(', ')} uses`, () => {
      uses.forEach(expireAfter);
      assert.equal(cache.statistics.uses, undefined);
    });
  }

  it('learns another rule from the next three', () => {
    [2, 2, 2, 1, 1].forEach(expireAfter);
    assert.equal(cache.statistics.uses, 2);
    expireAfter(1);
    assert.equal(cache.statistics.uses, 1);
  });

  it('forgets the rule with the 201st nonce after it was learnt, or learnt again', () => {
    [1, 1, 1].forEach(expireAfter);
    for (let i = 0; i < 200; i += 1) add();
    assert.equal(cache.statistics.uses, 1);
    add();
    assert.equal(cache.statistics.uses, undefined);
    expireAfter(1);
    for (let i = 0; i < 200; i += 1) add();
    assert.equal(cache.statistics.uses, 1);
  });

  it('tells what the last challenge offered', () => {
    assert.deepEqual(cache.statistics, {});
    add();
    assert.deepEqual(cache.statistics, { algorithm: 'none', qop: true });
    add({ algorithm: 'sha-256', qop: false });
    assert.deepEqual(cache.statistics, { algorithm: 'sha-256', qop: false });
  });
});
