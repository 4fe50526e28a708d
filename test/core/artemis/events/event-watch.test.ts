import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';

import { EventHost } from '../../../harness/gateway/event-host.js';

const FACE = 196_893;
const CARD = 198_914;
const VISITOR = 1_392_513_025;
const LOCK = 983_302;
const LOST = { lost: true };

function cards(events: readonly { card?: string }[]): (string | undefined)[] {
  return events.map(({ card }) => card);
}

/** Raises so many events that are told apart by their cards, from this number on. */
function raiseCards(host: EventHost, first: number, count: number, more: object = {}): void {
  for (let card = first; card < first + count; card += 1) host.raise({ card: `00${card}`, type: CARD, ...more });
}

describe('events of a gateway', () => {
  it('come in order with who, where and when, several of a delivery too', () =>
    EventHost.use({}, async (host) => {
      const run = await host.connected();
      assert.deepEqual(host.simulated.subscriptions, [{ eventTypes: [FACE, CARD], eventDest: host.destination }]);
      host.raise([
        { person: 'R001', ago: 90 },
        { type: CARD, card: '00123', door: 'Gate' },
      ]);
      host.raise({ linkage: true, card: '7' });
      await run.untilEvents(3);
      const [face, card, rule] = run.events;
      assert.ok(face && card && rule);
      const { gateway, type, status, kind, method, employeeNo, personName, door, reader, recovered } = face;
      assert.deepEqual(
        [gateway, type, status, kind, method, employeeNo, personName, door, reader, recovered],
        ['HQ', FACE, 0, 'accepted', 'face', 'R001', 'Robin Reception', 'Lobby door', 'Lobby door reader', false],
      );
      assert.equal(face.age, 90);
      assert.equal(Date.parse(face.time), Date.parse(face.deviceTime));
      assert.ok(!('card' in face) && !('update' in face) && !('picture' in face));
      assert.deepEqual([card.card, card.method, card.door], ['00123', 'card', 'Gate']);
      assert.deepEqual([rule.card, rule.type, rule.door], ['7', FACE, 'Lobby door']);
    }));

  it('come once, however often they are delivered, and whatever goes wrong with the answer', () =>
    EventHost.use({ deliveryRetries: 3 }, async (host) => {
      const run = await host.connected();
      host.raise({ card: '1', repeats: 3 });
      await run.untilEvents(1);
      host.run = undefined;
      host.raise({ card: '2' });
      host.run = run;
      host.raise({ card: '3', repeats: 1 });
      await run.until(() => cards(run.events).includes('3'));
      assert.deepEqual(cards(run.events), ['1', '2', '3']);
    }));

  it('get a picture that comes later as an update with the same id, once', () =>
    EventHost.use({}, async (host) => {
      const run = await host.connected({ pictures: true });
      host.raise([{ picture: 'at once' }, { picture: 'late' }]);
      await run.untilEvents(3);
      const [first, second, update] = run.events;
      assert.ok(first && second && update);
      assert.deepEqual([first.picture?.[0], second.picture, second.update], [0xff, undefined, undefined]);
      assert.deepEqual([update.id, update.status, update.update, update.picture?.[0]], [second.id, 5, true, 0xff]);
      assert.equal(await host.post(delivery([update.raw, first.raw])), 200);
      host.raise({ card: 'end' });
      await run.untilEvents(4);
      assert.equal(run.events[3]?.card, 'end');
    }));

  it('have no picture where none is asked for, or none can be had', () =>
    EventHost.use({}, async (host) => {
      const run = await host.connected({ pictures: true });
      host.tell({ fault: { kind: 'status', at: 'event/pictures', status: 500 } });
      host.raise({ picture: 'at once', card: '1' });
      await run.untilEvents(1);
      assert.ok(!('picture' in (run.events[0] ?? {})));
    }));

  it('have the picture to which iSecure Center sends us', () =>
    EventHost.use({ product: 'isecure' }, async (host) => {
      const run = await host.connected({ pictures: true });
      host.raise({ picture: 'at once', person: 'R001', card: '12' });
      await run.untilEvents(1);
      const { picture, employeeNo, card, door } = run.events[0] ?? {};
      assert.deepEqual([picture?.[0], employeeNo, card, door], [0xff, '1', '12', 'Lobby door']);
    }));

  it('that nobody knows pass as other, and a stop is no repeat of its start', () =>
    EventHost.use({}, async (host) => {
      const run = await host.connected();
      const event = { eventId: 'x', eventType: 5, happenTime: '2026-02-03T08:15:30+03:00' };
      for (const status of [1, 1, 2, 2]) assert.equal(await host.post(delivery([{ ...event, status }])), 200);
      await run.untilEvents(2);
      assert.deepEqual(
        run.events.map(({ id, kind, status, update, time }) => [id, kind, status, update, time]),
        [
          ['x', 'other', 1, undefined, '2026-02-03T05:15:30.000Z'],
          ['x', 'other', 2, true, '2026-02-03T05:15:30.000Z'],
        ],
      );
    }));
});

