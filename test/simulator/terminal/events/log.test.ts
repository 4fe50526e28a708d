import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import { faceNameOf } from '../../../../simulator/simulated-terminal.js';
import { element, forgetConnections, send, sendJson, withTerminal } from '../../../harness/terminal/raw-client.js';

const MODEL = { model: 'DS-K1T343EFWX' } as const;
const LOG = '/ISAPI/AccessControl/AcsEvent';
const WHOLE = { searchID: 'x', searchResultPosition: 0, maxResults: 30, major: 0, minor: 0 };

interface Page {
  responseStatusStrg: string;
  numOfMatches: number;
  totalMatches: number;
  InfoList?: (Record<string, unknown> & { serialNo: number })[];
}

async function page(terminal: SimulatedTerminal, more: object = {}): Promise<Page> {
  const { status, document } = await sendJson(terminal, 'POST', LOG, { AcsEventCond: { ...WHOLE, ...more } });
  assert.equal(status, 200, JSON.stringify(document));
  return document['AcsEvent'] as Page;
}

function serials({ InfoList = [] }: Page): number[] {
  return InfoList.map(({ serialNo }) => serialNo);
}

/** So many records of 5-75 and 5-21 in turns. */
function fill(terminal: SimulatedTerminal, count: number): void {
  for (let each = 0; each < count; each += 1) terminal.events.record({ major: 5, minor: each % 2 === 0 ? 75 : 21 });
}

