import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ModelName, SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import { eventsOf, sendJson, withTerminal, withoutTime } from '../../../harness/terminal/raw-client.js';

const ACCESS = '/ISAPI/AccessControl';

type Document = Record<string, unknown>;
type Outcome = [number, unknown, unknown];

async function ask(terminal: SimulatedTerminal, method: string, path: string, body: unknown): Promise<Outcome> {
  const { status, document } = await sendJson(terminal, method, `${ACCESS}/CardInfo/${path}`, body);
  return [status, document['subStatusCode'], document['errorMsg']];
}

const record = (
  terminal: SimulatedTerminal,
  employeeNo: string,
  cardNo: string,
  more: Document = {},
): Promise<Outcome> =>
  ask(terminal, 'POST', 'Record', { CardInfo: { employeeNo, cardNo, cardType: 'normalCard', ...more } });
const setUp = (terminal: SimulatedTerminal, CardInfo: Document): Promise<Outcome> =>
  ask(terminal, 'PUT', 'SetUp', { CardInfo });
const remove = (terminal: SimulatedTerminal, CardInfoDelCond: Document): Promise<Outcome> =>
  ask(terminal, 'PUT', 'Delete', { CardInfoDelCond });

async function search(terminal: SimulatedTerminal, cond: Document = {}): Promise<[unknown, unknown, unknown[]]> {
  const CardInfoSearchCond = { searchID: '1', maxResults: 30, searchResultPosition: 0, ...cond };
  const { document } = await sendJson(terminal, 'POST', `${ACCESS}/CardInfo/Search`, { CardInfoSearchCond });
  const {
    responseStatusStrg,
    totalMatches,
    CardInfo = [],
  } = document['CardInfoSearch'] as {
    responseStatusStrg: string;
    totalMatches: number;
    CardInfo?: Document[];
  };
  return [responseStatusStrg, totalMatches, CardInfo.map(({ cardNo }) => cardNo)];
}

function withPersons(
  numbers: string[],
  work: (terminal: SimulatedTerminal) => Promise<void>,
  model: ModelName = 'DS-K1T323',
): Promise<void> {
  return withTerminal({ model }, async (terminal) => {
    for (const employeeNo of numbers) {
      await sendJson(terminal, 'POST', `${ACCESS}/UserInfo/Record`, { UserInfo: { employeeNo } });
    }
    await work(terminal);
  });
}

const cardsOf = (terminal: SimulatedTerminal): string[][] => terminal.persons().map(({ cards }) => cards);

const OK: Outcome = [200, 'ok', undefined];

