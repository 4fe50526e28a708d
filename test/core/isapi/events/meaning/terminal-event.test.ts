import { strict as assert } from 'node:assert';

import { isOwnLogin, readRecord } from '../../../../../core/isapi/events/meaning/record.js';
import { TerminalClock } from '../../../../../core/isapi/events/meaning/terminal-clock.js';
import { toEvent, type EventContext } from '../../../../../core/isapi/events/meaning/terminal-event.js';
import type { TerminalEvent } from '../../../../../core/isapi/events/options.js';

const RECEIVED = Date.UTC(2026, 1, 3, 5, 15, 32);

const FROM_LOG = {
  ...{ major: 5, minor: 75, time: '2026-02-03T08:15:30+03:00', cardReaderNo: 1, doorNo: 1 },
  ...{ employeeNoString: '0042', name: 'Test One', serialNo: 30_412, currentVerifyMode: 'cardOrFaceOrFp', cardNo: '' },
};
const FROM_STREAM = {
  dateTime: '2026-02-03T08:15:30+03:00',
  eventType: 'AccessControllerEvent',
  AccessControllerEvent: {
    ...{ majorEventType: 5, subEventType: 75, cardReaderNo: 1, doorNo: 1, employeeNoString: '0042' },
    ...{ name: 'Test One', serialNo: 30_412, currentVerifyMode: 'cardOrFaceOrFp', currentEvent: true },
  },
};

function eventOf(raw: Record<string, unknown>, more: Partial<EventContext> = {}): TerminalEvent {
  const record = readRecord(raw);
  assert.ok(record);
  return toEvent(record, {
    ...{ terminal: 'Gate A', unit: 'DS-K1T342', epoch: 2, clock: new TerminalClock(), receivedAt: RECEIVED },
    ...{ recovered: false, redelivered: false, ...more },
  });
}

describe('an event as flows get it', () => {
  it('is the same whether it comes from the log or by the stream', () => {
    const expected = {
      ...{ id: 'DS-K1T342:2:30412', terminal: 'Gate A', serial: 30_412, kind: 'accepted', code: '5-75' },
      ...{ time: '2026-02-03T05:15:30.000Z', deviceTime: '2026-02-03T08:15:30+03:00' },
      ...{ receivedAt: '2026-02-03T05:15:32.000Z', age: 2, employeeNo: '0042', personName: 'Test One' },
      ...{ door: 1, reader: 1, method: 'face', recovered: false, redelivered: false },
    };
    assert.deepEqual(eventOf(FROM_LOG), { ...expected, raw: FROM_LOG });
    assert.deepEqual(eventOf(FROM_STREAM), { ...expected, raw: FROM_STREAM });
  });

  it('keeps leading zeros, and takes a number for its digits', () => {
    assert.equal(eventOf({ ...FROM_LOG, cardNo: '0000123' }).card, '0000123');
    const { employeeNo } = eventOf({ ...FROM_LOG, employeeNoString: undefined, employeeNo: 42 });
    assert.equal(employeeNo, '42');
  });

  it('leaves away what the terminal leaves blank or fills with zero', () => {
    const blank = { employeeNoString: '', employeeNo: 0, name: ' ', cardNo: '0', doorNo: 0, cardReaderNo: 0 };
    const event = eventOf({ ...FROM_LOG, ...blank, minor: 21 });
    for (const name of ['employeeNo', 'personName', 'card', 'door', 'reader', 'method', 'picture']) {
      assert.ok(!(name in event), name);
    }
    assert.equal(eventOf({ ...FROM_LOG, cardNo: '0000000000' }).card, undefined);
  });

  it('takes an unknown code as other, with all that came', () => {
    const raw = { ...FROM_LOG, minor: 4711, something: { else: 1 } };
    const event = eventOf(raw);
    assert.deepEqual([event.kind, event.code, event.method, event.raw], ['other', '5-4711', undefined, raw]);
  });

  it('takes an intercom call for one', () => {
    const call = (cmdType: unknown): TerminalEvent =>
      eventOf({ dateTime: '2026-02-03T08:15:30+03:00', VoiceTalkEvent: { cmdType, serialNo: 7, currentEvent: true } });
    assert.deepEqual([call('request').kind, call('request').code, call('request').serial], ['call', 'call-request', 7]);
    assert.equal(call('__proto__').code, 'call');
    assert.equal(call({}).code, 'call');
  });

  it('bounds what the terminal says, and lets no control character through', () => {
    const event = eventOf({
      ...FROM_LOG,
      ...{ employeeNoString: 'x'.repeat(9999), name: `A\u0000\u001b[31m${'y'.repeat(9999)}`, cardNo: '1'.repeat(9999) },
      ...{ time: 'z'.repeat(9999), doorNo: 1e300, cardReaderNo: -1 },
    });
    assert.ok((event.employeeNo?.length ?? 0) <= 65);
    assert.equal(event.personName, `A [31m${'y'.repeat(122)}…`);
    assert.ok((event.card?.length ?? 0) <= 65 && event.deviceTime.length <= 41);
    assert.deepEqual([event.door, event.reader], [undefined, undefined]);
  });

  it('is never new where nobody knows when it was', () => {
    const event = eventOf({ ...FROM_LOG, time: '1970-01-01T00:00:10+08:00' }, { recovered: true });
    assert.ok(event.age > 86_400);
    assert.equal(eventOf({ ...FROM_LOG, time: '' }, { recovered: true }).time, '1970-01-01T00:00:00.000Z');
    assert.equal(eventOf({ ...FROM_LOG, time: '' }).age, 0);
  });

  it('has its picture where one is given', () => {
    const picture = Buffer.from([0xff, 0xd8, 0xff]);
    assert.equal(eventOf(FROM_LOG, { picture }).picture, picture);
  });

  it('is no record without a serial number or codes', () => {
    for (const name of ['serialNo', 'major', 'minor'] as const) {
      assert.equal(readRecord({ ...FROM_LOG, [name]: undefined }), undefined, name);
      assert.equal(readRecord({ ...FROM_LOG, [name]: -1 }), undefined, name);
      assert.equal(readRecord({ ...FROM_LOG, [name]: 1.5 }), undefined, name);
      assert.equal(readRecord({ ...FROM_LOG, [name]: {} }), undefined, name);
    }
    assert.equal(readRecord({ ...FROM_LOG, serialNo: '30412' })?.serial, 30_412);
  });
});

describe('logins of ours in the log', () => {
  const login = (major: number, minor: number, more: Record<string, unknown> = {}): boolean =>
    isOwnLogin({ major, minor, raw: more }, 'api');

  it('are those of our user, or of nobody who is named', () => {
    const codes = [
      [3, 112],
      [3, 113],
      [4, 1061],
      [4, 1062],
      [4, 1063],
      [4, 1064],
    ] as const;
    for (const [major, minor] of codes) {
      assert.ok(login(major, minor));
      assert.ok(login(major, minor, { netUser: '' }));
      assert.ok(login(major, minor, { netUser: 'api' }));
      assert.ok(!login(major, minor, { netUser: 'admin' }));
      assert.ok(!login(major, minor, { AccessControllerEvent: { netUser: 'admin' } }));
    }
  });

  it('are no other operations', () => {
    assert.ok(!login(3, 80) && !login(3, 1024) && !login(5, 112) && !login(1, 1061));
  });
});