function delivery(events: unknown[]): object {
  return { method: 'OnEventNotify', params: { ability: 'event_acs', sendTime: '', events } };
}

describe('events that were missed', () => {
  it('while nobody listened are found in the records, each once', () =>
    EventHost.use({}, async (host) => {
      const first = await host.connected();
      raiseCards(host, 1, 3);
      await first.untilEvents(3);
      await host.stop(first);
      raiseCards(host, 4, 3, LOST);
      const second = await host.connected();
      await second.untilEvents(3);
      assert.deepEqual(cards(second.events), ['004', '005', '006']);
      assert.ok(second.events.every(({ recovered, redelivered }) => recovered && !redelivered));
      assert.deepEqual(
        second.notices.map(({ notice }) => notice),
        ['connected'],
      );
      // What the gateway delivers after all is no news.
      assert.equal(await host.post(delivery([{ ...second.events[0]?.raw, status: 0 }])), 200);
      raiseCards(host, 7, 1);
      await second.untilEvents(4);
      assert.deepEqual([second.events[3]?.card, second.events[3]?.recovered], ['007', false]);
    }));

  it('before the first start do not come; with `kept` they do', () =>
    EventHost.use({}, async (host) => {
      raiseCards(host, 1, 2, { ago: 86_400 });
      const now = await host.connected({ folder: `${host.folder}/now` });
      raiseCards(host, 3, 1);
      await now.untilEvents(1);
      assert.deepEqual(cards(now.events), ['003']);
      await host.stop(now);
      const kept = host.start({ folder: `${host.folder}/kept`, begin: 'kept' });
      await kept.untilEvents(3);
      assert.deepEqual(cards(kept.events), ['001', '002', '003']);
    }));

  it('while the gateway did not know of the subscription are found, and it is made again', () =>
    EventHost.use({}, async (host) => {
      const run = await host.connected({ checkMs: 100 });
      host.tell({ subscriptions: 'lost' });
      raiseCards(host, 1, 2, LOST);
      await run.untilEvents(2);
      assert.deepEqual(cards(run.events), ['001', '002']);
      assert.deepEqual(
        run.notices.map(({ notice }) => notice),
        ['connected', 'disconnected', 'connected'],
      );
      assert.equal(host.simulated.subscriptions.length, 1);
    }));

  it('are found by arrival at iSecure Center, also where a door uploads days later', () =>
    EventHost.use({ product: 'isecure' }, async (host) => {
      const first = await host.connected();
      await host.stop(first);
      host.raise([{ card: '1', ago: 3 * 86_400 }, { card: '2' }]);
      const second = await host.connected();
      await second.untilEvents(2);
      assert.deepEqual(cards(second.events).sort(), ['1', '2']);
    }));

  it('are a gap where the gateway keeps no records of them', () =>
    EventHost.use({}, async (host) => {
      const first = await host.connected({ types: [FACE, VISITOR, LOCK] });
      await host.stop(first);
      const second = await host.connected({ types: [FACE, VISITOR, LOCK] });
      const gap = second.notices.find(({ notice }) => notice === 'gap');
      assert.deepEqual(gap?.notice === 'gap' && [gap.types, gap.why], [[VISITOR, LOCK], 'noRecords']);
      assert.ok(gap?.notice === 'gap' && gap.from <= gap.to);
    }));

  it('are a gap where the records may not be read', () =>
    EventHost.use({}, async (host) => {
      await host.stop(await host.connected());
      host.tell({ fault: { kind: 'forbidden', at: 'door/events', times: 10 } });
      const run = host.start();
      await run.untilNotice('gap');
      const gap = run.notices.find(({ notice }) => notice === 'gap');
      assert.deepEqual(gap?.notice === 'gap' && [gap.types, gap.why], [[FACE, CARD], 'refused']);
      assert.deepEqual(run.failures, []);
    }));

  it('are asked for again where the gateway is in trouble', () =>
    EventHost.use({}, async (host) => {
      await host.stop(await host.connected());
      raiseCards(host, 1, 1, LOST);
      host.tell({ fault: { kind: 'busy', at: 'door/events' } });
      const run = host.start({ checkMs: 50 });
      await run.untilEvents(1);
      assert.deepEqual([cards(run.events), run.failures.map(({ code }) => code)], [['001'], ['artemis-6']]);
    }));

  it('more than a page and a window of them come in order', () =>
    EventHost.use({}, async (host) => {
      const last = 2500;
      const all = Array.from({ length: last }, (_each, index) => String(index + 1));
      for (let from = 0; from < last; from += 100) {
        host.raise(all.slice(from, from + 100).map((card) => ({ card, ...LOST, ago: (last - Number(card)) * 60 })));
      }
      const run = await host.connected({ begin: 'kept' });
      await run.untilEvents(last);
      assert.deepEqual(cards(run.events), all);
    }));
});

