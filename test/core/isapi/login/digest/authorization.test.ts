import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mock } from 'node:test';

import { DigestClient } from 'digest-fetch';
import fc from 'fast-check';

import {
  Signer,
  type Credentials,
  type RequestLine,
  type RequestToSign,
} from '../../../../../core/isapi/login/digest/authorization.js';
import type { Challenge } from '../../../../../core/isapi/login/digest/challenge.js';

describe('authorization', () => {
  const MUFASA = { username: 'Mufasa', password: 'Circle of Life' };
  const CHALLENGE: Challenge = {
    realm: 'http-auth@example.org',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    opaque: 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS',
    qop: true,
    stale: false,
  };
  const CNONCE = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';

  interface Login extends Partial<RequestToSign> {
    credentials?: Credentials;
    challenge?: Challenge;
    cnonce?: string;
  }

  /** The header of the first GET of `/`, where nothing else is said. */
  function header({ credentials = MUFASA, challenge = CHALLENGE, cnonce, ...request }: Login = {}): string {
    const signer = new Signer(credentials, challenge, cnonce);
    return signer.authorization({ method: 'GET', target: '/', nc: 1, ...request });
  }

  function responseOf(text: string): string {
    return /, response="(\w+)"/.exec(text)?.[1] ?? '';
  }

  for (const [algorithm, response] of [
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const) {
    it(`computes the ${algorithm} example of RFC 7616`, () => {
      const text = header({ challenge: { ...CHALLENGE, algorithm }, target: '/dir/index.html', cnonce: CNONCE });
      assert.match(text, new RegExp(`response="${response}"`));
      assert.match(text, new RegExp(`algorithm=${algorithm}[,\\s]`));
      assert.match(text, /qop=auth, nc=00000001$/);
    });
  }

  it('names no algorithm where the terminal gave none', () => {
    assert.ok(!header().includes('algorithm'));
  });

  it('adds neither nc nor cnonce where there is no qop', () => {
    assert.ok(!/nc=|cnonce=|qop=/.test(header({ challenge: { ...CHALLENGE, qop: false } })));
  });

  it('gives opaque exactly where it was given', () => {
    const { opaque, ...without } = CHALLENGE;
    assert.ok(header({ challenge: { ...without, opaque: '' } }).includes('opaque=""'));
    assert.ok(!header({ challenge: without }).includes('opaque'));
    assert.ok(header().includes(`opaque="${opaque}"`));
  });

  it('escapes quotes in user and realm, so that none of them adds a parameter', () => {
    const credentials = { username: 'a", nc="9', password: '' };
    const text = header({ credentials, challenge: { ...CHALLENGE, realm: 'b"c' } });
    assert.ok(text.includes('username="a\\", nc=\\"9"'));
    assert.ok(text.includes('realm="b\\"c"'));
  });

  it('is not misled by a user name or realm that looks like the response', () => {
    const forged = '",response="00",nc=00000001,cnonce="a"';
    for (const challenge of [CHALLENGE, { ...CHALLENGE, realm: forged }, { ...CHALLENGE, opaque: forged }]) {
      assert.match(responseOf(header({ credentials: { username: forged, password: '' }, challenge })), /^\w{32}$/);
    }
  });

  it('writes nc in hexadecimal with eight digits', () => {
    assert.ok(header({ nc: 0xabc }).includes('nc=00000abc'));
  });

  it('draws a cnonce of its own for each challenge, and keeps it for the requests of that challenge', () => {
    const cnonce = (text: string): string | undefined => /cnonce="([0-9a-z]{13})"/.exec(text)?.[1];
    assert.equal(new Set(Array.from({ length: 50 }, () => cnonce(header()))).size, 50);
    const signer = new Signer(MUFASA, CHALLENGE);
    const [first, second] = [1, 2].map((nc) => cnonce(signer.authorization({ method: 'GET', target: '/', nc })));
    assert.equal(first, second);
  });

  it('signs the method, and path and query as they go on the wire', () => {
    const signed = (method: string, target: string): string => responseOf(header({ method, target, cnonce: CNONCE }));
    const all = [signed('GET', '/a'), signed('PUT', '/a'), signed('GET', '/a?b=//c'), signed('GET', '/a//')];
    assert.equal(new Set(all).size, 4);
  });

  it('holds neither the password nor a hash of it alone', () => {
    assert.ok(!header().includes(MUFASA.password));
    assert.ok(!header().includes('3d78807defe7de2157e2b0b6573a855f'));
  });

  it('goes on with a nonce that the terminal gave for the next request, and a cnonce of its own', () => {
    const signer = new Signer(MUFASA, CHALLENGE).withNonce('next');
    assert.deepEqual(signer.challenge, { ...CHALLENGE, nonce: 'next' });
    const text = signer.authorization({ method: 'GET', target: '/', nc: 1 });
    const cnonce = /cnonce="([0-9a-z]{13})"/.exec(text)?.[1] ?? '';
    assert.equal(text, header({ challenge: { ...CHALLENGE, nonce: 'next' }, cnonce }));
  });

  it('takes half a surrogate pair for the replacement character, in the header and in the response', () => {
    const half = { username: 'a\ud800', password: '\udc00b' };
    const replaced = { username: 'a\ufffd', password: '\ufffdb' };
    assert.equal(header({ credentials: half, cnonce: CNONCE }), header({ credentials: replaced, cnonce: CNONCE }));
  });

  describe('many requests with one nonce', () => {
    const line = fc.record({ method: fc.constantFrom('GET', 'PUT'), target: fc.constantFrom('/a', '/b') });
    const foreseen = fc.option(fc.array(line, { maxLength: 40 }), { nil: undefined });
    /**
     * Lines that come once or many times in a row, each with how many uses of the nonce others had before, and what is said to
     * come then, be it true or not.
     */
    const rows = fc.array(fc.tuple(line, fc.integer({ min: 1, max: 80 }), fc.constantFrom(0, 0, 0, 1, 20), foreseen), {
      maxLength: 8,
    });
    type Row = readonly [RequestLine, number, number, readonly RequestLine[] | undefined];

    it('gives each what a signer of its own would', () => {
      const check = (some: readonly Row[]): void => {
        const signer = new Signer(MUFASA, CHALLENGE, CNONCE);
        let nc = 0;
        for (const [request, times, skipped, toCome] of some) {
          nc += skipped;
          for (let i = 0; i < times; i += 1) {
            nc += 1;
            const given = signer.authorization({ ...request, nc, toCome });
            assert.equal(given, header({ ...request, nc, cnonce: CNONCE }));
          }
        }
      };
      fc.assert(fc.property(rows, check), { seed: 7616, numRuns: 50 });
      check([[{ method: 'GET', target: '/' }, 100, 0xabc, undefined]]);
    });

    /** How many responses were computed after each of these requests. */
    function computed(targets: readonly string[], toCome?: (index: number) => readonly string[] | undefined): number[] {
      const computing = mock.method(DigestClient.prototype, 'addAuth');
      const lineOf = (target: string): RequestLine => ({ method: 'PUT', target });
      try {
        const signer = new Signer(MUFASA, CHALLENGE);
        return targets.map((target, i) => {
          signer.authorization({ ...lineOf(target), nc: i + 1, toCome: toCome?.(i)?.map(lineOf) });
          return computing.mock.callCount();
        });
      } finally {
        computing.mock.restore();
      }
    }

    it('computes ahead where one line comes again and again, 15 at most', () => {
      const counts = computed(Array.from({ length: 40 }, () => '/'));
      assert.deepEqual(counts.slice(0, 8), [1, 3, 3, 7, 7, 7, 7, 15]);
      assert.deepEqual([counts[15], counts[30], counts[31], counts[39]], [31, 31, 47, 47]);
    });

    it('computes nothing ahead where lines take turns', () => {
      const turns = Array.from({ length: 60 }, (_, i) => `/${i % 3}`);
      assert.equal(computed(turns).at(-1), 60);
      const many = Array.from({ length: 100 }, (_, i) => `/${Math.trunc(i / 2)}`);
      assert.equal(computed(many).at(-1), 150);
    });

    it('computes nothing ahead for a line that is longer than any that a terminal has', () => {
      const [longest, longer] = [1_000, 1_001].map((length) => `/${'x'.repeat(length - 1)}`);
      assert.equal(computed(Array.from({ length: 8 }, () => longest ?? '')).at(-1), 15);
      assert.equal(computed(Array.from({ length: 8 }, () => longer ?? '')).at(-1), 8);
    });

    it('computes what is said to come, 32 in one go, and none in vain', () => {
      const list = Array.from({ length: 100 }, (_, i) => (i % 5 === 4 ? '/face' : '/person'));
      const counts = computed(list, (i) => list.slice(i + 1));
      assert.deepEqual([counts[0], counts[1], counts[3], counts[7], counts[15]], [1, 3, 7, 15, 31]);
      assert.deepEqual([counts[31], counts[62], counts[63], counts[99]], [63, 63, 95, 100]);
    });

    it('computes as many at first as the nonce has been used before', () => {
      const list = ['/a', '/b', '/c', '/d', '/e', '/f', '/g', '/h', '/i'];
      const counts = computed(list, (i) => (i < 4 ? undefined : list.slice(i + 1)));
      assert.deepEqual(counts, [1, 2, 3, 4, 8, 8, 8, 8, 9]);
    });

    describe('never computes more', () => {
      const target = fc.constantFrom('/a', '/b', '/c', '/d', '/e');
      const toCome = fc.option(fc.array(target, { maxLength: 40 }), { nil: undefined });
      const times = fc.integer({ min: 1, max: 20 });
      const bounds = [
        { bound: 2, what: 'than twice what was used', rows: fc.array(fc.tuple(target, times, fc.constant(undefined))) },
        {
          bound: 3,
          what: 'than thrice that, whatever is said to come',
          rows: fc.array(fc.tuple(target, times, toCome)),
        },
      ];
      for (const { bound, what, rows } of bounds) {
        it(what, () => {
          const check = (some: readonly [string, number, string[] | undefined][]): void => {
            const each = some.flatMap(([line, count, coming]) =>
              Array.from({ length: count }, () => ({ line, coming })),
            );
            const counts = computed(
              each.map(({ line }) => line),
              (i) => each[i]?.coming,
            );
            counts.forEach((count, i) => assert.ok(count <= bound * (i + 1) + 1, `${count} of ${i + 1}`));
          };
          fc.assert(fc.property(rows, check), { seed: 7616, numRuns: 200 });
        });
      }
    });
  });

  describe('for random challenges', () => {
    interface Example {
      credentials: Credentials;
      realm: string;
      nonce: string;
      opaque: string | undefined;
      qop: boolean;
      cnonce: string;
      request: RequestToSign;
    }

    const text = fc.oneof(
      fc.string({ maxLength: 150 }),
      fc.string({ unit: 'binary', maxLength: 150 }),
      fc.string({ unit: fc.constantFrom('"', '\\', ',', '=', ' ', ':', 'a', 'Ж', '讯', '😀'), maxLength: 30 }),
    );
    const examples: fc.Arbitrary<Example> = fc.record({
      credentials: fc.record({ username: text, password: text }),
      realm: text,
      nonce: text,
      opaque: fc.option(text, { nil: undefined }),
      qop: fc.boolean(),
      cnonce: fc.stringMatching(/^[0-9a-f]{32}$/),
      request: fc.record({
        method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE'),
        target: fc.stringMatching(/^\/[!$-[\]-~]{0,100}$/),
        nc: fc.integer({ min: 1, max: 0xffffffff }),
      }),
    });

    /** Written from RFC 7616 with node:crypto and nothing of ours. */
    function expected(example: Example, algorithm: string | undefined, hashName: string): string {
      const { credentials, realm, nonce, opaque, qop, cnonce, request } = example;
      const hash = (...parts: string[]): string => createHash(hashName).update(parts.join(':'), 'utf8').digest('hex');
      const isSession = algorithm?.toLowerCase().endsWith('-sess') ?? false;
      const count = request.nc.toString(16).padStart(8, '0');
      const login = hash(credentials.username, realm, credentials.password);
      const secret = isSession ? hash(login, nonce, cnonce) : login;
      const asked = hash(request.method, request.target);
      const response = qop ? hash(secret, nonce, count, cnonce, 'auth', asked) : hash(secret, nonce, asked);
      const quoted = (value: string): string => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
      const fields = [
        `username=${quoted(credentials.username)}`,
        `realm=${quoted(realm)}`,
        `nonce=${quoted(nonce)}`,
        algorithm === undefined ? '' : `algorithm=${algorithm}`,
        `uri="${request.target}"`,
        `response="${response}"`,
        opaque === undefined ? '' : `opaque=${quoted(opaque)}`,
        qop || isSession ? `cnonce="${cnonce}"` : '',
        qop ? `qop=auth, nc=${count}` : '',
      ];
      return Buffer.from(`Digest ${fields.filter(Boolean).join(', ')}`, 'utf8').toString('latin1');
    }

    for (const [algorithm, hashName] of [
      [undefined, 'md5'],
      ['MD5', 'md5'],
      ['md5-SESS', 'md5'],
      ['SHA-256', 'sha256'],
      ['sha-256-sess', 'sha256'],
      ['SHA-512-256', 'sha512-256'],
      ['SHA-512-256-sess', 'sha512-256'],
    ] as const) {
      it(`with ${algorithm ?? 'no algorithm'} it is byte for byte what RFC 7616 wants`, () => {
        const check = (example: Example): void => {
          const { credentials, realm, nonce, opaque, qop, cnonce, request } = example;
          const challenge: Challenge = {
            ...{ realm, nonce, qop, stale: false },
            ...(opaque === undefined ? {} : { opaque }),
            ...(algorithm === undefined ? {} : { algorithm }),
          };
          const made = header({ credentials, challenge, cnonce, ...request });
          assert.equal(made, expected(example, algorithm, hashName));
        };
        fc.assert(fc.property(examples, check), { seed: 7616, numRuns: 500 });
      });
    }
  });
});
