import assert from 'node:assert/strict';
import http from 'node:http';
import { describe, it } from 'mocha';
import type {
  DigestAlgorithm,
  SimulatedTerminal,
  SimulatorSettings,
} from '../../../../simulator/simulated-terminal.js';
import {
  element,
  eventsOf,
  fieldsOf,
  nextEvent,
  send,
  sign,
  withTerminal,
  type Answer,
  type SignOptions,
} from '../../../harness/terminal/raw-client.js';

const PATH = '/ISAPI/System/deviceInfo';
const LOGIN = { model: 'DS-K1T343EFWX', username: 'admin', password: 'secret-1' } as const;

function withLogin(
  settings: Partial<SimulatorSettings>,
  work: (terminal: SimulatedTerminal) => Promise<void>,
): Promise<void> {
  return withTerminal({ ...LOGIN, ...settings }, work);
}

async function challengeFrom(terminal: SimulatedTerminal, path = PATH): Promise<string> {
  const { challenges } = await send(terminal, path);
  return challenges[0] ?? '';
}

function signed(terminal: SimulatedTerminal, challenge: string, options: Partial<SignOptions> = {}): Promise<Answer> {
  const { method = 'GET', path = PATH } = options;
  return send(terminal, path, { method, headers: { Authorization: sign(challenge, { path, ...options }) } });
}

