import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  MODELS,
  type Model,
  type ModelName,
  type SimulatedTerminal,
} from '../../../../simulator/simulated-terminal.js';
import { sendJson, withTerminal } from '../../../harness/terminal/raw-client.js';

const USER_INFO = '/ISAPI/AccessControl/UserInfo';

type Document = Record<string, unknown>;

/** What Search shows of person 1 after this was recorded. */
async function shown(terminal: SimulatedTerminal, given: Document): Promise<Document> {
  const UserInfo = { employeeNo: '1', ...given };
  assert.equal((await sendJson(terminal, 'POST', `${USER_INFO}/Record`, { UserInfo })).status, 200);
  return found(terminal);
}

async function found(terminal: SimulatedTerminal): Promise<Document> {
  const UserInfoSearchCond = { searchID: '1', maxResults: 30, searchResultPosition: 0 };
  const { document } = await sendJson(terminal, 'POST', `${USER_INFO}/Search`, { UserInfoSearchCond });
  const [person] = (document['UserInfoSearch'] as { UserInfo: [Document] }).UserInfo;
  return person;
}

const VALID = { enable: true, beginTime: '2026-01-01T00:00:00', endTime: '2030-01-01T00:00:00', timeType: 'local' };
const RIGHTS = { doorRight: '1', RightPlan: [{ doorNo: 1, planTemplateNo: '1' }] };

describe('what a simulated terminal makes of a person', () => {
  for (const [model, written] of [
    ['DS-K1T341CMFW', 'Я'.repeat(31)],
    // Bytes of half a character.
    ['DS-K1T342MX-E1', `${'Я'.repeat(31)}\uFFFD`],
    ['DS-K1T343EFWX', 'Я'.repeat(40)],
  ] as [ModelName, string][]) {
    it(`is a name of ${written.length} characters on ${model}, of a longer one`, () =>
      withTerminal({ model }, async (terminal) => {
        const name = `a${'Я'.repeat(40)}`;
        assert.equal((await shown(terminal, { name }))['name'], `a${written}`);
      }));
  }

  it('is a time with a zone on DS-K1T673DX, which understands such a time', () =>
    withTerminal({ model: 'DS-K1T673DX' }, async (terminal) => {
      const { Valid } = await shown(terminal, { Valid: VALID });
      const zoned = { ...VALID, beginTime: '2026-01-01T00:00:00+05:00', endTime: '2030-01-01T00:00:00+05:00' };
      assert.deepEqual(Valid, zoned);
      const UserInfo = { employeeNo: '1', Valid: { ...VALID, beginTime: '2025-12-31T22:00:00+03:00' } };
      assert.equal((await sendJson(terminal, 'PUT', `${USER_INFO}/Modify`, { UserInfo })).status, 200);
      assert.deepEqual((await found(terminal))['Valid'], zoned);
    }));

  it('is numbers as text on DS-K1T341AMF, which understands them', () =>
    withTerminal({ model: 'DS-K1T341AMF' }, async (terminal) => {
      const person = await shown(terminal, { ...RIGHTS, groupId: 7 });
      const { groupId, numOfFace, numOfCard, RightPlan } = person;
      assert.deepEqual([groupId, numOfFace, numOfCard], ['7', '0', '0']);
      assert.deepEqual(RightPlan, [{ doorNo: '1', planTemplateNo: '1' }]);
      assert.equal((await sendJson(terminal, 'PUT', `${USER_INFO}/Modify`, { UserInfo: person })).status, 200);
      assert.deepEqual(terminal.persons()[0]?.doors, [1]);
    }));

  for (const model of ['DS-K1T323', 'DS-K1T342MFX-E1'] as const) {
    it(`is a Valid with enable false on ${model}, for a person without one`, () =>
      withTerminal({ model }, async (terminal) => {
        const { Valid } = await shown(terminal, {});
        assert.equal((Valid as Document)['enable'], false);
        const UserInfo = { employeeNo: '1', Valid: VALID };
        await sendJson(terminal, 'PUT', `${USER_INFO}/Modify`, { UserInfo });
        assert.deepEqual((await found(terminal))['Valid'], VALID);
      }));
  }

  it('is a refusal of a number with a hyphen, a dot or an underscore on DS-K1T341CMFW', () =>
    withTerminal({ model: 'DS-K1T341CMFW' }, async (terminal) => {
      for (const employeeNo of ['1-2', '1.2', '1_2']) {
        const { document } = await sendJson(terminal, 'POST', `${USER_INFO}/Record`, { UserInfo: { employeeNo } });
        assert.equal(document['subStatusCode'], 'illegalEmployeeNo');
      }
    }));

  for (const name of Object.keys(MODELS) as ModelName[]) {
    const model: Model = MODELS[name];
    if (model.absent[`${USER_INFO}/Search`] !== undefined) continue;
    it(`can be written back as it was read, on ${name}`, () =>
      withTerminal({ model: name }, async (terminal) => {
        const before = await shown(terminal, { ...RIGHTS, name: 'Я'.repeat(60), Valid: VALID, groupId: 3 });
        assert.equal((await sendJson(terminal, 'PUT', `${USER_INFO}/SetUp`, { UserInfo: before })).status, 200);
        assert.deepEqual(await found(terminal), before);
      }));
  }
});
