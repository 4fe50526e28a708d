import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import { eventsOf, nextEvent, sendJson, withTerminal, withoutTime } from '../../../harness/terminal/raw-client.js';

const USER_INFO = '/ISAPI/AccessControl/UserInfo';

function record(terminal: SimulatedTerminal, UserInfo: unknown): ReturnType<typeof sendJson> {
  return sendJson(terminal, 'POST', `${USER_INFO}/Record`, { UserInfo });
}

function search(terminal: SimulatedTerminal, cond: Record<string, unknown> = {}): ReturnType<typeof sendJson> {
  const UserInfoSearchCond = { searchID: '1', maxResults: 30, searchResultPosition: 0, ...cond };
  return sendJson(terminal, 'POST', `${USER_INFO}/Search`, { UserInfoSearchCond });
}

function numbers(terminal: SimulatedTerminal): string[] {
  return terminal.persons().map(({ employeeNo }) => employeeNo);
}

async function withPersons(employeeNos: string[], work: (terminal: SimulatedTerminal) => Promise<void>): Promise<void> {
  await withTerminal({ model: 'DS-K1T343EFWX', timeScale: 0.001 }, async (terminal) => {
    for (const employeeNo of employeeNos) assert.equal((await record(terminal, { employeeNo })).status, 200);
    await work(terminal);
  });
}