describe('the log of a simulated terminal', () => {
  it('is NO MATCH without a list while it is empty', () =>
    withTerminal(MODEL, async (terminal) => {
      assert.deepEqual(await page(terminal), {
        searchID: 'x',
        responseStatusStrg: 'NO MATCH',
        numOfMatches: 0,
        totalMatches: 0,
      });
    }));

  it('numbers its records from 1 and gives at most 30 a page, whoever asks for more', () =>
    withTerminal(MODEL, async (terminal) => {
      fill(terminal, 70);
      const first = await page(terminal, { maxResults: 1000 });
      assert.deepEqual([first.responseStatusStrg, first.numOfMatches, first.totalMatches], ['MORE', 30, 70]);
      assert.deepEqual(
        serials(first),
        [...Array(30).keys()].map((each) => each + 1),
      );
      const last = await page(terminal, { searchResultPosition: 60 });
      assert.deepEqual([last.responseStatusStrg, serials(last)[0], last.numOfMatches], ['OK', 61, 10]);
    }));

  it('finds by number, code, person and time', () =>
    withTerminal(MODEL, async (terminal) => {
      fill(terminal, 10);
      terminal.events.record({ major: 5, minor: 1, employeeNo: '0042', name: 'Test One', cardNo: '77', door: 1 });
      assert.deepEqual(serials(await page(terminal, { beginSerialNo: 3, endSerialNo: 5 })), [3, 4, 5]);
      assert.deepEqual(serials(await page(terminal, { major: 5, minor: 21, beginSerialNo: 7 })), [8, 10]);
      assert.deepEqual(serials(await page(terminal, { major: 2 })), []);
      assert.deepEqual(serials(await page(terminal, { employeeNoString: '0042' })), [11]);
      assert.deepEqual(serials(await page(terminal, { employeeNoString: '42' })), []);
      assert.deepEqual(serials(await page(terminal, { cardNo: '77', name: 'Test One' })), [11]);
      assert.deepEqual(serials(await page(terminal, { endTime: '2020-01-01T00:00:00+05:00' })), []);
      assert.equal((await page(terminal, { startTime: '2020-01-01T00:00:00' })).totalMatches, 11);
      assert.deepEqual(serials(await page(terminal, { timeReverseOrder: true, maxResults: 2 })), [11, 10]);
    }));

  it('is ordered by time, not by number', () =>
    withTerminal(MODEL, async (terminal) => {
      fill(terminal, 2);
      terminal.events.setClock(-12 * 3600);
      fill(terminal, 2);
      assert.deepEqual(serials(await page(terminal)), [3, 4, 1, 2]);
    }));

  it('writes a record as DS-K1T342MWX does, with a picture that is read with the login', () =>
    withTerminal({ ...MODEL, username: 'admin', password: 'secret-1' }, async (terminal) => {
      terminal.events.record({ major: 5, minor: 75, employeeNo: '7', name: 'Anna', door: 1, reader: 1, face: 'Anna' });
      const path = `${LOG}?format=json`;
      const unsigned = await send(terminal, path, { method: 'POST', body: JSON.stringify({ AcsEventCond: WHOLE }) });
      assert.equal(unsigned.status, 401);
      const { search } = terminal.events;
      const item = (search.page(WHOLE)['InfoList'] as Record<string, unknown>[])[0] ?? {};
      const { time, filename, pictureURL, ...rest } = item;
      assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:00$/);
      assert.match(
        String(pictureURL),
        /\/LOCALS\/pic\/acsLinkCap\/\d{6}_00\/\d\d_\d{6}_30075_0\.jpeg@WEB000000000001$/,
      );
      assert.equal(String(pictureURL).endsWith(String(filename)), true);
      assert.deepEqual(rest, {
        major: 5,
        minor: 75,
        cardReaderKind: 1,
        cardReaderNo: 1,
        doorNo: 1,
        employeeNoString: '7',
        name: 'Anna',
        userType: 'normal',
        serialNo: 1,
        currentVerifyMode: 'cardOrFaceOrFp',
        attendanceStatus: 'undefined',
        mask: 'no',
        picturesNumber: 1,
      });
      assert.equal((await send(terminal, new URL(String(pictureURL)).pathname)).status, 401);
    }));

  it('serves the picture of a record at its very path', () =>
    withTerminal(MODEL, async (terminal) => {
      terminal.events.record({ major: 5, minor: 75, employeeNo: '7', face: 'Anna' });
      const url = new URL(String((await page(terminal)).InfoList?.[0]?.['pictureURL']));
      assert.equal(faceNameOf((await send(terminal, url.pathname)).body), 'Anna');
      assert.equal((await send(terminal, url.pathname.replace('WEB000000000001', 'WEB000000000002'))).status, 404);
      assert.equal((await send(terminal, url.pathname.replace('_30075_', '_30076_'))).status, 404);
      assert.equal((await page(terminal, { picEnable: false })).InfoList?.[0]?.['pictureURL'], undefined);
    }));

  for (const [what, cond, code, errorMsg] of [
    ['no major, as DS-K1T341BM', { major: undefined }, 'MessageParametersLack', 'major'],
    ['no minor', { minor: undefined }, 'MessageParametersLack', 'minor'],
    ['no searchID', { searchID: undefined }, 'MessageParametersLack', 'searchID'],
    ['a searchID of 65', { searchID: 'x'.repeat(65) }, 'badJsonContent', 'searchID'],
    ['no maxResults', { maxResults: undefined }, 'MessageParametersLack', 'maxResults'],
    ['no position', { searchResultPosition: undefined }, 'MessageParametersLack', 'searchResultPosition'],
    ['a negative position', { searchResultPosition: -1 }, 'badParameters', 'searchResultPosition'],
    ['a major that is a text', { major: '5' }, 'badJsonContent', 'major'],
    ['a number from 0', { beginSerialNo: 0 }, 'badParameters', 'beginSerialNo'],
    ['a number above all', { endSerialNo: 3_000_000_001 }, 'badParameters', 'endSerialNo'],
    ['numbers the wrong way round', { beginSerialNo: 5, endSerialNo: 4 }, 'badParameters', 'endSerialNo'],
    ['a time that is none', { startTime: 'yesterday' }, 'badJsonContent', 'startTime'],
    ['a number that is a text', { beginSerialNo: '1' }, 'badJsonContent', 'beginSerialNo'],
  ] as const) {
    it(`refuses ${what}`, () =>
      withTerminal(MODEL, async (terminal) => {
        const { status, document } = await sendJson(terminal, 'POST', LOG, { AcsEventCond: { ...WHOLE, ...cond } });
        assert.deepEqual([status, document['subStatusCode'], document['errorMsg']], [400, code, errorMsg]);
      }));
  }

  it('refuses XML as badJsonFormat, another root as a lack, and a path without format=json', () =>
    withTerminal(MODEL, async (terminal) => {
      const xml = await send(terminal, `${LOG}?format=json`, { method: 'POST', body: '<AcsEventCond/>' });
      assert.match(xml.text, /"badJsonFormat"/);
      for (const [path, root] of [
        [LOG, 'AcsEventTotalNumCond'],
        ['/ISAPI/AccessControl/AcsEventTotalNum', 'AcsEventCond'],
      ] as const) {
        const { status, document } = await sendJson(terminal, 'POST', path, { [root]: WHOLE });
        assert.deepEqual([status, document['subStatusCode']], [400, 'MessageParametersLack']);
      }
      assert.match((await send(terminal, LOG, { method: 'POST', body: '{}' })).text, /badURLFormat/);
      assert.equal((await sendJson(terminal, 'GET', LOG)).status, 405);
    }));

  it('counts, and says what it can do', () =>
    withTerminal(MODEL, async (terminal) => {
      fill(terminal, 9);
      const cond = { AcsEventTotalNumCond: { major: 5, minor: 21 } };
      const total = await sendJson(terminal, 'POST', '/ISAPI/AccessControl/AcsEventTotalNum', cond);
      assert.deepEqual(total.document, { AcsEventTotalNum: { totalNum: 4 } });
      const { document } = await sendJson(terminal, 'GET', `${LOG}/capabilities`);
      const { AcsEventCond } = (document as { AcsEvent: { AcsEventCond: Record<string, unknown> } }).AcsEvent;
      assert.deepEqual(AcsEventCond['maxResults'], { '@min': 1, '@max': 30 });
      assert.deepEqual(AcsEventCond['beginSerialNo'], { '@min': 1, '@max': 3_000_000_000 });
    }));

  it('overwrites its oldest records, and keeps the rest and the count over a stop and a reboot', () =>
    withTerminal({ ...MODEL, timeScale: 0.001, eventTroubles: { ringSize: 5 } }, async (terminal) => {
      fill(terminal, 8);
      assert.deepEqual(terminal.events.ring(), { oldest: 4, newest: 8, size: 5 });
      assert.deepEqual(serials(await page(terminal)), [4, 5, 6, 7, 8]);
      await terminal.stop();
      await terminal.start();
      assert.deepEqual(serials(await page(terminal)), [4, 5, 6, 7, 8]);
      const { port } = terminal.address;
      await terminal.reboot();
      assert.equal(terminal.address.port, port);
      const { InfoList } = await page(terminal, { beginSerialNo: 9 });
      assert.deepEqual([InfoList?.[0]?.serialNo, InfoList?.[0]?.['major'], InfoList?.[0]?.['minor']], [9, 2, 1024]);
      assert.deepEqual(
        terminal.events.trueLog.map(({ serial, stored, era }) => [serial, stored, era]),
        [...Array(9).keys()].map((each) => [each + 1, each >= 4, 1]),
      );
    }));

  it('counts from 1 after a restoration of defaults (DS-K1T342MWX, DS-K2702WX-E1), and on another unit', () =>
    withTerminal(MODEL, async (terminal) => {
      fill(terminal, 3);
      terminal.restoreDefaults();
      assert.deepEqual(serials(await page(terminal)), [1]);
      terminal.replace('another');
      forgetConnections();
      assert.deepEqual(serials(await page(terminal)), []);
      fill(terminal, 1);
      assert.deepEqual(
        terminal.events.trueLog.map(({ serialNumber, era, serial, stored }) => [serialNumber, era, serial, stored]),
        [
          ['DS-K1T343EFWX-SIMULATED', 1, 1, false],
          ['DS-K1T343EFWX-SIMULATED', 1, 2, false],
          ['DS-K1T343EFWX-SIMULATED', 1, 3, false],
          ['DS-K1T343EFWX-SIMULATED', 2, 1, false],
          ['another', 3, 1, true],
        ],
      );
    }));

  it('says by the clock on its screen what time it is', () =>
    withTerminal(MODEL, async (terminal) => {
      const localTime = async (): Promise<string> =>
        element((await send(terminal, '/ISAPI/System/time')).text, 'localTime') ?? '';
      assert.ok(Math.abs(Date.parse(await localTime()) - Date.now()) < 5000);
      terminal.events.setClock(-12 * 3600, 'factory');
      assert.match(await localTime(), /\+08:00$/);
      assert.ok(Math.abs(Date.parse(await localTime()) + 12 * 3600 * 1000 - Date.now()) < 5000);
      terminal.events.setClock(-Date.now() / 1000, 'none');
      assert.match(await localTime(), /^1970-01-01T05:00:\d\d$/);
    }));

  it('holds a hundred thousand records', () =>
    withTerminal(MODEL, async (terminal) => {
      fill(terminal, 100_000);
      const last = await page(terminal, { searchResultPosition: 99_990 });
      assert.deepEqual([last.responseStatusStrg, last.numOfMatches, last.totalMatches], ['OK', 10, 100_000]);
    }));
});
