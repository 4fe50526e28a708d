import assert from 'node:assert/strict';
import { once } from 'node:events';

import {
  parseCommand,
  type GatewayEvent,
  type GatewaySimulatorSettings,
  type SimulatedGateway,
} from '../../../simulator/simulated-gateway.js';
import { EventReceiver } from '../../harness/gateway/event-receiver.js';
import { call, eventsOf, withGateway } from '../../harness/gateway/raw-client.js';

const SUBSCRIBE = 'eventService/v1/eventSubscriptionByEventTypes';
const UNSUBSCRIBE = 'eventService/v1/eventUnSubscriptionByEventTypes';
const VIEW = 'eventService/v1/eventSubscriptionView';
const FACE = 196_893;
const CARD = 198_914;
const QUICK = { deliveryPause: 0.01, pictureDelay: 0.01 };

interface Scene {
  gateway: SimulatedGateway;
  receiver: EventReceiver;
  events: GatewayEvent[];
  raise: (what: unknown) => void;
}

function withReceiver(
  work: (scene: Scene) => Promise<void>,
  { statuses = [], ...settings }: { statuses?: number[] } & Partial<GatewaySimulatorSettings> = {},
): Promise<void> {
  return withGateway({ ...QUICK, ...settings }, (gateway) =>
    EventReceiver.use(statuses, async (receiver) => {
      const body = { eventTypes: [FACE], eventDest: `${receiver.origin}/secret` };
      assert.equal((await call(gateway, SUBSCRIBE, body)).code, '0');
      const raise = (what: unknown): void => gateway.runCommand(parseCommand({ raise: what }));
      await work({ gateway, receiver, events: eventsOf(gateway), raise });
    }),
  );
}

async function untilEvent(gateway: SimulatedGateway, name: string): Promise<GatewayEvent> {
  for (;;) {
    const [event] = (await once(gateway, 'event')) as [GatewayEvent];
    if (event.event === name) return event;
  }
}

describe('deliveries of a simulated gateway', () => {
  it('bring several events in one POST to whoever subscribed to their types, with the person', () =>
    withReceiver(async ({ gateway, receiver, events, raise }) => {
      raise([{ person: 'R001' }, { card: '0012345', door: 'Gate' }, { type: CARD }]);
      await untilEvent(gateway, 'delivered');
      const [[first, second, third] = []] = await receiver.until(1);
      assert.deepEqual([first?.status, first?.data?.['personCode'], third], [0, 'R001', undefined]);
      assert.deepEqual([second?.data?.['cardNo'], second?.srcType], ['0012345', 'door']);
      assert.equal(receiver.paths[0], '/secret');
      assert.ok(!JSON.stringify(events).includes('secret'));
    }));

  it('come again with the same eventId, until somebody answers 200', () =>
    withReceiver(
      async ({ gateway, receiver, raise }) => {
        const delivered = untilEvent(gateway, 'delivered');
        raise(true);
        assert.equal(((await delivered) as { attempt?: number }).attempt, 2);
        const [first, second] = await receiver.until(2);
        assert.equal(first?.[0]?.eventId, second?.[0]?.eventId);
      },
      { statuses: [500] },
    ));

  it('are given up after so many attempts, and the next goes on', () =>
    withReceiver(
      async ({ gateway, receiver, raise }) => {
        const delivered = untilEvent(gateway, 'delivered');
        raise(true);
        raise({ card: '7' });
        await delivered;
        assert.equal((await receiver.until(3))[2]?.[0]?.data?.['cardNo'], '7');
      },
      { statuses: [500, 503], deliveryRetries: 1 },
    ));

  it('are repeated, lost, as a rule tells them, or followed by the picture with status 5', () =>
    withReceiver(async ({ receiver, raise }) => {
      raise([{ repeats: 1 }, { lost: true }]);
      const [once_, again] = await receiver.until(2);
      assert.deepEqual([once_?.length, again], [1, once_]);
      raise({ linkage: true });
      const rule = (await receiver.until(3))[2]?.[0];
      assert.deepEqual([rule?.srcType, rule?.data], ['eventRule', undefined]);
      assert.ok('picUri' in (rule?.eventDetails?.[0]?.data ?? {}));
      raise({ picture: 'late' });
      const [, , , instant, later] = await receiver.until(5);
      assert.deepEqual([instant?.[0]?.status, instant?.[0]?.data?.['picUri']], [0, '']);
      assert.deepEqual([later?.[0]?.status, later?.[0]?.eventId], [5, instant?.[0]?.eventId]);
      assert.match(String(later?.[0]?.data?.['picUri']), /^Vsm:/);
    }));

  it('end where the subscriptions are lost or taken away, which takes them from everybody', () =>
    withReceiver(async ({ gateway, receiver, raise }) => {
      const other = { eventTypes: [FACE, CARD], eventDest: `${receiver.origin}/other` };
      await call(gateway, SUBSCRIBE, other);
      const { data } = await call(gateway, VIEW);
      assert.deepEqual(data, { detail: [{ eventTypes: [FACE], eventDest: `${receiver.origin}/secret` }, other] });
      await call(gateway, UNSUBSCRIBE, { eventTypes: [FACE] });
      assert.deepEqual(gateway.subscriptions, [{ ...other, eventTypes: [CARD] }]);
      raise(true);
      gateway.runCommand(parseCommand({ subscriptions: 'lost' }));
      raise({ type: CARD });
      assert.deepEqual((await call(gateway, VIEW)).data, { detail: [] });
      assert.deepEqual(receiver.deliveries, []);
    }));

  it('go to this computer only', () =>
    withGateway({}, async (gateway) => {
      for (const eventDest of [
        ...['http://192.0.2.5/x', 'https://hik.example.com/', 'ftp://127.0.0.1/', 'http://127.0.0.1.example.com/'],
        ...['http://[::ffff:192.0.2.5]/', 'http://me:pw@127.0.0.1/', 'http://0.0.0.0/', 'nonsense', 5],
      ]) {
        assert.equal((await call(gateway, SUBSCRIBE, { eventTypes: [FACE], eventDest })).code, '0x00072003');
      }
      assert.equal((await call(gateway, SUBSCRIBE, { eventTypes: [FACE] })).code, '0x00072001');
    }));

  it('tell of a visitor who has come, and of one who has gone', () =>
    withReceiver(async ({ gateway, receiver }) => {
      const VISITORS = [1_392_513_025, 1_392_513_026];
      await call(gateway, SUBSCRIBE, { eventTypes: VISITORS, eventDest: `${receiver.origin}/` });
      const period = (a: string): object => ({
        [`${a}StartTime`]: '2026-03-01T08:00:00+05:00',
        [`${a}EndTime`]: '2026-03-01T18:00:00+05:00',
      });
      const visitorInfoList = [{ VisitorInfo: { visitorGivenName: 'Kim' } }];
      const invite = { receptionistId: '1', visitorInfoList, ...period('appoint') };
      const { data } = await call(gateway, 'visitor/v2/appointment', invite);
      const { appointRecordId } = data as { appointRecordId: string };
      await call(gateway, 'visitor/v1/registerment', { appointId: appointRecordId, ...period('visit') });
      await call(gateway, 'visitor/v1/visitor/out', { appointRecordId });
      await call(gateway, 'visitor/v1/visitor/out', { appointRecordId });
      const told = (await receiver.until(2)).flat();
      assert.deepEqual(
        told.map(({ eventType, data: visit }) => [eventType, visit?.['visitorName'], visit?.['receptionistId']]),
        VISITORS.map((type) => [type, 'Kim', '1']),
      );
    }));
});