describe('the cards of a simulated terminal', () => {
  it('are recorded, emitted, counted, and numbered with their person', () =>
    withPersons(['1', '2'], async (terminal) => {
      const events = eventsOf(terminal);
      assert.deepEqual(await record(terminal, '1', '0012345678'), OK);
      assert.deepEqual(cardsOf(terminal), [['0012345678'], []]);
      assert.deepEqual(events.map(withoutTime), [{ event: 'card added', employeeNo: '1', cardNo: '0012345678' }]);
      const count = async (path: string): Promise<Document> =>
        (await sendJson(terminal, 'GET', `${ACCESS}/${path}/Count`)).document;
      assert.deepEqual(await count('CardInfo'), { CardInfoCount: { cardNumber: 1 } });
      assert.equal(((await count('UserInfo'))['UserInfoCount'] as Document)['bindCardUserNumber'], 1);
      assert.equal(terminal.persons()[0]?.UserInfo['numOfCard'], 1);
    }));

  it('are five a person', () =>
    withPersons(['1'], async (terminal) => {
      for (const cardNo of ['1', '2', '3', '4', '5']) assert.deepEqual(await record(terminal, '1', cardNo), OK);
      assert.deepEqual(await record(terminal, '1', '6'), [400, 'deviceCardFull', 'cardNo']);
      assert.deepEqual(await setUp(terminal, { employeeNo: '1', cardNo: '6' }), [400, 'deviceCardFull', 'cardNo']);
      assert.deepEqual(cardsOf(terminal), [['1', '2', '3', '4', '5']]);
    }));

  it('belong to one person', () =>
    withPersons(['1', '2'], async (terminal) => {
      await record(terminal, '1', '77');
      const refused = [400, 'cardNoAlreadyExist', 'cardNo'];
      assert.deepEqual(await record(terminal, '2', '77'), refused);
      assert.deepEqual(await setUp(terminal, { employeeNo: '2', cardNo: '77' }), refused);
      assert.deepEqual(await setUp(terminal, { employeeNo: '2', cardNo: '77', deleteCard: true }), refused);
      const other = { CardInfo: { employeeNo: '2', cardNo: '77' } };
      assert.deepEqual(await ask(terminal, 'PUT', 'Modify', other), refused);
      assert.deepEqual(cardsOf(terminal), [['77'], []]);
    }));

  it('are set up, changed and deleted by SetUp, as often as it is repeated', () =>
    withPersons(['1'], async (terminal) => {
      const card = { employeeNo: '1', cardNo: '77' };
      for (const time of [1, 2]) assert.deepEqual(await setUp(terminal, card), OK, `time ${time}`);
      assert.deepEqual(cardsOf(terminal), [['77']]);
      for (const time of [1, 2]) {
        assert.deepEqual(await setUp(terminal, { ...card, deleteCard: true }), OK, `time ${time}`);
      }
      assert.deepEqual(cardsOf(terminal), [[]]);
    }));

  it('are changed by Modify, and refused by it when absent', () =>
    withPersons(['1'], async (terminal) => {
      const CardInfo = { employeeNo: '1', cardNo: '77', cardType: 'superCard' };
      assert.deepEqual(await ask(terminal, 'PUT', 'Modify', { CardInfo }), [400, 'cardNoNotExist', 'cardNo']);
      await record(terminal, '1', '77');
      assert.deepEqual(await ask(terminal, 'PUT', 'Modify', { CardInfo }), OK);
      const CardInfoSearchCond = { searchID: '1', maxResults: 30, searchResultPosition: 0 };
      const { document } = await sendJson(terminal, 'POST', `${ACCESS}/CardInfo/Search`, { CardInfoSearchCond });
      assert.deepEqual((document['CardInfoSearch'] as Document)['CardInfo'], [CardInfo]);
    }));

  it('are deleted by number, by person, and all of them without a list', () =>
    withPersons(['1', '2'], async (terminal) => {
      for (const [employeeNo, cardNo] of [
        ['1', '11'],
        ['1', '12'],
        ['2', '21'],
        ['2', '22'],
      ] as const) {
        await record(terminal, employeeNo, cardNo);
      }
      assert.deepEqual(await remove(terminal, { CardNoList: [{ cardNo: '11' }, { cardNo: '99' }] }), OK);
      assert.deepEqual(cardsOf(terminal), [['12'], ['21', '22']]);
      assert.deepEqual(await remove(terminal, { EmployeeNoList: [{ employeeNo: '2' }] }), OK);
      assert.deepEqual(cardsOf(terminal), [['12'], []]);
      assert.deepEqual(await remove(terminal, {}), OK);
      assert.deepEqual(cardsOf(terminal), [[], []]);
    }));

  it('go with their person', () =>
    withPersons(['1', '2'], async (terminal) => {
      await record(terminal, '1', '77');
      const UserInfoDelCond = { EmployeeNoList: [{ employeeNo: '1' }] };
      await sendJson(terminal, 'PUT', `${ACCESS}/UserInfo/Delete`, { UserInfoDelCond });
      assert.deepEqual(await search(terminal), ['NO MATCH', 0, []]);
      assert.deepEqual(await record(terminal, '2', '77'), OK);
    }));

  for (const [model, most] of [
    ['DS-K1T323', 10],
    ['DS-K1T343EFWX', 30],
  ] as [ModelName, number][]) {
    it(`are found ${most} a page on ${model}, whoever asks for more`, () =>
      withPersons(
        ['1', '2', '3', '4', '5', '6', '7'],
        async (terminal) => {
          const all: string[] = [];
          for (let index = 0; index < 35; index += 1) {
            all.push(String(100 + index));
            await record(terminal, String(1 + (index % 7)), String(100 + index));
          }
          assert.deepEqual(await search(terminal, { maxResults: 50 }), ['MORE', 35, all.slice(0, most)]);
          assert.deepEqual(await search(terminal, { searchResultPosition: 30 }), ['OK', 35, all.slice(30)]);
        },
        model,
      ));
  }

  it('are found by number and by person', () =>
    withPersons(['1', '2'], async (terminal) => {
      await record(terminal, '1', '77');
      await record(terminal, '2', '88');
      assert.deepEqual(await search(terminal, { EmployeeNoList: [{ employeeNo: '2' }] }), ['OK', 1, ['88']]);
      assert.deepEqual(await search(terminal, { CardNoList: [{ cardNo: '77' }, { cardNo: '9' }] }), ['OK', 1, ['77']]);
      assert.deepEqual(await search(terminal, { EmployeeNoList: [{ employeeNo: '9' }] }), ['NO MATCH', 0, []]);
    }));

  for (const [mistake, CardInfo, subStatusCode, errorMsg] of [
    ['nobody', { cardNo: '1' }, 'MessageParametersLack', 'employeeNo'],
    ['a person who is not there', { employeeNo: '9', cardNo: '1' }, 'employeeNoNotExist', 'employeeNo'],
    ['no number', { employeeNo: '1' }, 'MessageParametersLack', 'cardNo'],
    ['a number that is no text', { employeeNo: '1', cardNo: 1 }, 'badJsonContent', 'cardNo'],
    ['a blank in the number', { employeeNo: '1', cardNo: '1 2' }, 'badJsonContent', 'cardNo'],
    ['an unknown type', { employeeNo: '1', cardNo: '1', cardType: 'gold' }, 'badJsonContent', 'cardType'],
  ] as [string, Document, string, string][]) {
    it(`are refused with ${mistake}`, () =>
      withPersons(['1'], async (terminal) => {
        assert.deepEqual(await ask(terminal, 'POST', 'Record', { CardInfo }), [400, subStatusCode, errorMsg]);
        assert.deepEqual(cardsOf(terminal), [[]]);
      }));
  }

  it('are forgotten by reset', () =>
    withPersons(['1'], async (terminal) => {
      await record(terminal, '1', '77');
      terminal.reset();
      assert.deepEqual(await search(terminal), ['NO MATCH', 0, []]);
    }));

  it('are refused with notSupport by a model that knows none', () =>
    withPersons(
      ['1'],
      async (terminal) => {
        assert.deepEqual(await record(terminal, '1', '77'), [404, 'notSupport', 'notSupport']);
        for (const path of ['Count', 'capabilities']) {
          assert.equal((await sendJson(terminal, 'GET', `${ACCESS}/CardInfo/${path}`)).status, 404);
        }
      },
      'DS-K1T341AMF',
    ));
});
