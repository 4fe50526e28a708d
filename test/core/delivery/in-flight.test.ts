import assert from 'node:assert/strict';

import { InFlight, type InFlightOptions } from '../../../core/delivery/in-flight.js';
import { withClock, type Clock } from '../../harness/clock.js';

interface Item {
  id: string;
}

/** Sends to nobody, and writes down what was sent and done with. */
function inFlight(options: Partial<InFlightOptions<Item>> = {}): { flight: InFlight<Item>; told: string[] } {
  const told: string[] = [];
  const flight = new InFlight<Item>({
    ...{ limit: 2, mode: 'acked', ackTimeoutMs: 1000 },
    send: ({ id }, redelivered) => void told.push(redelivered ? `${id} again` : id),
    onDone: ({ id }, how) => void told.push(`${id} ${how}`),
    ...options,
  });
  return { flight, told };
}

const never = new AbortController().signal;

/** Whether it is settled, after everything that needs no time has happened. */
async function isSettled(promise: Promise<unknown>, clock: Clock): Promise<boolean> {
  let settled = false;
  const settle = (): void => void (settled = true);
  promise.then(settle, settle);
  await clock.rest();
  return settled;
}

describe('what is in flight', () => {
  it('is done with when it was sent, where nobody acknowledges', () => {
    const { flight, told } = inFlight({ mode: 'sent', limit: 1 });
    flight.send({ id: 'a' });
    flight.send({ id: 'b' }, true);
    assert.deepEqual(told, ['a', 'a sent', 'b again', 'b sent']);
    assert.equal(flight.room, 1);
    assert.equal(flight.acknowledge('a'), false);
  });

  it('is out until it is acknowledged, once', () => {
    const { flight, told } = inFlight();
    flight.send({ id: 'a' });
    flight.send({ id: 'b' });
    assert.equal(flight.room, 0);
    assert.throws(() => flight.send({ id: 'c' }), { code: 'QUEUE_FULL' });
    assert.deepEqual([flight.acknowledge('b'), flight.acknowledge('b'), flight.acknowledge('x')], [true, false, false]);
    assert.deepEqual(told, ['a', 'b', 'b acknowledged']);
    assert.equal(flight.room, 1);
    flight.stop();
  });

  it('may be acknowledged while it is sent', () =>
    withClock((clock) => {
      const { flight, told } = inFlight({ send: ({ id }) => void flight.acknowledge(id) });
      flight.send({ id: 'a' });
      clock.pass(100_000);
      assert.deepEqual(told, ['a acknowledged']);
      return Promise.resolve();
    }));

  it('comes again after 1, 2 and 4 times the time-out, and is given up after 4 more', () =>
    withClock((clock) => {
      const { flight, told } = inFlight();
      flight.send({ id: 'a' });
      const after = (ms: number): string[] => {
        clock.pass(ms);
        return told.splice(0);
      };
      assert.deepEqual(after(999), ['a']);
      assert.deepEqual(after(1), ['a again']);
      assert.deepEqual(after(1999), []);
      assert.deepEqual(after(1), ['a again']);
      assert.deepEqual(after(4000), ['a again']);
      assert.deepEqual(after(3999), []);
      assert.deepEqual(after(1), ['a unacknowledged']);
      assert.equal(flight.acknowledge('a'), false);
      assert.deepEqual(after(100_000), []);
      return Promise.resolve();
    }));

  it('does not come again once it is acknowledged, and needs no room to be sent anew', () =>
    withClock((clock) => {
      const { flight, told } = inFlight({ limit: 1 });
      flight.send({ id: 'a' });
      clock.pass(900);
      flight.send({ id: 'a' });
      clock.pass(900);
      assert.deepEqual(told, ['a', 'a again']);
      flight.acknowledge('a');
      clock.pass(100_000);
      assert.deepEqual(told, ['a', 'a again', 'a acknowledged']);
      return Promise.resolve();
    }));

  it('lets wait until there is room', () =>
    withClock(async (clock) => {
      const { flight } = inFlight({ limit: 1 });
      await flight.whenRoom(never);
      flight.send({ id: 'a' });
      const room = flight.whenRoom(never);
      assert.equal(await isSettled(room, clock), false);
      flight.acknowledge('a');
      await room;
    }));

  it('lets nobody wait longer than he wants to, nor after the stop', () =>
    withClock(async (clock) => {
      const { flight, told } = inFlight({ limit: 1 });
      flight.send({ id: 'a' });
      const giveUp = new AbortController();
      const given = flight.whenRoom(giveUp.signal);
      giveUp.abort(new Error('enough'));
      await assert.rejects(given, /enough/);
      const stopped = flight.whenRoom(never);
      flight.stop();
      await assert.rejects(stopped, { code: 'CANCELLED' });
      await assert.rejects(flight.whenRoom(never), { code: 'CANCELLED' });
      flight.send({ id: 'b' });
      clock.pass(100_000);
      assert.deepEqual(told, ['a']);
    }));

  it('is done with no more where the flow stops it', () => {
    const { flight, told } = inFlight({ mode: 'sent', send: () => flight.stop() });
    flight.send({ id: 'a' });
    assert.deepEqual(told, []);
  });
});
