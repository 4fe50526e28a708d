import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'mocha';
import { facePicture, type ModelName, type SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import { IMAGE, multipart, PLAIN, recordOf } from '../../../harness/terminal/face-parts.js';
import {
  element,
  forgetConnections,
  nextEvent,
  send,
  sendJson,
  sign,
  withTerminal,
} from '../../../harness/terminal/raw-client.js';

const USER_INFO = '/ISAPI/AccessControl/UserInfo';
const DETAIL = '/ISAPI/AccessControl/UserInfoDetail';
const FAST = 0.001;

type Document = Record<string, unknown>;
interface Page {
  responseStatusStrg: string;
  totalMatches: number;
  UserInfo?: Document[];
}

const listOf = (numbers: string[]): { employeeNo: string }[] => numbers.map((employeeNo) => ({ employeeNo }));
const numbersTo = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index + 1));

async function page(terminal: SimulatedTerminal, cond: Document = {}): Promise<Page> {
  const UserInfoSearchCond = { searchID: '1', maxResults: 30, searchResultPosition: 0, ...cond };
  const { document } = await sendJson(terminal, 'POST', `${USER_INFO}/Search`, { UserInfoSearchCond });
  return document['UserInfoSearch'] as Page;
}

/** A terminal with so many persons, numbered from 1. */
function withMany(
  settings: Parameters<typeof withTerminal>[0],
  count: number,
  work: (terminal: SimulatedTerminal) => Promise<void>,
): Promise<void> {
  return withTerminal({ timeScale: FAST, ...settings }, async (terminal) => {
    for (const employeeNo of numbersTo(count)) {
      await sendJson(terminal, 'POST', `${USER_INFO}/Record`, { UserInfo: { employeeNo } });
    }
    await work(terminal);
  });
}

async function capabilities(terminal: SimulatedTerminal): Promise<Document> {
  return (await sendJson(terminal, 'GET', `${USER_INFO}/capabilities`)).document['UserInfo'] as Document;
}