describe('the persons of a simulated terminal', () => {
  it('open only the doors that doorRight and RightPlan both name', () =>
    withPersons([], async (terminal) => {
      const plan = (...doors: number[]): object[] => doors.map((doorNo) => ({ doorNo, planTemplateNo: '1' }));
      await record(terminal, { employeeNo: '1', doorRight: '1,2', RightPlan: plan(2, 3) });
      await record(terminal, { employeeNo: '2', doorRight: '', RightPlan: plan(1) });
      await record(terminal, { employeeNo: '3', doorRight: '1' });
      assert.deepEqual(
        terminal.persons().map(({ doors }) => doors),
        [[2], [], []],
      );
    }));

  it('are recorded with their fields, shown without the PIN, and emitted', () =>
    withPersons([], async (terminal) => {
      const events = eventsOf(terminal);
      const UserInfo = {
        employeeNo: '000123',
        name: 'Anna',
        userType: 'normal',
        Valid: { enable: true, beginTime: '2025-01-01T00:00:00', endTime: '2035-01-01T00:00:00', timeType: 'local' },
        doorRight: '1',
        RightPlan: [{ doorNo: 1, planTemplateNo: '1' }],
        gender: 'female',
        groupId: 7,
        password: '1234',
        numOfFace: 5,
      };
      const { status, document } = await record(terminal, UserInfo);
      assert.deepEqual([status, document['statusCode'], document['subStatusCode']], [200, 1, 'ok']);
      const shown = { ...UserInfo, numOfFace: 0, numOfCard: 0, numOfFP: 0, password: undefined };
      const { UserInfo: stored, ...person } = terminal.persons()[0] ?? {};
      assert.deepEqual(person, { employeeNo: '000123', name: 'Anna', cards: [], doors: [1] });
      assert.deepEqual({ ...stored, password: undefined }, shown);
      assert.ok(stored && !('password' in stored));
      assert.deepEqual(events.map(withoutTime), [{ event: 'person created', employeeNo: '000123', name: 'Anna' }]);
    }));

  it('are refused when they exist, as real terminals do', () =>
    withPersons(['1'], async (terminal) => {
      const { status, document } = await record(terminal, { employeeNo: '1' });
      assert.equal(status, 400);
      assert.deepEqual(document, {
        requestURL: '/ISAPI/AccessControl/UserInfo/Record?format=json',
        statusCode: 6,
        statusString: 'Invalid Content',
        subStatusCode: 'employeeNoAlreadyExist',
        errorCode: 1610637344,
        errorMsg: 'checkUser',
      });
    }));

  it('come one by one: Record takes no list of them', () =>
    withPersons([], async (terminal) => {
      const { status, document } = await record(terminal, [{ employeeNo: '1' }, { employeeNo: '2' }]);
      assert.deepEqual([status, document['subStatusCode'], numbers(terminal)], [400, 'badJsonContent', []]);
    }));

  it('are modified, and refused by Modify when absent', () =>
    withPersons(['1'], async (terminal) => {
      const modify = (UserInfo: unknown): ReturnType<typeof sendJson> =>
        sendJson(terminal, 'PUT', `${USER_INFO}/Modify`, { UserInfo });
      const updated = nextEvent(terminal, 'person updated');
      assert.equal((await modify({ employeeNo: '1', name: 'Anna' })).status, 200);
      await updated;
      assert.equal(terminal.persons()[0]?.name, 'Anna');
      const { status, document } = await modify({ employeeNo: '2' });
      assert.deepEqual(
        [status, document['subStatusCode'], document['errorCode']],
        [400, 'employeeNoNotExist', 1610637343],
      );
    }));

  for (const [model, status] of [
    ['DS-K1T343EFWX', 200],
    ['DS-K1T341CMFW', 400],
  ] as const) {
    it(`are ${status === 200 ? 'created' : 'refused'} by SetUp when absent on ${model}`, () =>
      withTerminal({ model }, async (terminal) => {
        const setUp = (): ReturnType<typeof sendJson> =>
          sendJson(terminal, 'PUT', `${USER_INFO}/SetUp`, { UserInfo: { employeeNo: '1' } });
        assert.equal((await setUp()).status, status);
        if (status === 400) await record(terminal, { employeeNo: '1' });
        assert.equal((await setUp()).status, 200);
        assert.deepEqual(numbers(terminal), ['1']);
      }));
  }

  const mistakes: [string, Record<string, unknown>, string, string][] = [
    ['no employeeNo', {}, 'MessageParametersLack', 'employeeNo'],
    ['a number as employeeNo', { employeeNo: 1 }, 'badJsonContent', 'employeeNo'],
    ['an empty employeeNo', { employeeNo: '' }, 'illegalEmployeeNo', 'employeeNo'],
    ['an employeeNo of 33 characters', { employeeNo: '1'.repeat(33) }, 'illegalEmployeeNo', 'employeeNo'],
    ['a Cyrillic employeeNo', { employeeNo: 'Я1' }, 'illegalEmployeeNo', 'employeeNo'],
    ['a name of 129 characters', { employeeNo: '1', name: 'a'.repeat(129) }, 'badJsonContent', 'name'],
    ['the userType of tutorials', { employeeNo: '1', userType: 'blacklist' }, 'badJsonContent', 'userType'],
    ['an unknown gender', { employeeNo: '1', gender: 'm' }, 'badJsonContent', 'gender'],
    ['a number as doorRight', { employeeNo: '1', doorRight: 1 }, 'badJsonContent', 'doorRight'],
    [
      'a RightPlan with a number as template',
      { employeeNo: '1', RightPlan: [{ doorNo: 1, planTemplateNo: 1 }] },
      'badJsonContent',
      'RightPlan',
    ],
    ['a PIN of nine digits', { employeeNo: '1', password: '123456789' }, 'badJsonContent', 'password'],
    [
      'a time with a zone',
      { employeeNo: '1', Valid: { beginTime: '2025-01-01T00:00:00Z' } },
      'badJsonContent',
      'beginTime',
    ],
    ['a time after 2037', { employeeNo: '1', Valid: { endTime: '2038-01-01T00:00:00' } }, 'badJsonContent', 'endTime'],
    [
      'an end before the begin',
      { employeeNo: '1', Valid: { beginTime: '2026-01-01T00:00:00', endTime: '2025-01-01T00:00:00' } },
      'endtimeEarlierThanBegintime',
      'endTime',
    ],
  ];
  for (const [mistake, UserInfo, subStatusCode, errorMsg] of mistakes) {
    it(`are refused with ${mistake}`, () =>
      withPersons([], async (terminal) => {
        const { status, document } = await record(terminal, UserInfo);
        assert.deepEqual(
          [status, document['statusCode'], document['subStatusCode'], document['errorMsg']],
          [400, 6, subStatusCode, errorMsg],
        );
        assert.deepEqual(terminal.persons(), []);
      }));
  }

  it('are refused when the terminal is full', () =>
    withTerminal({ model: 'DS-K1T343EFWX', behaviour: { maxPersons: 1 } }, async (terminal) => {
      await record(terminal, { employeeNo: '1' });
      assert.equal((await record(terminal, { employeeNo: '2' })).document['subStatusCode'], 'deviceUserFull');
    }));

  it('are found by number and in pages', () =>
    withPersons(['1', '2', '3'], async (terminal) => {
      const found = async (cond: Record<string, unknown>): Promise<unknown[]> => {
        const result = (await search(terminal, cond)).document['UserInfoSearch'] as {
          responseStatusStrg: string;
          totalMatches: number;
          UserInfo?: { employeeNo: string }[];
        };
        return [result.responseStatusStrg, result.totalMatches, result.UserInfo?.map(({ employeeNo }) => employeeNo)];
      };
      assert.deepEqual(await found({ maxResults: 2 }), ['MORE', 3, ['1', '2']]);
      assert.deepEqual(await found({ maxResults: 2, searchResultPosition: 2 }), ['OK', 3, ['3']]);
      assert.deepEqual(await found({ EmployeeNoList: [{ employeeNo: '2' }] }), ['OK', 1, ['2']]);
      assert.deepEqual(await found({ EmployeeNoList: [{ employeeNo: '9' }] }), ['NO MATCH', 0, undefined]);
    }));

  for (const [cond, errorMsg] of [
    [{ maxResults: 0 }, 'maxResults'],
    [{ maxResults: undefined }, 'maxResults'],
    [{ searchID: undefined }, 'searchID'],
    [{ searchResultPosition: -1 }, 'searchResultPosition'],
    [{ EmployeeNoList: ['1'] }, 'employeeNo'],
  ] as [Record<string, unknown>, string][]) {
    it(`are not searched with ${JSON.stringify(cond)}, naming ${errorMsg}`, () =>
      withPersons([], async (terminal) => {
        const { status, document } = await search(terminal, cond);
        assert.deepEqual([status, document['errorMsg']], [400, errorMsg]);
      }));
  }

  it('are found 30 at a time, whoever asks for more', () =>
    withPersons(
      Array.from({ length: 31 }, (_, index) => String(index + 1)),
      async (terminal) => {
        const { status, document } = await search(terminal, { maxResults: 50 });
        const { responseStatusStrg, numOfMatches, totalMatches } = document['UserInfoSearch'] as Record<
          string,
          unknown
        >;
        assert.deepEqual([status, responseStatusStrg, numOfMatches, totalMatches], [200, 'MORE', 30, 31]);
      },
    ));

  it('are counted', () =>
    withPersons(['1', '2'], async (terminal) => {
      const { document } = await sendJson(terminal, 'GET', `${USER_INFO}/Count`);
      assert.deepEqual(document, {
        UserInfoCount: { userNumber: 2, bindFaceUserNumber: 0, bindFingerprintUserNumber: 0, bindCardUserNumber: 0 },
      });
    }));

  it('are deleted by list', () =>
    withPersons(['1', '2'], async (terminal) => {
      const events = eventsOf(terminal);
      const UserInfoDelCond = { EmployeeNoList: [{ employeeNo: '1' }, { employeeNo: '9' }] };
      assert.equal((await sendJson(terminal, 'PUT', `${USER_INFO}/Delete`, { UserInfoDelCond })).status, 200);
      assert.deepEqual(numbers(terminal), ['2']);
      assert.equal(events.length, 1);
    }));

  it('are all deleted without a list, as on real terminals', () =>
    withPersons(['1', '2'], async (terminal) => {
      await sendJson(terminal, 'PUT', `${USER_INFO}/Delete`, { UserInfoDelCond: {} });
      assert.deepEqual(numbers(terminal), []);
    }));

  it('are deleted later by UserInfoDetail, whose progress can be asked for', () =>
    withPersons(['1', '2'], async (terminal) => {
      const detail = '/ISAPI/AccessControl/UserInfoDetail';
      const deleted = nextEvent(terminal, 'person deleted');
      const UserInfoDetail = { mode: 'byEmployeeNo', EmployeeNoList: [{ employeeNo: '1' }] };
      assert.equal((await sendJson(terminal, 'PUT', `${detail}/Delete`, { UserInfoDetail })).status, 200);
      await deleted;
      const { document } = await sendJson(terminal, 'GET', `${detail}/DeleteProcess`);
      assert.deepEqual(document, { UserInfoDetailDeleteProcess: { status: 'success' } });
      assert.deepEqual(numbers(terminal), ['2']);
    }));

  for (const [UserInfoDetail, subStatusCode, errorMsg] of [
    [{ mode: 'byEmployeeNo' }, 'MessageParametersLack', 'EmployeeNoList'],
    [{ mode: 'byEmployeeNo', EmployeeNoList: '1' }, 'badJsonContent', 'EmployeeNoList'],
    [{}, 'badJsonContent', 'mode'],
  ] as const) {
    it(`are not deleted by UserInfoDetail with ${JSON.stringify(UserInfoDetail)}`, () =>
      withPersons(['1'], async (terminal) => {
        const path = '/ISAPI/AccessControl/UserInfoDetail/Delete';
        const { status, document } = await sendJson(terminal, 'PUT', path, { UserInfoDetail });
        assert.deepEqual([status, document['subStatusCode'], document['errorMsg']], [400, subStatusCode, errorMsg]);
      }));
  }

  it('stay while UserInfoDetail is still deleting', () =>
    withTerminal({ model: 'DS-K1T343EFWX', timeScale: 100 }, async (terminal) => {
      await record(terminal, { employeeNo: '1' });
      const detail = '/ISAPI/AccessControl/UserInfoDetail';
      await sendJson(terminal, 'PUT', `${detail}/Delete`, { UserInfoDetail: { mode: 'all' } });
      const { document } = await sendJson(terminal, 'GET', `${detail}/DeleteProcess`);
      assert.deepEqual(document, { UserInfoDetailDeleteProcess: { status: 'processing' } });
      assert.deepEqual(numbers(terminal), ['1']);
    }));
});