describe('the login of a simulated terminal', () => {
  it('asks for none without a user name', () =>
    withTerminal({ model: 'DS-K1T343EFWX' }, async (terminal) => {
      assert.equal((await send(terminal, PATH)).status, 200);
    }));

  it('gives a challenge as seen in the field', () =>
    withLogin({}, async (terminal) => {
      const { status, challenges } = await send(terminal, PATH);
      assert.equal(status, 401);
      assert.equal(challenges.length, 1);
      const { algorithm, opaque, domain, stale, qop, nonce, realm } = fieldsOf(challenges[0] ?? '');
      assert.deepEqual([algorithm, opaque, domain, stale, qop], [undefined, '', '::', 'FALSE', 'auth']);
      assert.match(nonce ?? '', /^[A-Za-z0-9+/]+=+$/);
      assert.match(realm ?? '', /\(.*\)/);
      assert.equal(terminal.counters.challenges, 1);
    }));

  const basic = `Basic ${Buffer.from('admin:secret-1').toString('base64')}`;
  for (const [what, headers] of [
    ['no Authorization', {}],
    ['Basic', { Authorization: basic }],
  ] as const) {
    it(`tells nothing of the account in the 401 to ${what}, and types its XML as JSON`, () =>
      withLogin({ tries: 1 }, async (terminal) => {
        await signed(terminal, await challengeFrom(terminal), { password: 'wrong' });
        const { text, headers: answered } = await send(terminal, PATH, { headers });
        assert.equal(answered['content-type'], 'application/json');
        assert.match(text, /^<\?xml[^>]*>\s*<userCheck /);
        assert.deepEqual(
          [...text.matchAll(/<(\w+)>/g)].map(([, name]) => name),
          ['statusValue', 'statusString', 'isActivated'],
        );
      }));
  }

  it('lets a client leave out an opaque that was given empty', () =>
    withLogin({}, async (terminal) => {
      const challenge = await challengeFrom(terminal);
      assert.equal((await signed(terminal, challenge, { instead: { opaque: undefined } })).status, 200);
    }));

  it('wants an opaque back that was not empty', () =>
    withLogin({ challenge: { opaque: '5ccc' } }, async (terminal) => {
      const challenge = await challengeFrom(terminal);
      assert.equal(fieldsOf(challenge)['opaque'], '5ccc');
      assert.equal((await signed(terminal, challenge, { nc: '00000001' })).status, 200);
      const without = await signed(terminal, challenge, { nc: '00000002', instead: { opaque: undefined } });
      assert.equal(without.status, 401);
      assert.equal(terminal.counters.signedRejections, 1);
    }));

  const algorithms: DigestAlgorithm[] = [
    'none',
    'MD5',
    'SHA-256',
    'SHA-512-256',
    'MD5-sess',
    'SHA-256-sess',
    'SHA-512-256-sess',
  ];
  for (const algorithm of algorithms) {
    it(`accepts a correct login with algorithm ${algorithm}`, () =>
      withLogin({ challenge: { algorithms: [algorithm] } }, async (terminal) => {
        const challenge = await challengeFrom(terminal);
        assert.equal(fieldsOf(challenge)['algorithm'], algorithm === 'none' ? undefined : algorithm);
        assert.equal((await signed(terminal, challenge)).status, 200);
      }));
  }

  it('tolerates algorithm=MD5 where none was given', () =>
    withLogin({}, async (terminal) => {
      const challenge = await challengeFrom(terminal);
      assert.equal((await signed(terminal, challenge, { instead: { algorithm: 'MD5' } })).status, 200);
    }));

  it('gives each algorithm a challenge of its own, and Basic last', () =>
    withLogin({ challenge: { algorithms: ['MD5', 'SHA-256'], offerBasic: true } }, async (terminal) => {
      const { challenges } = await send(terminal, PATH);
      assert.deepEqual(
        challenges.map((challenge) => challenge.split(' ')[0]),
        ['Digest', 'Digest', 'Basic'],
      );
      for (const challenge of challenges.slice(0, 2)) assert.equal((await signed(terminal, challenge)).status, 200);
    }));

  it('closes the connection with the challenge when set to', () =>
    withLogin({ challenge: { closes: true } }, async (terminal) => {
      const agent = new http.Agent({ keepAlive: true });
      const { headers, challenges } = await send(terminal, PATH, { agent });
      assert.equal(headers.connection, 'close');
      const authorization = sign(challenges[0] ?? '', { path: PATH });
      const signed = await send(terminal, PATH, { agent, headers: { Authorization: authorization } });
      assert.deepEqual([signed.status, signed.headers.connection], [200, 'keep-alive']);
      agent.destroy();
    }));

  it('merges all challenges into one header when set to', () =>
    withLogin({ challenge: { offerBasic: true, merged: true } }, async (terminal) => {
      const { challenges } = await send(terminal, PATH);
      assert.equal(challenges.length, 1);
      assert.match(challenges[0] ?? '', /^Digest .*, Basic realm="/);
    }));

  it('refuses Basic with 401 and counts it, but not for the lock-out', () =>
    withLogin({ tries: 1, challenge: { offerBasic: true } }, async (terminal) => {
      const Authorization = `Basic ${Buffer.from('admin:secret-1').toString('base64')}`;
      assert.equal((await send(terminal, PATH, { headers: { Authorization } })).status, 401);
      assert.equal(terminal.counters.basicAnswers, 1);
      assert.equal((await signed(terminal, await challengeFrom(terminal))).status, 200);
    }));

  const mistakes: [string, Partial<SignOptions>][] = [
    ['another password', { password: 'secret-2' }],
    ['another user', { username: 'root' }],
    ['the name of another user with a correct response', { instead: { username: 'root' } }],
    ['an empty cnonce', { cnonce: '' }],
    ['another realm', { instead: { realm: 'elsewhere' } }],
    ['another uri', { instead: { uri: '/ISAPI/System/time' } }],
    ['another response', { instead: { response: '0'.repeat(32) } }],
    ['a short response', { instead: { response: '0' } }],
    ['no cnonce', { instead: { cnonce: undefined } }],
    ['no qop', { instead: { qop: undefined } }],
    ['another opaque', { instead: { opaque: 'x' } }],
    ['another algorithm', { instead: { algorithm: 'SHA-256' } }],
    ['a decimal nc', { nc: '1' }],
    ['an nc of nine digits', { nc: '000000001' }],
    ['a field twice', { instead: { cnonce: 'abcdef", cnonce="abcdef' } }],
  ];
  for (const [mistake, options] of mistakes) {
    it(`counts ${mistake} as a wrong login`, () =>
      withLogin({}, async (terminal) => {
        const answer = await signed(terminal, await challengeFrom(terminal), options);
        assert.equal(answer.status, 401);
        assert.equal(element(answer.text, 'retryLoginTime'), '4');
        assert.equal(terminal.counters.signedRejections, 1);
      }));
  }

  it('wants the response made for the method of the request', () =>
    withLogin({}, async (terminal) => {
      const Authorization = sign(await challengeFrom(terminal), { path: PATH, method: 'GET' });
      assert.equal((await send(terminal, PATH, { method: 'PUT', headers: { Authorization } })).status, 401);
    }));

  it('wants the algorithm echoed where it was given', () =>
    withLogin({ challenge: { algorithms: ['MD5'] } }, async (terminal) => {
      const challenge = await challengeFrom(terminal);
      assert.equal((await signed(terminal, challenge, { instead: { algorithm: undefined } })).status, 401);
    }));

  it('accepts a nonce again with a new nc, in any order, and never an nc twice', () =>
    withLogin({}, async (terminal) => {
      const challenge = await challengeFrom(terminal);
      assert.equal((await signed(terminal, challenge, { nc: '00000001' })).status, 200);
      assert.equal((await signed(terminal, challenge, { nc: '0000000b' })).status, 200);
      assert.equal((await signed(terminal, challenge, { nc: '0000000a' })).status, 200);
      assert.equal((await signed(terminal, challenge, { nc: '0000000A' })).status, 401);
      assert.equal(terminal.counters.repeatedNc, 1);
      assert.equal(terminal.counters.signedRejections, 0);
    }));

  it('answers an expired nonce like a wrong password, yet does not count it', () =>
    withLogin({ challenge: { nonceLifeSeconds: 0 } }, async (terminal) => {
      const answer = await signed(terminal, await challengeFrom(terminal));
      assert.equal(answer.status, 401);
      assert.equal(fieldsOf(answer.challenges[0] ?? '')['stale'], 'FALSE');
      assert.equal(element(answer.text, 'retryLoginTime'), '5');
      assert.equal(terminal.counters.staleRejections, 1);
    }));

  it('says stale="TRUE" where the firmware does', () =>
    withLogin({ challenge: { nonceLifeSeconds: 0, staleAlwaysFalse: false } }, async (terminal) => {
      const first = await send(terminal, PATH);
      assert.equal(fieldsOf(first.challenges[0] ?? '')['stale'], 'FALSE');
      const answer = await signed(terminal, first.challenges[0] ?? '');
      assert.equal(fieldsOf(answer.challenges[0] ?? '')['stale'], 'TRUE');
    }));

  it('answers the use after the last allowed one with 401 and no challenge', () =>
    withLogin({ challenge: { nonceUses: 2 } }, async (terminal) => {
      const challenge = await challengeFrom(terminal);
      assert.equal((await signed(terminal, challenge, { nc: '00000001' })).status, 200);
      assert.equal((await signed(terminal, challenge, { nc: '00000002' })).status, 200);
      const third = await signed(terminal, challenge, { nc: '00000003' });
      assert.equal(third.status, 401);
      assert.deepEqual(third.challenges, []);
      assert.equal(terminal.counters.signedRejections, 0);
    }));

  it('binds a nonce to its URL where the firmware does', () =>
    withLogin({ challenge: { nonceBoundToUrl: true } }, async (terminal) => {
      const challenge = await challengeFrom(terminal);
      assert.equal((await signed(terminal, challenge, { path: '/ISAPI/System/time' })).status, 401);
      assert.equal((await signed(terminal, challenge)).status, 200);
      assert.equal(terminal.counters.staleRejections, 1);
    }));

  it('locks after five wrong logins in a row and then refuses the right password too', () =>
    withLogin({}, async (terminal) => {
      const events = eventsOf(terminal);
      for (const left of [4, 3, 2, 1, 0]) {
        const wrong = await signed(terminal, await challengeFrom(terminal), { password: 'wrong' });
        assert.equal(element(wrong.text, 'retryLoginTime'), String(left));
      }
      const right = await signed(terminal, await challengeFrom(terminal));
      assert.equal(right.status, 401);
      assert.equal(element(right.text, 'lockStatus'), 'lock');
      assert.equal(element(right.text, 'unlockTime'), '1800');
      assert.equal(terminal.counters.signedRejections, 5);
      assert.equal(terminal.counters.lockedRejections, 1);
      assert.deepEqual(
        events.map((event) => (event.event === 'login rejected' ? event.triesLeft : event.event)),
        [4, 3, 2, 1, 0, 'locked'],
      );
    }));

  it('starts to count again after a correct login', () =>
    withLogin({ tries: 2 }, async (terminal) => {
      const challenge = await challengeFrom(terminal);
      assert.equal((await signed(terminal, challenge, { nc: '00000001', password: 'wrong' })).status, 401);
      assert.equal((await signed(terminal, challenge, { nc: '00000002' })).status, 200);
      assert.equal((await signed(terminal, challenge, { nc: '00000003', password: 'wrong' })).status, 401);
      assert.equal((await signed(terminal, challenge, { nc: '00000004' })).status, 200);
    }));

  it('does not count requests without Authorization', () =>
    withLogin({ tries: 1 }, async (terminal) => {
      await send(terminal, PATH);
      await send(terminal, PATH);
      assert.equal((await signed(terminal, await challengeFrom(terminal))).status, 200);
    }));

  it('unlocks when the time has passed', () =>
    withLogin({ tries: 1, lockSeconds: 1, timeScale: 0.0001 }, async (terminal) => {
      await signed(terminal, await challengeFrom(terminal), { password: 'wrong' });
      // A try that comes too early prolongs the lock, which lasts a tenth of a millisecond.
      while ((await signed(terminal, await challengeFrom(terminal))).status !== 200);
    }));

  it('forgets the lock when it is reset', () =>
    withLogin({ tries: 1 }, async (terminal) => {
      await signed(terminal, await challengeFrom(terminal), { password: 'wrong' });
      terminal.reset();
      assert.equal((await signed(terminal, await challengeFrom(terminal))).status, 200);
    }));

  it('shows the lock state at userCheck', () =>
    withLogin({}, async (terminal) => {
      const path = '/ISAPI/Security/userCheck';
      const { status, text } = await signed(terminal, await challengeFrom(terminal, path), { path });
      assert.equal(status, 200);
      assert.equal(element(text, 'statusValue'), '200');
    }));

  it('counts a body that came without Authorization', () =>
    withLogin({}, async (terminal) => {
      await send(terminal, PATH, { method: 'PUT', body: 'x' });
      await send(terminal, PATH);
      assert.equal(terminal.counters.unsignedBodies, 1);
    }));

  it('wants the login for the picture too', () =>
    withLogin({}, async (terminal) => {
      terminal.foreignCapture('Anna');
      const path = '/LOCALS/pic/web_face_enrollpic.jpg';
      const { status, challenges } = await send(terminal, path);
      assert.equal(status, 401);
      assert.equal((await signed(terminal, challenges[0] ?? '', { path })).status, 200);
    }));

  it('does not spend a fault on a challenge', () =>
    withLogin({}, async (terminal) => {
      terminal.fault({ kind: 'status', status: 503 });
      const challenge = await challengeFrom(terminal);
      const struck = nextEvent(terminal, 'fault');
      assert.equal((await signed(terminal, challenge)).status, 503);
      await struck;
    }));
});
