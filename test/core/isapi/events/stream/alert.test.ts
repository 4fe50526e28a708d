import assert from 'node:assert/strict';

import { readAlert, type Alert } from '../../../../../core/isapi/events/stream/alert.js';

const read = (document: object | string): Alert =>
  readAlert(Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)));

/** The event of the vendor's manual, as K1T342MWX V3.16.1 sends it. */
const EVENT = {
  ipAddress: '192.0.2.20',
  protocol: 'HTTPS',
  dateTime: '2026-02-03T08:15:30+03:00',
  activePostCount: 1,
  eventType: 'AccessControllerEvent',
  eventState: 'active',
  AccessControllerEvent: {
    deviceName: 'Gate A',
    majorEventType: 5,
    subEventType: 75,
    employeeNoString: '0042',
    serialNo: 30412,
    currentVerifyMode: 'cardOrFaceOrFp',
    currentEvent: true,
    frontSerialNo: 30411,
    picturesNumber: 1,
    FaceRect: { height: 0.245 },
  },
};
const HINT = {
  current: true,
  serial: 30412,
  major: 5,
  minor: 75,
  deviceTime: '2026-02-03T08:15:30+03:00',
  frontSerialNo: 30411,
};
const { AccessControllerEvent: INNER, ...ENVELOPE } = EVENT;

function eventOf(document: object | string): object | undefined {
  const alert = read(document);
  return alert.kind === 'event' ? alert.hint : undefined;
}

describe('alert', () => {
  it('an event (K1T342MWX V3.16.1)', () => {
    assert.deepEqual(read(EVENT), { kind: 'event', hint: HINT, picturesToCome: 1 });
  });

  it('with currentEvent inside the event (K1T344MBFWX-E V4.47.0), at the root, or nowhere (K1T342EFWX V3.3.5)', () => {
    const inner = { ...INNER, currentEvent: undefined };
    const said = (place: object): unknown => (eventOf(place) as { current?: boolean }).current;
    assert.equal(said({ ...ENVELOPE, AccessControllerEvent: { ...inner, currentEvent: false } }), false);
    assert.equal(said({ ...ENVELOPE, currentEvent: false, AccessControllerEvent: inner }), false);
    assert.equal(said({ ...ENVELOPE, currentEvent: 'true', AccessControllerEvent: inner }), true);
    assert.equal(said({ ...ENVELOPE, AccessControllerEvent: inner }), undefined);
  });

  it('wrapped once more, or without an envelope', () => {
    assert.deepEqual(eventOf({ EventNotificationAlert: EVENT }), HINT);
    assert.deepEqual(eventOf({ AccessControllerEvent: { ...INNER, dateTime: ENVELOPE.dateTime } }), HINT);
  });

  it('whose event is a text that holds a document (K1T343MFWX V4.38.0)', () => {
    assert.deepEqual(eventOf({ ...ENVELOPE, AccessControllerEvent: JSON.stringify(INNER) }), HINT);
  });

  it('in XML, with bare & in a name', () => {
    const xml = (name: string): string => `<?xml version="1.0" encoding="UTF-8"?>
      <EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">
      <dateTime>2026-02-03T08:15:30+03:00</dateTime><activePostCount/><eventType>AccessControllerEvent</eventType>
      <AccessControllerEvent><majorEventType>5</majorEventType><subEventType>75</subEventType><name>${name}</name>
      <serialNo>30412</serialNo><currentEvent>true</currentEvent><frontSerialNo>30411</frontSerialNo>
      </AccessControllerEvent></EventNotificationAlert>`;
    for (const name of ['A', 'A & B', 'A&B;', '&', 'A &amp; B & C', '&#38;&']) {
      assert.deepEqual(eventOf(xml(name)), HINT, name);
    }
  });

  it('of a login says whose it is (K1T342MWX: 3-112)', () => {
    const hint = eventOf({
      AccessControllerEvent: { majorEventType: 3, subEventType: 112, serialNo: 5, netUser: 'admin' },
    });
    assert.deepEqual(hint, { current: undefined, serial: 5, major: 3, minor: 112, user: 'admin' });
    assert.equal('user' in (eventOf({ AccessControllerEvent: { serialNo: 5, netUser: '' } }) ?? {}), false);
  });

  it('of the intercom has no number of the log', () => {
    const call = {
      eventType: 'voiceTalkEvent',
      VoiceTalkEvent: { cmdType: 'request', serialNo: 4, currentEvent: true },
    };
    assert.deepEqual(eventOf(call), { current: true });
  });

  for (const [what, document] of [
    ['of the manual', { eventType: 'heartBeat', eventState: 'active', activePostCount: 0 }],
    ['of K1T343MFWX V4.38.0', { EventNotificationAlert: { eventType: 'heartBeat' } }],
    [
      'of a Time and Attendance Terminal',
      { channelID: 3, activePostCount: 1, eventType: 'videoloss', eventState: 'inactive' },
    ],
    [
      'of K2702, in XML',
      '<EventNotificationAlert><activePostCount/><eventType>videoloss</eventType><eventState>inactive</eventState></EventNotificationAlert>',
    ],
  ] as const) {
    it(`a heartbeat ${what}`, () => assert.deepEqual(read(document), { kind: 'heartbeat' }));
  }

  it('that is nothing of these', () => {
    for (const document of [
      { eventType: 'videoloss', eventState: 'active' },
      '<SubscribeEventResponse><id>1</id><FailedEventList/></SubscribeEventResponse>',
      ...['{', '<a', '[]', '[1]', '{"AccessControllerEvent":5}', '{"AccessControllerEvent":"{"}', 'x', ''],
      `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      `${'<a>'.repeat(2000)}${'</a>'.repeat(2000)}`,
      '<a>&</b>',
    ]) {
      assert.deepEqual(read(document), { kind: 'other' });
    }
  });

  it('with numbers that are none has none', () => {
    const odd = {
      serialNo: -1,
      majorEventType: 'five',
      subEventType: 7.5,
      frontSerialNo: 1e300,
      currentEvent: 'maybe',
    };
    assert.deepEqual(eventOf({ dateTime: 'x'.repeat(500), AccessControllerEvent: odd }), {
      current: undefined,
      deviceTime: 'x'.repeat(128),
    });
    assert.equal((eventOf({ AccessControllerEvent: { serialNo: '0030412' } }) as { serial: number }).serial, 30412);
  });
});
