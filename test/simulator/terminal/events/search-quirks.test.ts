import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { SimulatedTerminal, SimulatorSettings } from '../../../../simulator/simulated-terminal.js';
import { send, sendJson, sign, withTerminal } from '../../../harness/terminal/raw-client.js';

const MODEL = { model: 'DS-K1T343EFWX' } as const;
const LOG = '/ISAPI/AccessControl/AcsEvent';
const WHOLE = { searchID: 'x', searchResultPosition: 0, maxResults: 30, major: 0, minor: 0 };

interface Page {
  responseStatusStrg: string;
  totalMatches: number;
  InfoList?: { serialNo: number; time: string }[];
}

interface Reply {
  /** What refused it: the field, or nothing. */
  refused?: unknown;
  status: string;
  total: number;
  serials: number[];
  times: string[];
}

async function search(terminal: SimulatedTerminal, cond: object = {}): Promise<Reply> {
  const { document } = await sendJson(terminal, 'POST', LOG, { AcsEventCond: { ...WHOLE, ...cond } });
  const page = document['AcsEvent'] as Page | undefined;
  const { responseStatusStrg = '', totalMatches = 0, InfoList = [] } = page ?? {};
  return {
    ...(!page && { refused: document['errorMsg'] }),
    status: responseStatusStrg,
    total: totalMatches,
    serials: InfoList.map(({ serialNo }) => serialNo),
    times: InfoList.map(({ time }) => time),
  };
}

function withLog(
  settings: Partial<SimulatorSettings>,
  count: number,
  work: (terminal: SimulatedTerminal) => Promise<void>,
): Promise<void> {
  return withTerminal({ ...MODEL, ...settings }, async (terminal) => {
    for (let each = 0; each < count; each += 1) terminal.events.record({ major: 5, minor: 75 });
    await work(terminal);
  });
}