describe('many persons on a simulated terminal', () => {
  for (const [model, most] of [
    ['DS-K1T342MFX-E1', 1500],
    ['DS-K1T673DX', 50_000],
    ['DS-K1T323', 3000],
  ] as [ModelName, number][]) {
    it(`are at most ${most} on ${model}, as its capabilities say`, () =>
      withTerminal({ model }, async (terminal) => {
        const { maxRecordNum, UserInfoSearchCond, UserInfoDelCond } = await capabilities(terminal);
        assert.equal(maxRecordNum, most);
        assert.equal((UserInfoSearchCond as { maxResults: Document }).maxResults['@max'], 30);
        assert.equal((UserInfoSearchCond as { EmployeeNoList: Document }).EmployeeNoList['maxSize'], 30);
        assert.equal((UserInfoDelCond as { EmployeeNoList: Document }).EmployeeNoList['maxSize'], 30);
      }));
  }

  it('are told apart by models that create an absent person by SetUp: only those advertise it', async () => {
    for (const [model, setUp] of [
      ['DS-K1T323', true],
      ['DS-K1T341CMFW', false],
    ] as const) {
      await withTerminal({ model }, async (terminal) => {
        const { '@opt': functions } = (await capabilities(terminal))['supportFunction'] as { '@opt': string };
        assert.equal(functions.split(',').includes('setUp'), setUp);
      });
    }
  });

  it('are counted without what they have, on a model that counts persons only', () =>
    withMany({ model: 'DS-K1T342MFX-E1' }, 2, async (terminal) => {
      const { document } = await sendJson(terminal, 'GET', `${USER_INFO}/Count`);
      assert.deepEqual(document, { UserInfoCount: { userNumber: 2 } });
    }));

  it('are all found page by page, each once, thousands of them', () =>
    withMany({ model: 'DS-K1T343EFWX' }, 1500, async (terminal) => {
      const found: unknown[] = [];
      for (;;) {
        const { responseStatusStrg, UserInfo = [] } = await page(terminal, { searchResultPosition: found.length });
        found.push(...UserInfo.map(({ employeeNo }) => employeeNo));
        if (responseStatusStrg !== 'MORE') break;
      }
      assert.deepEqual(found, numbersTo(1500));
    }));

  it('are refused in a search for more numbers than a page holds', () =>
    withMany({ model: 'DS-K1T343EFWX' }, 1, async (terminal) => {
      const cond = (count: number): Document => ({
        UserInfoSearchCond: {
          ...{ searchID: '1', maxResults: 30, searchResultPosition: 0 },
          EmployeeNoList: listOf(numbersTo(count)),
        },
      });
      assert.equal((await sendJson(terminal, 'POST', `${USER_INFO}/Search`, cond(30))).status, 200);
      const { status, document } = await sendJson(terminal, 'POST', `${USER_INFO}/Search`, cond(31));
      assert.deepEqual([status, document['errorMsg']], [400, 'EmployeeNoList']);
    }));

  it('are deleted in a batch that is too big for the model, which does not answer in time', () =>
    withMany({ model: 'DS-K1T323', timeScale: 1000 }, 21, async (terminal) => {
      const closing = new AbortController();
      const deleted = nextEvent(terminal, 'person deleted');
      const answer = send(terminal, `${USER_INFO}/Delete?format=json`, {
        method: 'PUT',
        body: JSON.stringify({ UserInfoDelCond: { EmployeeNoList: listOf(numbersTo(21)) } }),
        signal: closing.signal,
      });
      await deleted;
      assert.equal((await send(terminal, '/ISAPI/System/time')).status, 200);
      assert.equal(terminal.counters.records.find(({ kind }) => kind === 'delete')?.status, 0);
      closing.abort();
      await assert.rejects(answer, { name: 'AbortError' });
      assert.deepEqual(terminal.persons(), []);
    }));

  it('are deleted and answered in a batch of 20 there', () =>
    withMany({ model: 'DS-K1T323', timeScale: 1000 }, 20, async (terminal) => {
      const UserInfoDelCond = { EmployeeNoList: listOf(numbersTo(20)) };
      assert.equal((await sendJson(terminal, 'PUT', `${USER_INFO}/Delete`, { UserInfoDelCond })).status, 200);
      assert.deepEqual(terminal.persons(), []);
    }));

  it('cannot be deleted by UserInfoDetail on a model without it: 400 notSupport', () =>
    withMany({ model: 'DS-K1T341CMFW' }, 1, async (terminal) => {
      for (const [method, path] of [
        ['PUT', `${DETAIL}/Delete`],
        ['GET', `${DETAIL}/DeleteProcess`],
      ] as const) {
        const UserInfoDetail = { mode: 'all' };
        const { status, document } = await sendJson(
          terminal,
          method,
          path,
          method === 'PUT' ? { UserInfoDetail } : undefined,
        );
        assert.deepEqual([status, document['subStatusCode']], [400, 'notSupport']);
      }
      assert.equal(terminal.persons().length, 1);
    }));

  it('are deleted by UserInfoDetail in the words of the model', () =>
    withMany({ model: 'DS-K1T673DX', timeScale: 0.05 }, 1, async (terminal) => {
      const status = async (): Promise<unknown> =>
        (await sendJson(terminal, 'GET', `${DETAIL}/DeleteProcess`)).document['UserInfoDetailDeleteProcess'];
      const deleted = nextEvent(terminal, 'person deleted');
      await sendJson(terminal, 'PUT', `${DETAIL}/Delete`, { UserInfoDetail: { mode: 'all' } });
      assert.deepEqual(await status(), { status: 'inProgress', percent: 50 });
      await deleted;
      assert.deepEqual(await status(), { status: 'finished', percent: 100 });
    }));

  it('stay where UserInfoDetail fails, which is told, until the next time', () =>
    withMany({ model: 'DS-K1T673DX', timeScale: 0.01 }, 1, async (terminal) => {
      const ended = async (): Promise<unknown> => {
        await sendJson(terminal, 'PUT', `${DETAIL}/Delete`, { UserInfoDetail: { mode: 'all' } });
        for (;;) {
          const { document } = await sendJson(terminal, 'GET', `${DETAIL}/DeleteProcess`);
          const { status } = document['UserInfoDetailDeleteProcess'] as Document;
          if (status !== 'inProgress') return status;
        }
      };
      terminal.fault({ kind: 'undone' });
      assert.equal(await ended(), 'failed');
      assert.equal(terminal.persons().length, 1);
      assert.equal(await ended(), 'finished');
      assert.deepEqual(terminal.persons(), []);
    }));

  it('know local time only on a model that says so', () =>
    withTerminal({ model: 'DS-K1T342MFX-E1' }, async (terminal) => {
      const { Valid } = (await capabilities(terminal)) as { Valid: { timeType: Document } };
      assert.equal(Valid.timeType['@opt'], 'local');
      const UserInfo = { employeeNo: '1', Valid: { timeType: 'UTC' } };
      const { status, document } = await sendJson(terminal, 'POST', `${USER_INFO}/Record`, { UserInfo });
      assert.deepEqual([status, document['errorMsg']], [400, 'timeType']);
    }));
});

