import assert from 'node:assert/strict';

import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { WatchLab } from '../../../harness/events/watch-lab.js';

describe('a watch over a terminal', () => {
  it('gives what the terminal has kept and then what happens, each once and in order', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(70);
      await lab.start();
      assert.deepEqual(lab.take(), numbers(1, 70));
      assert.deepEqual(lab.said(), ['connected poll 70']);
      lab.log.happen(2);
      await lab.pass(5000);
      assert.deepEqual(
        lab.events.map(({ recovered, id }) => [recovered, id]),
        [
          [false, 'DS-1:1:71'],
          [false, 'DS-1:1:72'],
        ],
      );
      assert.deepEqual(lab.take(), ['71', '72']);
    }));

  it('leaves for the report of the connection test what the terminal wants of a search', () =>
    WatchLab.run({}, async (lab) => {
      await lab.start();
      assert.equal(lab.log.learnt.get('events'), 'all codes, no end, times none, pages of 30');
    }));

  it('begins with what happens from now on, found by number however many numbers were never given', () =>
    WatchLab.run({ begin: 'now' }, async (lab) => {
      lab.log.skip(30_000);
      lab.log.happen(500);
      lab.log.skip(100_000);
      lab.log.happen(40);
      await lab.start();
      assert.deepEqual(lab.said(), ['connected poll 130540']);
      lab.log.happens();
      await lab.pass(5000);
      assert.deepEqual(lab.take(), ['130541']);
    }));

  it('asks once each poll where nothing happens', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(100);
      await lab.start();
      lab.log.calls.length = 0;
      await lab.pass(60_000);
      assert.equal(lab.log.calls.length, 12);
      assert.deepEqual([...new Set(lab.log.calls)], ['/ISAPI/AccessControl/AcsEvent?format=json']);
    }));

  it('goes on after a restart where it was, and says of what a kill left open that it may have been seen', () =>
    WatchLab.run({ acknowledge: 'acked', inFlight: 5 }, async (lab) => {
      lab.log.happen(8);
      await lab.start();
      assert.deepEqual(lab.take(), numbers(1, 5));
      for (const serial of [1, 2, 4]) assert.equal(lab.watch.acknowledge(`DS-1:1:${serial}`), true);
      await lab.clock.rest();
      assert.deepEqual(lab.take(), ['6', '7', '8']);
      await lab.restart({ killed: true });
      // 4 was acknowledged; 3 and those behind it were not.
      assert.deepEqual(lab.take(), ['3*', '5*', '6*', '7*', '8*']);
    }));

  it('reads no further while as many are out as may be, and says that it waits', () =>
    WatchLab.run({ acknowledge: 'acked', inFlight: 3 }, async (lab) => {
      lab.log.happen(200);
      await lab.start();
      const searches = lab.log.searches.length;
      await lab.pass(30_000);
      assert.deepEqual(lab.take(), ['1', '2', '3']);
      assert.equal(lab.log.searches.length, searches);
      assert.equal(lab.states.at(-1)?.state, 'waiting');
    }));

  it('names what the terminal no longer has', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.capacity = 50;
      lab.log.happen(10);
      await lab.start();
      lab.log.happen(100);
      await lab.pass(10_000);
      assert.deepEqual(lab.said(), ['connected poll 10', 'gap 11 60']);
      assert.deepEqual(lab.take(), [...numbers(1, 10), ...numbers(61, 110)]);
    }));

  for (const [count, why] of [
    [2, 'serials'],
    [40, 'anchor'],
  ] as const) {
    it(`delivers everything of a log that counts anew, with an epoch of its own (${why})`, () =>
      WatchLab.run({}, async (lab) => {
        lab.log.happen(20);
        await lab.start();
        lab.take();
        await lab.pass(60_000);
        lab.log.reset();
        lab.log.happen(count);
        await lab.pass(10_000);
        assert.deepEqual(lab.said(), ['connected poll 20', `renumbered ${why} 2 DS-1 20`]);
        assert.deepEqual([lab.events[0]?.id, lab.events[0]?.recovered], ['DS-1:2:1', true]);
        assert.deepEqual(lab.take(), numbers(1, count));
      }));
  }

  it('does not take a spurious reply for another log', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(20);
      await lab.start();
      const { entries } = lab.log;
      lab.log.entries = [];
      await lab.pass(5000);
      lab.log.entries = entries;
      lab.log.happens();
      await lab.pass(10_000);
      assert.deepEqual(lab.said(), ['connected poll 20']);
      assert.deepEqual(lab.take(), numbers(1, 21));
    }));

  it('knows old records whose times were written anew in another zone', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(3);
      await lab.start();
      for (const entry of lab.log.entries) entry.time = entry.time.replace('+00:00', '+03:00');
      lab.log.happens();
      await lab.pass(10_000);
      assert.deepEqual(lab.said(), ['connected poll 3']);
      assert.deepEqual(lab.take(), ['1', '2', '3', '4']);
    }));

  it('reads another unit from its oldest, and goes on with the former one where it was when that comes back', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(5);
      await lab.start();
      const [first] = [lab.log.entries];
      const cut = async (serialNumber: string, entries: typeof first): Promise<void> => {
        lab.log.serialNumber = serialNumber;
        lab.log.entries = entries;
        lab.log.fault = () => HikvisionError.of('connectionLost', { params: { address: 'gate', reason: 'cut' } });
        await lab.pass(5000);
        lab.log.fault = () => undefined;
        await lab.pass(10_000);
      };
      lab.take();
      await cut('DS-2', []);
      lab.log.happens({ serial: 1, time: '2026-01-01T00:00:00+00:00' });
      await lab.pass(5000);
      assert.deepEqual(
        lab.events.map(({ id }) => id),
        ['DS-2:1:1'],
      );
      lab.take();
      lab.log.entries = first;
      lab.log.happens({ serial: 6 });
      await cut('DS-1', first);
      assert.deepEqual(
        lab.events.map(({ id }) => id),
        ['DS-1:1:6'],
      );
      const notices = lab.said().filter((each) => each.startsWith('renumbered'));
      assert.deepEqual(notices, ['renumbered identity 1 DS-2 5', 'renumbered identity 1 DS-1 1']);
    }));

  it('waits for a record that appears late, and gives what follows it after it', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(2);
      await lab.start();
      lab.take();
      lab.log.happens({ seenFrom: Date.now() + 7000 });
      lab.log.happens();
      await lab.pass(5000);
      assert.deepEqual(lab.take(), []);
      await lab.pass(5000);
      assert.deepEqual(lab.take(), ['3', '4']);
    }));

  it('takes numbers that never appear for never given, which is no gap', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(2);
      await lab.start();
      lab.log.skip(50);
      lab.log.happens();
      await lab.pass(20_000);
      assert.deepEqual([lab.take(), lab.said()], [['1', '2', '53'], ['connected poll 2']]);
    }));

  it('sends only the kinds that are wanted, and none of its own logins', () =>
    WatchLab.run({ kinds: new Set(['accepted', 'operation']) }, async (lab) => {
      lab.log.happens();
      lab.log.happens({ minor: 76 });
      lab.log.happens({ major: 3, minor: 112, netUser: 'admin' });
      lab.log.happens({ major: 3, minor: 112, netUser: 'guest' });
      await lab.start();
      assert.deepEqual(lab.take(), ['1', '4']);
      await lab.restart();
      assert.deepEqual(lab.take(), []);
    }));

  it('sends again from a number or a time on, as redelivered, and goes on as before', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(40);
      await lab.start();
      await lab.pass(60_000);
      const since = new Date();
      lab.log.happen(3);
      await lab.pass(10_000);
      lab.take();
      await lab.clock.until(lab.watch.replay(42));
      assert.deepEqual(lab.take(), ['42*', '43*']);
      await lab.clock.until(lab.watch.replay(since));
      assert.deepEqual(lab.take(), ['41*', '42*', '43*']);
      lab.log.happens();
      await lab.restart();
      assert.deepEqual(lab.take(), ['44']);
      await lab.clock.until(lab.watch.stop());
      await assert.rejects(lab.watch.replay(1), { code: 'CANCELLED' });
    }));

  it('sends one that is out again when asked, and its cursor goes on with the acknowledgement', () =>
    WatchLab.run({ acknowledge: 'acked' }, async (lab) => {
      lab.log.happen(2);
      await lab.start();
      await lab.clock.until(lab.watch.replay(1));
      assert.deepEqual(lab.take(), ['1', '2', '1*', '2*']);
      for (const serial of [1, 2]) assert.ok(lab.watch.acknowledge(`DS-1:1:${serial}`));
      await lab.restart();
      assert.deepEqual(lab.take(), []);
    }));

  it('looks again as soon as usual when a flow was slow', () =>
    WatchLab.run({ acknowledge: 'acked', inFlight: 1, ackTimeoutMs: 600_000 }, async (lab) => {
      lab.log.happen(2);
      await lab.start();
      await lab.pass(60_000);
      for (const serial of [1, 2]) {
        lab.watch.acknowledge(`DS-1:1:${serial}`);
        await lab.clock.rest();
      }
      lab.log.happens();
      await lab.pass(6000);
      assert.deepEqual(lab.take(), ['1', '2', '3']);
    }));

  it('says once what fails, until it works again', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happens();
      await lab.start();
      lab.log.fault = () => HikvisionError.of('rejected', { delivery: 'answered' });
      await lab.pass(600_000);
      assert.deepEqual(
        lab.failures.map(({ code }) => code),
        ['UNAUTHORIZED'],
      );
      assert.equal(lab.states.at(-1)?.state, 'failed');
      lab.log.fault = () => undefined;
      lab.log.happens();
      await lab.pass(60_000);
      assert.deepEqual(lab.said(), ['connected poll 1', 'disconnected UNAUTHORIZED', 'connected poll 2']);
      assert.deepEqual(
        lab.events.map(({ recovered }) => recovered),
        [true, true],
      );
      lab.log.fault = () => HikvisionError.of('rejected', { delivery: 'answered' });
      await lab.pass(60_000);
      assert.equal(lab.failures.length, 2);
    }));

  it('says once that its place cannot be saved, and delivers nevertheless', () =>
    WatchLab.run({}, async (lab) => {
      lab.files.trouble = new Error('ENOSPC');
      lab.log.happen(3);
      await lab.start();
      lab.log.happens();
      await lab.pass(10_000);
      assert.deepEqual(lab.take(), ['1', '2', '3', '4']);
      assert.deepEqual(
        lab.failures.map(({ reason }) => reason),
        ['placeNotSaved'],
      );
    }));

  it('says that the file of its place cannot be read, and begins anew', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(2);
      await lab.start();
      for (const file of lab.files.texts.keys()) lab.files.texts.set(file, '{"current":"DS-1","units":[]}');
      await lab.restart();
      assert.deepEqual(
        lab.failures.map(({ reason }) => reason),
        ['placeUnreadable'],
      );
      assert.deepEqual(lab.take(), ['1', '2', '1', '2']);
    }));

  it('sends nothing and leaves no timer after a stop, also of a terminal that does not answer', () =>
    WatchLab.run({ acknowledge: 'acked' }, async (lab) => {
      lab.log.happen(3);
      await lab.start();
      await lab.clock.until(lab.watch.stop());
      lab.log.happens();
      lab.take();
      await lab.pass(600_000);
      assert.deepEqual([lab.take(), lab.states.at(-1)?.state], [[], 'stopped']);
      await lab.start();
      assert.deepEqual(lab.take(), ['1*', '2*', '3*', '4']);
    }));

  it('tells of a clock that is wrong, and of one that jumps', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.clockAhead = 92;
      await lab.start();
      assert.deepEqual(lab.said(), ['connected poll 0', 'clock 92']);
      // DS-K1T342MWX: twelve hours back when it was set by NTP.
      lab.log.clockAhead = -43_200;
      lab.log.happens({ major: 3, minor: 1029 });
      await lab.pass(5000);
      assert.deepEqual(lab.said(), ['clock -43200 92 1']);
      assert.ok(Number(lab.events[0]?.age) < 10);
    }));
});

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_each, index) => String(from + index));
}