describe('a search of the log on a simulated terminal', () => {
  it('can refuse major 0', () =>
    withLog({ eventTroubles: { majorZero: 'refused' } }, 1, async (terminal) => {
      assert.equal((await search(terminal)).refused, 'major');
      assert.deepEqual((await search(terminal, { major: 5 })).serials, [1]);
    }));

  it('can refuse minor 0', () =>
    withLog({ eventTroubles: { minorZero: 'refused' } }, 1, async (terminal) => {
      assert.equal((await search(terminal, { major: 5 })).refused, 'minor');
      assert.deepEqual((await search(terminal, { major: 5, minor: 75 })).serials, [1]);
    }));

  it('can want an endSerialNo, and none above its limit', () =>
    withLog({ eventTroubles: { needsEnd: true, mostEnd: 1000 } }, 1, async (terminal) => {
      assert.equal((await search(terminal)).refused, 'endSerialNo');
      assert.equal((await search(terminal, { endSerialNo: 1001 })).refused, 'endSerialNo');
      assert.deepEqual((await search(terminal, { endSerialNo: 1000 })).serials, [1]);
    }));

  it('can give fewer a page than it says', () =>
    withLog({ eventTroubles: { eventsAPage: 10 } }, 25, async (terminal) => {
      const { document } = await sendJson(terminal, 'GET', `${LOG}/capabilities`);
      assert.match(JSON.stringify(document), /"maxResults":\{"@min":1,"@max":30\}/);
      const { serials, status } = await search(terminal);
      assert.deepEqual([serials.length, status], [10, 'MORE']);
    }));

  it('can mix its pages up, as on DS-K1T344MBFWX-E', () =>
    withLog({ eventModel: 'DS-K1T344MBFWX-E' }, 5, async (terminal) => {
      assert.deepEqual((await search(terminal)).serials, [2, 4, 1, 3, 5]);
    }));

  it('can go by number', () =>
    withLog({ eventTroubles: { order: 'by number' } }, 2, async (terminal) => {
      terminal.events.setClock(-3600);
      terminal.events.record({ major: 5, minor: 75 });
      assert.deepEqual((await search(terminal)).serials, [1, 2, 3]);
    }));

  it('can overlook timeReverseOrder, as on "Time and Attendance Terminal"', () =>
    withLog({ eventModel: 'Time and Attendance Terminal' }, 3, async (terminal) => {
      assert.deepEqual((await search(terminal, { timeReverseOrder: true })).serials, [1, 2, 3]);
    }));

  for (const [offsets, good, bad] of [
    ['wanted', '2020-01-01T00:00:00+05:00', '2020-01-01T00:00:00'],
    ['refused', '2020-01-01T00:00:00', '2020-01-01T00:00:00Z'],
  ] as const) {
    it(`can have offsets of times ${offsets}`, () =>
      withLog({ eventTroubles: { offsets } }, 1, async (terminal) => {
        assert.deepEqual((await search(terminal, { startTime: good })).serials, [1]);
        assert.equal((await search(terminal, { startTime: bad })).refused, 'startTime');
      }));
  }

  it('answers once MORE with an empty list, once unsorted, once with a total that is wrong', () =>
    withLog({}, 4, async (terminal) => {
      terminal.fault({ kind: 'hollow' });
      terminal.fault({ kind: 'unsorted' });
      terminal.fault({ kind: 'total', at: 'log' });
      const { status, serials, total } = await search(terminal);
      assert.deepEqual([status, serials, total], ['MORE', [], 4]);
      assert.deepEqual((await search(terminal)).serials, [2, 4, 1, 3]);
      assert.equal((await search(terminal)).total, 5);
      assert.deepEqual((await search(terminal)).serials, [1, 2, 3, 4]);
    }));

  it('has another total as soon as something happens between two pages', () =>
    withLog({}, 31, async (terminal) => {
      assert.equal((await search(terminal)).total, 31);
      terminal.events.record({ major: 5, minor: 21 });
      const { total, serials } = await search(terminal, { searchResultPosition: 30 });
      assert.deepEqual([total, serials], [32, [31, 32]]);
    }));

  it('can find a record later than those after it', () =>
    withLog({ timeScale: 0.001, eventTroubles: { late: { every: 2, seconds: 100 } } }, 3, async (terminal) => {
      assert.deepEqual((await search(terminal)).serials, [1, 3]);
      while ((await search(terminal)).total < 3) await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual((await search(terminal)).serials, [1, 2, 3]);
    }));

  it('does not find what is hidden until it is shown', () =>
    withLog({}, 1, async (terminal) => {
      terminal.events.record({ major: 5, minor: 27 }, { hidden: true });
      terminal.events.record({ major: 5, minor: 75 });
      assert.deepEqual((await search(terminal)).serials, [1, 3]);
      terminal.events.show();
      assert.deepEqual((await search(terminal)).serials, [1, 2, 3]);
    }));

  it('can jump in its numbers', () =>
    withLog({ eventTroubles: { jumps: { every: 2, by: 100 } } }, 4, async (terminal) => {
      terminal.events.skipNumbers(3);
      terminal.events.record({ major: 5, minor: 75 });
      assert.deepEqual((await search(terminal)).serials, [1, 2, 103, 104, 208]);
      assert.deepEqual((await search(terminal, { beginSerialNo: 3, endSerialNo: 103 })).serials, [103]);
    }));

  for (const [zone, text] of [
    ['offset', '+05:00'],
    ['factory', '+08:00'],
    ['-00:00', '-00:00'],
    ['+00:00', '+00:00'],
    ['none', ''],
  ] as const) {
    it(`writes the zone as ${zone}`, () =>
      withLog({}, 1, async (terminal) => {
        terminal.events.setClock(-12 * 3600, zone);
        terminal.events.record({ major: 3, minor: 1029 });
        const [later = '', first = ''] = (await search(terminal)).times;
        const local = Date.now() + ((zone === 'factory' ? 8 : 5) - 12) * 3_600_000;
        assert.ok(Math.abs(Date.parse(`${later.slice(0, 19)}Z`) - local) < 10_000);
        assert.deepEqual([later.slice(19), first.slice(19)], [text, '+05:00']);
      }));
  }

  it('can write the zone of today into what is old', () =>
    withLog({ eventTroubles: { rewritesZone: true } }, 1, async (terminal) => {
      const [before = ''] = (await search(terminal)).times;
      terminal.events.setClock(0, '-00:00');
      assert.deepEqual((await search(terminal)).times, [before.replace('+05:00', '-00:00')]);
    }));

  it('has the clock of DS-K1T342EFWX 92 s late, and DS-K1T344MX in the zone of the factory', async () => {
    await withLog({ eventModel: 'DS-K1T342EFWX' }, 1, async (terminal) => {
      const [time = ''] = (await search(terminal)).times;
      assert.ok(Math.abs(Date.now() - 92_000 - Date.parse(time)) < 10_000);
    });
    await withLog({ eventModel: 'DS-K1T344MX' }, 1, async (terminal) => {
      assert.match((await search(terminal)).times[0] ?? '', /\+08:00$/);
    });
  });

  it('is rejected once for no reason, as on DS-K1T342EFWX, which counts for nothing', () =>
    withTerminal({ ...MODEL, username: 'admin', password: 'secret-1' }, async (terminal) => {
      const path = '/ISAPI/System/time';
      const signed = async (): Promise<number> => {
        const [challenge = ''] = (await send(terminal, path)).challenges;
        return (await send(terminal, path, { headers: { Authorization: sign(challenge, { path }) } })).status;
      };
      terminal.fault({ kind: 'rejected' });
      assert.deepEqual([await signed(), await signed()], [401, 200]);
      assert.equal(terminal.counters.signedRejections, 0);
    }));
});
