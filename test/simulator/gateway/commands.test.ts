import assert from 'node:assert/strict';

import { parseCommand, parseFault, type SimulatedGateway } from '../../../simulator/simulated-gateway.js';
import { call, eventsOf, PARTNER, withGateway } from '../../harness/gateway/raw-client.js';

const VERSION = 'common/v1/version';
const ADD = 'resource/v1/person/single/add';
const ALEX = { personCode: '100222', personGivenName: 'Alex' };

function tell(gateway: SimulatedGateway, message: unknown): void {
  gateway.runCommand(parseCommand(message));
}

describe('a command to a simulated gateway', () => {
  it('is one of seven', () => {
    assert.deepEqual(parseCommand({ reset: true, fault: 'busy' }), { command: 'reset' });
    assert.deepEqual(parseCommand({ fault: 'busy' }), { command: 'fault', fault: { kind: 'busy' } });
    assert.deepEqual(parseCommand({ partner: 'disabled' }), { command: 'partner', standing: 'disabled' });
    assert.deepEqual(parseCommand({ clock: -60 }), { command: 'clock', ahead: -60 });
    assert.deepEqual(parseCommand({ device: 'Gate', state: 'full' }), {
      command: 'device',
      device: 'Gate',
      state: 'full',
    });
    assert.deepEqual(parseCommand({ raise: { person: '1', picture: 'late' } }), {
      command: 'raise',
      events: [{ person: '1', picture: 'late' }],
    });
    assert.deepEqual(parseCommand({ raise: [true, { lost: true }] }), {
      command: 'raise',
      events: [{}, { lost: true }],
    });
    assert.deepEqual(parseCommand({ subscriptions: 'lost' }), { command: 'subscriptions lost' });
  });

  for (const value of [
    ...[5, null, undefined, 'reset', [], {}, { reset: 'yes' }, { partner: 'gone' }, { partner: 'toString' }],
    ...[{ clock: '5' }, { clock: NaN }, { clock: 1e12 }, { device: 'Gate' }, { device: 5, state: 'full' }],
    ...[{ raise: [] }, { raise: 5 }, { raise: { when: 1 } }, { raise: { type: -1 } }, { raise: { picture: 'soon' } }],
    ...[{ subscriptions: 'none' }, { raise: { person: '' } }, { raise: { repeats: 1.5 } }],
    ...[{ fault: 'nonsense' }, { fault: {} }, { fault: { kind: 'busy', when: 1 } }, { fault: 5 }],
  ]) {
    it(`is not ${JSON.stringify(value)}`, () => assert.throws(() => parseCommand(value), Error));
  }

  const STANDINGS = [
    ['disabled', '64'],
    ['not linked', '64'],
    ['user locked', '65'],
    ['user missing', '66'],
    ['user not initialised', '67'],
    ['no OpenAPI', '17'],
  ] as const;
  for (const [partner, code] of STANDINGS) {
    it(`makes the partner "${partner}": every call is refused with ${code} until it is enabled`, () =>
      withGateway(PARTNER, async (gateway) => {
        const events = eventsOf(gateway);
        tell(gateway, { partner });
        const ask = async (): Promise<string> =>
          (await call(gateway, VERSION, {}, { shape: 'key-nonce-timestamp' })).code;
        assert.deepEqual([await ask(), await ask()], [code, code]);
        assert.match(JSON.stringify(events[0]), new RegExp(partner));
        tell(gateway, { partner: 'enabled' });
        assert.equal(await ask(), '0');
      }));
  }

  it('sets the clock: the Date header shows it, and signed times are too far from it', () =>
    withGateway(PARTNER, async (gateway) => {
      tell(gateway, { clock: 3600 });
      const { headers, code } = await call(gateway, VERSION, {}, { shape: 'key-nonce-timestamp' });
      assert.equal(code, '64');
      const ahead = (Date.parse(headers.date ?? '') - Date.now()) / 1000;
      assert.ok(ahead > 3500 && ahead < 3700, String(ahead));
      const late = { shape: 'key-nonce-timestamp', timestamp: Date.now() + 3_600_000 } as const;
      assert.equal((await call(gateway, VERSION, {}, late)).code, '0');
    }));

  it('resets all to what was at the start', () =>
    withGateway(PARTNER, async (gateway) => {
      const shape = 'key-nonce-timestamp';
      await call(gateway, ADD, ALEX, { shape });
      await call(
        gateway,
        'acs/v1/privilege/group/single/addPersons',
        { privilegeGroupId: '1', type: 1, list: [{ id: '1' }] },
        { shape },
      );
      for (const message of [
        { partner: 'disabled' },
        { clock: 9999 },
        { fault: 'busy' },
        { device: '1', state: 'full' },
      ]) {
        tell(gateway, message);
      }
      tell(gateway, { reset: true });
      assert.deepEqual([gateway.persons().length, gateway.membersOf('1'), gateway.requests], [1, [], []]);
      assert.equal((await call(gateway, VERSION, {}, { shape })).code, '0');
      const { data } = await call(
        gateway,
        'acs/v1/door/doControl',
        { doorIndexCodes: ['1'], controlType: 2 },
        { shape },
      );
      assert.equal((data as { controlResultCode: number }[])[0]?.controlResultCode, 0);
    }));
});

