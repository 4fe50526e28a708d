import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import { eventsOf, send, withoutTime, withTerminal } from '../../../harness/terminal/raw-client.js';

/** The door stays open until the test is over. */
const SETTINGS = { model: 'DS-K1T343EFWX', eventTroubles: { unlockSeconds: 10_000 } } as const;

function add(terminal: SimulatedTerminal, more: object = {}): void {
  terminal.edit({
    person: {
      employeeNo: '0042',
      name: 'Anna',
      face: 'Anna',
      cards: ['77'],
      doorRight: '1',
      RightPlan: [{ doorNo: 1, planTemplateNo: '1' }],
      ...more,
    },
  });
}

function atDoor(
  settings: Parameters<typeof withTerminal>[0],
  work: (terminal: SimulatedTerminal) => void,
): Promise<void> {
  return withTerminal(settings, (terminal) => {
    work(terminal);
    return Promise.resolve();
  });
}

function codes(terminal: SimulatedTerminal): string[] {
  return terminal.events.trueLog.map(({ major, minor }) => `${major}-${minor}`);
}

describe('the door of a simulated terminal', () => {
  for (const [what, visitor, code] of [
    ['a face', { face: 'Anna' }, '5-75'],
    ['a card', { card: '77' }, '5-1'],
    ['the person with a number', { employeeNo: '0042' }, '5-75'],
  ] as const) {
    it(`opens to ${what} that it knows`, () =>
      atDoor(SETTINGS, (terminal) => {
        add(terminal);
        const answer = terminal.walkUp(visitor);
        assert.deepEqual([answer.granted, answer.code, answer.employeeNo], [true, code, '0042']);
        assert.deepEqual(codes(terminal), [code, '5-21']);
        const { details } = terminal.events.trueLog[0] ?? {};
        assert.deepEqual([details?.employeeNo, details?.name, details?.door, details?.reader], ['0042', 'Anna', 1, 1]);
      }));
  }

  it('takes a person without face and card by number', () =>
    atDoor(SETTINGS, (terminal) => {
      add(terminal, { face: null, cards: [] });
      assert.equal(terminal.walkUp({ employeeNo: '0042' }).code, '5-226');
      add(terminal, { face: null, cards: ['78'] });
      assert.equal(terminal.walkUp({ employeeNo: '0042' }).code, '5-1');
    }));

  for (const [what, more, visitor, code] of [
    ['an unknown face', {}, { face: 'Boris' }, '5-76'],
    ['an unknown card', {}, { card: '78' }, '5-9'],
    ['an unknown number', {}, { employeeNo: '42' }, '5-152'],
    ['somebody with no door', { doorRight: '' }, { face: 'Anna' }, '5-6'],
    ['somebody with no schedule', { RightPlan: [] }, { card: '77' }, '5-6'],
    ['somebody of the blocklist', { userType: 'blackList' }, { face: 'Anna' }, '5-113'],
    [
      'somebody whose time has not come',
      { Valid: { enable: true, beginTime: '2036-01-01T00:00:00', endTime: '2037-01-01T00:00:00' } },
      { face: 'Anna' },
      '5-7',
    ],
    [
      'somebody whose time is over',
      { Valid: { enable: true, beginTime: '2020-01-01T00:00:00', endTime: '2021-01-01T00:00:00' } },
      { face: 'Anna' },
      '5-8',
    ],
  ] as const) {
    it(`stays shut to ${what}`, () =>
      atDoor(SETTINGS, (terminal) => {
        add(terminal, more);
        const answer = terminal.walkUp(visitor);
        assert.deepEqual([answer.granted, answer.code, answer.records.length], [false, code, 1]);
        assert.deepEqual(codes(terminal), [code]);
      }));
  }

  it('judges validity by its own clock', () =>
    atDoor(SETTINGS, (terminal) => {
      add(terminal, { Valid: { enable: true, beginTime: '2020-01-01T00:00:00', endTime: '2021-01-01T00:00:00' } });
      terminal.events.setClock(Date.parse('2020-06-01T00:00:00Z') / 1000 - Date.now() / 1000);
      assert.equal(terminal.walkUp({ face: 'Anna' }).granted, true);
    }));

  it('does not say which card, as DS-K1T344MX, unless nobody has it', () =>
    atDoor({ ...SETTINGS, eventModel: 'DS-K1T344MX' }, (terminal) => {
      add(terminal);
      const [known, unknown] = ['77', '78'].map((card) => terminal.walkUp({ card }).records[0]?.details);
      assert.deepEqual([known?.employeeNo, known?.cardNo], ['0042', undefined]);
      assert.deepEqual([unknown?.employeeNo, unknown?.cardNo], [undefined, '78']);
    }));

  it('has no use for a validity that is not enabled', () =>
    atDoor(SETTINGS, (terminal) => {
      add(terminal, { Valid: { enable: false, beginTime: '2020-01-01T00:00:00', endTime: '2021-01-01T00:00:00' } });
      assert.equal(terminal.walkUp({ face: 'Anna' }).granted, true);
    }));

  it('writes the opening before the face, as DS-K1T342MWX does', () =>
    atDoor({ ...SETTINGS, eventTroubles: { unlockSeconds: 10_000, unlockFirst: true } }, (terminal) => {
      add(terminal);
      terminal.walkUp({ face: 'Anna' });
      assert.deepEqual(codes(terminal), ['5-21', '5-75']);
    }));

  it('locks again', () =>
    withTerminal({ model: 'DS-K1T343EFWX', timeScale: 0.001 }, async (terminal) => {
      add(terminal);
      terminal.walkUp({ face: 'Anna' });
      while (terminal.events.ring().size < 3) await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(codes(terminal), ['5-75', '5-21', '5-22']);
    }));

  it('writes what happens at it', () =>
    atDoor(SETTINGS, (terminal) => {
      const events = eventsOf(terminal);
      for (const each of ['opened', 'closed', 'leftOpen', 'forced', 'exitButton', 'doorbell'] as const) {
        terminal.events.door(each);
      }
      assert.deepEqual(codes(terminal), ['5-25', '5-26', '5-28', '5-27', '5-23', '5-24', '5-21', '5-37']);
      assert.deepEqual(withoutTime(events.at(-1) ?? assert.fail()), {
        event: 'at the door',
        door: 1,
        what: 'doorbell',
      });
    }));

  it('says who came', () =>
    atDoor(SETTINGS, (terminal) => {
      add(terminal);
      const events = eventsOf(terminal);
      terminal.walkUp({ face: 'Anna' });
      terminal.walkUp({ face: 'Boris' });
      assert.deepEqual(events.map(withoutTime), [
        { event: 'let in', code: '5-75', employeeNo: '0042', name: 'Anna' },
        { event: 'denied', code: '5-76' },
      ]);
    }));

  it('writes an opening over the network without saying who, as DS-K1T341BM does', () =>
    withTerminal(SETTINGS, async (terminal) => {
      const path = '/ISAPI/AccessControl/RemoteControl/door/1';
      const body = '<RemoteControlDoor><cmd>open</cmd></RemoteControlDoor>';
      assert.equal((await send(terminal, path, { method: 'PUT', body })).status, 200);
      assert.deepEqual(codes(terminal), ['3-1024', '5-21']);
      const { details } = terminal.events.trueLog[0] ?? {};
      assert.deepEqual([details?.remoteHostAddr, details?.netUser], ['', '']);
    }));
});