describe('the inbox of events', () => {
  it('has what was answered, after a kill at that moment', () =>
    EventHost.use({}, async (host) => {
      const run = await host.connected({ acknowledge: 'acked', inFlight: 1 });
      host.raise(['001', '002', '003'].map((card) => ({ card })));
      await run.untilEvents(1);
      assert.equal(
        await host.post(delivery([{ eventId: 'last', eventType: CARD, status: 0, data: { cardNo: '9' } }])),
        200,
      );
      const again = await host.connected({ folder: await host.asKilled(), acknowledge: 'acked' });
      await again.until(() => cards(again.events).includes('9'));
      assert.deepEqual(
        again.events.map(({ card, redelivered, recovered }) => [card, redelivered, recovered]),
        [
          ['001', true, false],
          ['002', false, false],
          ['003', false, false],
          ['9', false, false],
        ],
      );
    }));

  it('lets out so many as may be in flight, and the next when one is acknowledged', () =>
    EventHost.use({}, async (host) => {
      const run = await host.connected({ acknowledge: 'acked', inFlight: 2 });
      raiseCards(host, 1, 4);
      await run.untilEvents(2);
      assert.equal(run.watch.acknowledge('nonsense'), false);
      assert.equal(run.watch.acknowledge(run.events[0]?.id ?? ''), true);
      await run.untilEvents(3);
      assert.deepEqual(cards(run.events), ['001', '002', '003']);
      await host.stop(run);
      const again = await host.connected({ acknowledge: 'acked' });
      await again.untilEvents(3);
      assert.deepEqual(
        again.events.map(({ card, redelivered }) => [card, redelivered]),
        [
          ['002', true],
          ['003', true],
          ['004', false],
        ],
      );
    }));

  it('holds what says more of an event back until that is acknowledged', () =>
    EventHost.use({}, async (host) => {
      const run = await host.connected({ acknowledge: 'acked', inFlight: 2 });
      host.raise({ picture: 'late', card: '1' });
      await run.untilEvents(1);
      const id = run.events[0]?.id ?? '';
      assert.equal(await host.post(delivery([{ ...run.events[0]?.raw, status: 5 }])), 200);
      host.raise({ card: '2' });
      await run.untilEvents(2);
      assert.equal(run.events[1]?.card, '2');
      assert.equal(run.watch.acknowledge(id), true);
      await run.untilEvents(3);
      const { update, redelivered, status } = run.events[2] ?? {};
      assert.deepEqual([run.events[2]?.id, update, redelivered, status], [id, true, false, 5]);
      assert.equal(run.watch.acknowledge(id), true);
      assert.equal(run.watch.acknowledge(id), false);
    }));

  it('goes on without an event that is never acknowledged, and says so', () =>
    EventHost.use({}, async (host) => {
      const run = await host.connected({ acknowledge: 'acked', inFlight: 1, ackTimeoutMs: 5 });
      raiseCards(host, 1, 2);
      await run.until(() => run.events.at(-1)?.card === '002');
      assert.deepEqual(cards(run.events.slice(0, 4)), ['001', '001', '001', '001']);
      assert.deepEqual(
        run.events.slice(0, 2).map(({ redelivered }) => redelivered),
        [false, true],
      );
      assert.deepEqual(run.notices.at(-1), { gateway: 'HQ', notice: 'unacknowledged', id: run.events[0]?.id });
    }));

  it('is read although the last line was cut, and lines were edited', () =>
    EventHost.use({}, async (host) => {
      const run = await host.connected({ acknowledge: 'acked' });
      raiseCards(host, 1, 1);
      await run.untilEvents(1);
      await host.stop(run);
      const file = path.join(host.folder, 'inbox.jsonl');
      await appendFile(
        file,
        '\n5\n[]\n{"in":[{"n":"x"},null,{"n":9}],"seen":[[1],5],"done":["x"],"stand":7}\n{"in":[{"n":3,"id":"cu',
      );
      const again = await host.connected({ acknowledge: 'acked' });
      raiseCards(host, 2, 1);
      await again.untilEvents(2);
      assert.deepEqual(cards(again.events), ['001', '002']);
      assert.equal((await readFile(file, 'utf8')).includes('"cu\n'), true);
    }));

  it('that cannot be written answers 503, and says so once', () =>
    EventHost.use({}, async (host) => {
      await appendFile(`${host.folder}/blocked`, '');
      const run = host.start({ folder: `${host.folder}/blocked/inner` });
      await run.until(() => run.failures.length > 0);
      assert.equal(await host.post(delivery([{ eventId: 'x', eventType: 1 }])), 503);
      assert.deepEqual(
        run.failures.map(({ code }) => code),
        ['NOT_SAVED'],
      );
    }));
});