describe('the records of a simulated gateway', () => {
  const HOUR = 3_600_000;
  const page = { pageNo: 1, pageSize: 10 };
  const around = (ms: number, from: string, to: string): object => ({
    [from]: new Date(Date.now() + ms - HOUR / 2).toISOString(),
    [to]: new Date(Date.now() + ms + HOUR / 2).toISOString(),
  });
  const idsIn = (data: unknown): string[] =>
    (data as { list: { eventId: string }[] }).list.map(({ eventId }) => eventId);

  it('are found by the time of the event, also where nothing was delivered', () =>
    withGateway({}, async (gateway) => {
      gateway.runCommand(parseCommand({ raise: [{ lost: true }, { ago: 7200 }] }));
      const now = await call(gateway, 'acs/v1/door/events', { ...page, ...around(0, 'startTime', 'endTime') });
      const then = await call(gateway, 'acs/v1/door/events', { ...page, ...around(-2 * HOUR, 'startTime', 'endTime') });
      assert.deepEqual([idsIn(now.data).length, idsIn(then.data).length], [1, 1]);
      const arrived = { ...page, ...around(0, 'receiveStartTime', 'receiveEndTime') };
      assert.equal((await call(gateway, 'acs/v2/door/events', arrived)).code, '8');
    }));

  it('are found by arrival at iSecure Center, also what a door uploaded late', () =>
    withGateway({ product: 'isecure' }, async (gateway) => {
      gateway.runCommand(parseCommand({ raise: [{}, { ago: 7200 }] }));
      const arrived = { ...page, ...around(0, 'receiveStartTime', 'receiveEndTime') };
      assert.equal(idsIn((await call(gateway, 'acs/v2/door/events', arrived)).data).length, 2);
      const half = { ...page, receiveStartTime: '2026-03-01T08:00:00+05:00' };
      assert.equal((await call(gateway, 'acs/v2/door/events', half)).code, '0x00072001');
    }));

  for (const product of ['hikcentral', 'isecure'] as const) {
    it(`have pictures, as ${product} gives them`, () =>
      withGateway({ product }, async (gateway) => {
        gateway.runCommand(parseCommand({ raise: { picture: 'at once' } }));
        const search = { ...page, ...around(0, 'startTime', 'endTime') };
        const { data } = await call(gateway, 'acs/v1/door/events', search);
        const [record] = (data as { list: { picUri: string; svrIndexCode: string }[] }).list;
        const reply = await call(gateway, 'acs/v1/event/pictures', { ...record });
        if (product === 'hikcentral') {
          assert.match(reply.text, /^data:image\/jpeg;base64,\/9j\//);
        } else {
          const { host, port } = gateway.address;
          assert.equal(reply.status, 302);
          const picture = await fetch(`http://${host}:${port}${reply.headers.location ?? ''}`);
          assert.equal(picture.headers.get('content-type'), 'image/jpeg');
        }
        assert.equal((await call(gateway, 'acs/v1/event/pictures', { picUri: 'x', svrIndexCode: 'y' })).code, '128');
      }));
  }
});