describe('a fault of a simulated gateway', () => {
  it('is a kind, a code, or both with more', () => {
    assert.deepEqual(parseFault('69'), { kind: 'code', code: '69' });
    assert.deepEqual(parseFault('0x02401009'), { kind: 'code', code: '0x02401009' });
    const whole = { kind: 'code', at: 'single/add', times: 2, status: 401, code: '5', msg: 'full' };
    assert.deepEqual(parseFault(whole), whole);
  });

  for (const [value, message] of [
    [{ kind: 'code' }, /has a code/],
    [{ kind: 'busy', code: '6' }, /has a code/],
    [{ kind: 'code', code: 6 }, /code of a fault/],
    [{ kind: 'busy', at: 5 }, /at of a fault/],
    [{ kind: 'busy', times: 0 }, /times of a fault/],
    [{ kind: 'status', status: 99 }, /status of a fault/],
    [{ kind: 'slow', seconds: -1 }, /seconds of a fault/],
    [{ kind: 'code', code: '5', msg: 'x'.repeat(1001) }, /msg of a fault/],
  ] as const) {
    it(`is not ${JSON.stringify(value).slice(0, 60)}`, () => assert.throws(() => parseFault(value), message));
  }

  for (const [fault, status, code] of [
    ['busy', 200, '6'],
    ['forbidden', 200, '69'],
    ['5', 200, '5'],
    [{ kind: 'code', code: '0x00052101', status: 503 }, 503, '0x00052101'],
    ['status', 500, ''],
    ['garbage', 200, ''],
    ['html', 200, ''],
  ] as const) {
    it(`answers ${JSON.stringify(fault)} once, and carries nothing out`, () =>
      withGateway({}, async (gateway) => {
        const events = eventsOf(gateway);
        tell(gateway, { fault });
        const reply = await call(gateway, ADD, ALEX);
        assert.deepEqual([reply.status, reply.code], [status, code]);
        assert.deepEqual(
          events.map(({ event }) => event),
          ['fault'],
        );
        assert.equal(gateway.persons().length, 1);
        assert.equal((await call(gateway, ADD, ALEX)).code, '0');
      }));
  }

  it('that loses the answer carries the call out before', () =>
    withGateway({}, async (gateway) => {
      tell(gateway, { fault: 'lost' });
      await assert.rejects(call(gateway, ADD, ALEX), { code: 'ECONNRESET' });
      assert.equal(gateway.persons().length, 2);
      tell(gateway, { fault: 'empty' });
      assert.deepEqual((await call(gateway, ADD, { ...ALEX, personCode: '2' })).text, '');
      assert.equal(gateway.persons().length, 3);
      tell(gateway, { fault: 'reset' });
      await assert.rejects(call(gateway, ADD, { ...ALEX, personCode: '3' }), { code: 'ECONNRESET' });
      assert.equal(gateway.persons().length, 3);
    }));

  it('that is slow answers in the end', () =>
    withGateway({}, async (gateway) => {
      tell(gateway, { fault: { kind: 'slow', seconds: 0.01 } });
      assert.equal((await call(gateway, ADD, ALEX)).code, '0');
    }));

  it('ends with the gateway where it is silent or slow', () =>
    withGateway({}, async (gateway) => {
      const told = new Promise<void>((resolve) => {
        let seen = 0;
        gateway.on('event', ({ event }) => {
          if (event === 'fault' && (seen += 1) === 2) resolve();
        });
      });
      tell(gateway, { fault: 'timeout' });
      tell(gateway, { fault: { kind: 'slow', seconds: 86_400 } });
      const calls = [0, 1].map(() => assert.rejects(call(gateway, ADD, ALEX), { code: 'ECONNRESET' }));
      await told;
      await gateway.stop();
      await Promise.all(calls);
      assert.equal(gateway.persons().length, 1);
    }));

  it('waits for the calls that it is meant for, as often as it says', () =>
    withGateway({}, async (gateway) => {
      tell(gateway, { fault: { kind: 'busy', at: 'single/add', times: 2 } });
      tell(gateway, { fault: '69' });
      const codes: string[] = [];
      for (const path of [VERSION, ADD, ADD, ADD]) codes.push((await call(gateway, path, ALEX)).code);
      assert.deepEqual(codes, ['69', '6', '6', '0']);
      tell(gateway, { fault: { kind: 'busy', at: 'visitors' } });
      assert.equal((await call(gateway, VERSION)).code, '0');
      assert.equal((await call(gateway, 'visitor/v1/visitor/out')).code, '6');
    }));

  it('never meets a call whose signature is wrong', () =>
    withGateway(PARTNER, async (gateway) => {
      tell(gateway, { fault: 'busy' });
      assert.equal((await call(gateway, VERSION)).code, '0x02401000');
      assert.equal((await call(gateway, VERSION, {}, { shape: 'key-nonce-timestamp' })).code, '6');
    }));

  it('waits in a line of a thousand at most', () =>
    withGateway({}, async (gateway) => {
      for (let i = 0; i < 1000; i += 1) tell(gateway, { fault: 'busy' });
      assert.throws(() => tell(gateway, { fault: 'busy' }), /armed already/);
      await Promise.resolve();
    }));
});
