import assert from 'node:assert/strict';

import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { EventMemory } from '../../../../core/isapi/events/cursor/event-memory.js';
import type { TerminalEvent } from '../../../../core/isapi/events/options.js';
import { detailsOf, readRecord } from '../../../../core/isapi/events/meaning/record.js';
import { EventPictures } from '../../../../core/isapi/events/reading/pictures.js';
import type { IsapiCall } from '../../../../core/isapi/terminal/terminal.js';
import { withClock } from '../../../harness/clock.js';
import { FilesInMemory, WatchLab } from '../../../harness/events/watch-lab.js';

const SEARCH = '/ISAPI/AccessControl/AcsEvent?format=json';

describe('a watch under bad conditions', () => {
  it('goes on at once after a flow that acknowledges an hour late', () =>
    WatchLab.run({ acknowledge: 'acked', inFlight: 1, ackTimeoutMs: 3_600_000 }, async (lab) => {
      lab.log.happen(2);
      await lab.start();
      await lab.pass(1_800_000);
      lab.watch.acknowledge('DS-1:1:1');
      await lab.clock.rest();
      lab.watch.acknowledge('DS-1:1:2');
      await lab.clock.rest();
      lab.take();
      lab.log.happens();
      await lab.pass(6000);
      assert.deepEqual(lab.take(), ['3']);
    }));

  it('moves its place on when what was sent again before it was acknowledged is acknowledged', () =>
    WatchLab.run({ acknowledge: 'acked' }, async (lab) => {
      lab.log.happen(3);
      await lab.start();
      await lab.clock.until(lab.watch.replay(1));
      for (const serial of [1, 2, 3]) assert.ok(lab.watch.acknowledge(`DS-1:1:${serial}`));
      await lab.clock.rest();
      lab.take();
      lab.log.happens();
      await lab.restart({ killed: true });
      assert.deepEqual(lab.take(), ['4']);
    }));

  it('says once what fails behind a connect that works, and asks ever more rarely', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(3);
      await lab.start();
      let sinceConnect = false;
      lab.log.fault = (path) => {
        sinceConnect = lab.notices.at(-1)?.notice === 'connected' || lab.notices.length === 0;
        return path === SEARCH && sinceConnect ? HikvisionError.of('noDocument', { retryable: true }) : undefined;
      };
      await lab.pass(600_000);
      assert.equal(lab.failures.length, 1);
      const connects = lab.notices.filter(({ notice }) => notice === 'connected').length;
      assert.ok(connects < 20, `${connects} connects in ten minutes`);
    }));

  it('says that a former unit is there again, also after a restart', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(2);
      await lab.start();
      const [first] = [lab.log.entries];
      await lab.clock.until(lab.watch.stop());
      lab.log.serialNumber = 'DS-2';
      lab.log.entries = [];
      await lab.restart();
      await lab.clock.until(lab.watch.stop());
      lab.log.serialNumber = 'DS-1';
      lab.log.entries = first;
      lab.said();
      lab.take();
      await lab.restart();
      assert.deepEqual(lab.take(), []);
      assert.deepEqual(lab.said(), ['renumbered identity 1 DS-1 0', 'connected poll 2']);
    }));

  it('is not driven by announcements of what is not in the log', () =>
    WatchLab.run({ route: 'auto' }, async (lab) => {
      lab.log.happens();
      await lab.start();
      lab.streams.tell((listener) => listener.onOpen());
      await lab.pass(1000);
      lab.log.calls.length = 0;
      for (let at = 0; at < 60_000; at += 20) {
        lab.streams.tell((listener) => listener.onHint({ serial: 5000 + at, major: 5, minor: 75, current: false }));
        await lab.pass(20);
      }
      assert.ok(lab.log.calls.length <= 70, `${lab.log.calls.length} requests in a minute`);
      const serial = lab.log.happens();
      lab.streams.tell((listener) => listener.onHint({ serial, major: 5, minor: 75, current: true }));
      await lab.pass(5000);
      assert.deepEqual(lab.take(), ['1', '2']);
    }));

  it('goes on where the terminal does not tell the time, whatever it says instead', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.fault = (path) => {
        const facts = { params: { status: 500 }, httpStatus: 500, delivery: 'answered' } as const;
        return path === '/ISAPI/System/time' ? HikvisionError.of('httpStatus', facts) : undefined;
      };
      lab.log.happen(2);
      await lab.start();
      assert.deepEqual([lab.take(), lab.failures], [['1', '2'], []]);
    }));

  it('asks once a minute at most where a right is missing', () =>
    WatchLab.run({}, async (lab) => {
      const code = 'noPermission';
      const facts = { code, subStatusCode: code, params: { code, detail: '' }, delivery: 'answered' } as const;
      lab.log.fault = (path) => (path === SEARCH ? HikvisionError.of('refused', facts) : undefined);
      await lab.start();
      await lab.pass(600_000);
      assert.equal(lab.failures.length, 1);
      const asked = lab.log.calls.filter((path) => path === SEARCH).length;
      assert.ok(asked <= 12, `${asked} searches in ten minutes`);
    }));

  it('goes on only when the one before it, which was just stopped, has noted its place', () => {
    const files = new FilesInMemory();
    const write = files.write.bind(files);
    files.write = async (...given) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      await write(...given);
    };
    return WatchLab.run({ memory: new EventMemory('/events', files) }, async (lab) => {
      lab.log.happen(3);
      await lab.start();
      // What the terminal wants, where it begins, and up to where is noted first.
      await lab.pass(160);
      assert.deepEqual(lab.take(), ['1', '2', '3']);
      const stopped = lab.watch.stop();
      await lab.restart({ killed: true });
      await lab.pass(1000);
      await stopped;
      lab.log.happens();
      await lab.pass(6000);
      assert.deepEqual(lab.take(), ['4']);
    });
  });

  it('keeps its place where too many files are open to read it for a while', () =>
    WatchLab.run({ begin: 'now' }, async (lab) => {
      lab.log.happen(2);
      await lab.start();
      await lab.clock.until(lab.watch.stop());
      lab.log.happens();
      const read = lab.files.read.bind(lab.files);
      lab.files.read = () => Promise.reject(Object.assign(new Error('EMFILE'), { code: 'EMFILE' }));
      await lab.restart();
      lab.files.read = read;
      await lab.pass(10_000);
      assert.deepEqual([lab.take(), lab.failures.length], [['3'], 1]);
    }));

  it('gives what happens between a hundred replays', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(5);
      await lab.start();
      lab.take();
      let calls = 0;
      lab.log.fault = () => {
        calls += 1;
        if (calls === 5) lab.log.happens();
        return undefined;
      };
      const replays = Array.from({ length: 100 }, () => lab.watch.replay(1));
      await lab.clock.until(Promise.all(replays));
      const at = lab.take().indexOf('6');
      assert.ok(at >= 0 && at <= 50, String(at));
    }));

  it('gives nothing of a replay from the far future', () =>
    WatchLab.run({}, async (lab) => {
      lab.log.happen(5);
      await lab.start();
      lab.take();
      await lab.clock.until(lab.watch.replay(9_999_999_999));
      await lab.clock.until(lab.watch.replay(new Date(8.64e15)));
      assert.deepEqual([lab.take(), lab.failures], [[], []]);
    }));

  it('looks at no more of a text than could be one: a megabyte of control characters holds up everything', () => {
    const endless = '\u0000a'.repeat(500_000);
    const late = `${'\u0000'.repeat(1_000_000)}late`;
    const record = readRecord({ serialNo: 1, major: 5, minor: 75, time: late, name: late, cardNo: endless });
    assert.equal(record?.time, '');
    const { personName, card = '' } = detailsOf(record.raw);
    assert.deepEqual([personName, card.length], [undefined, 65]);
  });

  it('does not try all forms of a search each minute where none was taken', () =>
    WatchLab.run({ quirks: { endRequired: true, largestEnd: 0, mute: true } }, async (lab) => {
      lab.log.happens();
      await lab.start();
      await lab.pass(3_600_000);
      assert.deepEqual(
        lab.failures.map(({ reason }) => reason),
        ['logRefused'],
      );
      assert.ok(lab.log.searches.length < 700, `${lab.log.searches.length} searches in an hour`);
    }));

  it('hears the stream also when the clock of Node-RED is set back', () =>
    WatchLab.run({ route: 'stream' }, async (lab) => {
      await lab.start();
      lab.streams.tell((listener) => listener.onOpen());
      const call = { current: undefined };
      lab.streams.tell((listener) => listener.onHint(call));
      await lab.pass(30_000);
      const { now } = Date;
      Date.now = () => now() - 86_400_000;
      lab.log.happens();
      lab.streams.tell((listener) => listener.onHint(call));
      await lab.pass(100);
      assert.deepEqual(lab.take(), ['1']);
    }));

  for (const acknowledge of ['sent', 'acked'] as const) {
    it(`goes on behind a flow that throws (${acknowledge})`, () => {
      const seen: number[] = [];
      const onEvent = ({ serial }: TerminalEvent): void => {
        seen.push(serial);
        throw new Error('thrown by a flow');
      };
      return WatchLab.run({ acknowledge, onEvent, inFlight: 2, ackTimeoutMs: 10_000 }, async (lab) => {
        lab.log.happen(5);
        await lab.start();
        await lab.pass(600_000);
        assert.deepEqual([...new Set(seen)], [1, 2, 3, 4, 5]);
        assert.ok(lab.said().every((each) => !each.startsWith('disconnected')));
        assert.equal(lab.failures.length, 1);
      });
    });
  }

  it('leaves a picture away that is not there after five seconds', () =>
    withClock(async (clock) => {
      const call = ({ signal }: IsapiCall): Promise<never> =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        });
      const raw = { pictureURL: '/LOCALS/pic/acsLinkCap/1.jpeg' };
      const record = { serial: 1, major: 5, minor: 75, time: '', raw };
      const begunAt = performance.now();
      const found = await clock.until(new EventPictures({ call }).of(record, new AbortController().signal));
      assert.deepEqual([found, performance.now() - begunAt], [undefined, 5000]);
    }));
});