describe('the stored picture of a person', () => {
  const setFace = (terminal: SimulatedTerminal, FPID: string, face: string): Promise<unknown> =>
    send(terminal, '/ISAPI/Intelligent/FDLib/FDSetUp?format=json', {
      method: 'PUT',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      body: multipart([PLAIN, recordOf({ FPID })], [IMAGE, facePicture(face)]),
    });
  const urls = async (terminal: SimulatedTerminal): Promise<(string | undefined)[]> =>
    ((await page(terminal)).UserInfo ?? []).map(({ faceURL }) => faceURL as string | undefined);

  it('is at the faceURL of a person with a face, one for each, and a new one gets a new URL', () =>
    withMany({ model: 'DS-K1T342MFX-E1' }, 3, async (terminal) => {
      await setFace(terminal, '2', 'Anna');
      await setFace(terminal, '3', 'Boris');
      const [none, anna = '', boris = ''] = await urls(terminal);
      assert.equal(none, undefined);
      assert.match(anna, /^http:\/\/127\.0\.0\.1:\d+\/LOCALS\/pic\/enrlFace\/0\/\d{10}\.jpg@WEB\d{12}$/);
      const fetched = async (url: string): Promise<Buffer> => (await send(terminal, new URL(url).pathname)).body;
      assert.deepEqual([await fetched(anna), await fetched(boris)], [facePicture('Anna'), facePicture('Boris')]);
      const [, { faceVersion } = {}] = terminal.persons();
      await setFace(terminal, '2', 'Clara');
      const [, clara = ''] = await urls(terminal);
      assert.notEqual(clara, anna);
      assert.notEqual(terminal.persons()[1]?.faceVersion, faceVersion);
      assert.deepEqual(await fetched(clara), facePicture('Clara'));
    }));

  it('goes with the person', () =>
    withMany({ model: 'DS-K1T342MFX-E1' }, 1, async (terminal) => {
      await setFace(terminal, '1', 'Anna');
      const [url = ''] = await urls(terminal);
      const UserInfoDelCond = { EmployeeNoList: listOf(['1']) };
      await sendJson(terminal, 'PUT', `${USER_INFO}/Delete`, { UserInfoDelCond });
      assert.equal((await send(terminal, new URL(url).pathname)).status, 404);
    }));

  it('does not fit beyond the capacity for faces', () =>
    withMany({ model: 'DS-K1T342MFX-E1', behaviour: { maxFaces: 1 } }, 2, async (terminal) => {
      await setFace(terminal, '1', 'Anna');
      const { text } = (await setFace(terminal, '2', 'Boris')) as { text: string };
      assert.equal((JSON.parse(text) as Document)['subStatusCode'], 'deviceFaceFull');
      await setFace(terminal, '1', 'Clara');
      assert.deepEqual(
        terminal.persons().map(({ face }) => face),
        ['Clara', undefined],
      );
    }));
});

describe('another terminal in the place of a simulated one', () => {
  const serial = async (terminal: SimulatedTerminal): Promise<string | undefined> =>
    element((await send(terminal, '/ISAPI/System/deviceInfo')).text, 'serialNumber');

  it('has another serial number and nobody on it', () =>
    withMany({ model: 'DS-K1T323', serialNumber: 'A1' }, 2, async (terminal) => {
      assert.equal(await serial(terminal), 'A1');
      terminal.runCommand({ command: 'replace' });
      forgetConnections();
      assert.deepEqual([await serial(terminal), terminal.persons()], ['A1-2', []]);
      terminal.runCommand({ command: 'replace' });
      forgetConnections();
      assert.equal(await serial(terminal), 'A1-3');
      terminal.runCommand({ command: 'replace', serialNumber: 'B7' });
      forgetConnections();
      assert.deepEqual([await serial(terminal), terminal.serialNumber], ['B7', 'B7']);
    }));

  it('has no part in the connections to the first', () =>
    withTerminal({ model: 'DS-K1T343EFWX' }, async (terminal) => {
      const { host, port } = terminal.address;
      const socket = net.connect(port, host);
      socket.resume().write('GET /ISAPI/System/deviceInfo HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'data');
      terminal.replace();
      await once(socket, 'close');
    }));

  it('does not know the nonces of the first', () =>
    withTerminal({ model: 'DS-K1T343EFWX', username: 'admin', password: 'secret-1' }, async (terminal) => {
      const path = '/ISAPI/System/time';
      const [challenge = ''] = (await send(terminal, path)).challenges;
      terminal.replace();
      forgetConnections();
      const { status } = await send(terminal, path, { headers: { Authorization: sign(challenge, { path }) } });
      assert.deepEqual([status, terminal.counters.staleRejections], [401, 1]);
    }));
});

it('a simulated DS-K1T323 takes a nonce five times', () =>
  withTerminal({ model: 'DS-K1T323', username: 'admin', password: 'secret-1' }, async (terminal) => {
    const path = '/ISAPI/System/time';
    const [challenge = ''] = (await send(terminal, path)).challenges;
    const statuses: number[] = [];
    for (const nc of ['00000001', '00000002', '00000003', '00000004', '00000005', '00000006']) {
      statuses.push((await send(terminal, path, { headers: { Authorization: sign(challenge, { path, nc }) } })).status);
    }
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 401]);
  }));