describe('what is posted to the address of events', () => {
  const EVENT = { eventId: 'x', eventType: 1 };
  const deep = `${'['.repeat(200)}${']'.repeat(200)}`;
  for (const [what, document] of [
    ['no JSON', 'nonsense'],
    ['nothing', ''],
    ['a list', []],
    ['another method', { method: 'Other', params: { events: [EVENT] } }],
    ['no params', { method: 'OnEventNotify' }],
    ['no list of events', { method: 'OnEventNotify', params: { events: {} } }],
    ['too many events', delivery(Array<object>(1001).fill(EVENT))],
    ['events without id', delivery([{ eventType: 1 }, { eventId: '', eventType: 1 }, 5, null, []])],
    ['an id with control characters', delivery([{ eventId: 'a\nb', eventType: 1 }])],
    ['a status that there is not', delivery([{ ...EVENT, status: 6 }])],
    ['a type that is no number', delivery([{ eventId: 'x', eventType: 'face' }])],
    ['too deep', `{"method":"OnEventNotify","params":{"events":[{"eventId":"x","eventType":1,"data":${deep}}]}}`],
  ] as const) {
    it(`is refused where it is ${what}`, () =>
      EventHost.use({}, async (host) => {
        const run = await host.connected();
        assert.equal(await host.post(document), 400);
        assert.equal(await host.post(document), 400);
        assert.deepEqual([run.events.length, run.failures.map(({ reason }) => reason)], [0, ['events.unreadable']]);
      }));
  }

  it('is taken without what of it cannot be read', () =>
    EventHost.use({}, async (host) => {
      const run = await host.connected();
      assert.equal(
        await host.post(delivery([EVENT, 5, { ...EVENT, eventId: 'y', data: 'text', eventDetails: [7] }])),
        200,
      );
      assert.equal(await host.post(delivery([])), 200);
      await run.untilEvents(2);
      assert.deepEqual(
        run.events.map(({ id }) => id),
        ['x', 'y'],
      );
    }));
});
