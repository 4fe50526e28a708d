import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createPerson, findPerson, type IfExists } from '../../../../core/isapi/operations/person.js';
import { inNoTime } from '../../../harness/clock.js';
import { personOf, withLab } from '../../../harness/proof/lab.js';
import { withScript } from '../../../harness/proof/scripted-terminal.js';

const DUPLICATES = [
  ['employeeNoAlreadyExist with HTTP 400', 400, { statusCode: 6, subStatusCode: 'employeeNoAlreadyExist' }],
  ['employeeNoAlreadyExist with HTTP 200', 200, { statusCode: 6, subStatusCode: 'employeeNoAlreadyExist' }],
  ['deviceUserAlreadyExist', 400, { statusCode: 4, subStatusCode: 'deviceUserAlreadyExist' }],
] as const;
const OK = { body: JSON.stringify({ statusCode: 1, subStatusCode: 'ok' }) };
const RECORD = 'POST /ISAPI/AccessControl/UserInfo/Record?format=json';
const MODIFY = 'PUT /ISAPI/AccessControl/UserInfo/Modify?format=json';

describe('create-user', () => {
  it('creates a person who can open the door', () =>
    withLab({}, async (lab) => {
      assert.equal(await lab.create('0007'), 'created');
      const [person] = lab.simulator.persons();
      assert.equal(person?.employeeNo, '0007');
      assert.equal(person.UserInfo['doorRight'], '1');
      assert.deepEqual(person.UserInfo['RightPlan'], [{ doorNo: 1, planTemplateNo: '1' }]);
    }));

  for (const [words, status, document] of DUPLICATES) {
    const duplicate = ({ path }: { path: string }): { status: number; body: string } =>
      path.includes('Record') ? { status, body: JSON.stringify(document) } : { status: 200, body: OK.body };
    for (const [ifExists, action, requests] of [
      ['update', 'updated', [RECORD, MODIFY]],
      ['keep', 'kept', [RECORD]],
    ] as [IfExists, string, string[]][]) {
      it(`${words}: ${ifExists} gives ${action}`, () =>
        withScript(duplicate, async (terminal, sent) => {
          assert.equal(await createPerson(terminal, personOf('1'), ifExists), action);
          assert.deepEqual(sent, requests);
        }));
    }

    it(`${words}: error gives the terminal's own words`, () =>
      withScript(duplicate, async (terminal) => {
        await assert.rejects(createPerson(terminal, personOf('1'), 'error'), { code: document.subStatusCode });
      }));
  }

  it('changes what Modify is given and leaves the face', () =>
    withLab({}, async (lab) => {
      await lab.create('1');
      await lab.bind('1', await lab.captureOf('Anna'));
      assert.equal(await createPerson(lab.terminal, personOf('1', { fullName: 'Anna B' }), 'update'), 'updated');
      const [person] = lab.simulator.persons();
      assert.equal(person?.name, 'Anna B');
      assert.equal(person.face, 'Anna');
    }));

  for (const ifExists of ['error', 'update', 'keep'] as const) {
    it(`looks a person up whose reply was lost, and reports created with ${ifExists}`, () =>
      withLab({}, async (lab) => {
        lab.simulator.fault({ kind: 'lost', at: 'person' });
        assert.equal(await lab.create('1', ifExists), 'created');
        const kinds = lab.simulator.counters.records.map(({ kind }) => kind);
        assert.deepEqual(kinds, ['person', 'search']);
        assert.equal(lab.events.filter(({ event }) => event === 'person created').length, 1);
      }));
  }

  it('sends a person again who is not there after a lost request', () =>
    withLab({ terminal: { retries: 1 } }, async (lab) => {
      lab.simulator.fault({ kind: 'reset', at: 'person' });
      assert.equal(await lab.create('1'), 'created');
      const kinds = lab.simulator.counters.records.map(({ kind }) => kind);
      assert.deepEqual(kinds, ['person', 'search', 'person']);
    }));

  it('reports created when the lookup failed too and the flow sends the message again', () =>
    withLab({}, async (lab) => {
      lab.simulator.fault({ kind: 'lost', at: 'person' });
      lab.simulator.fault({ kind: 'status', status: 500, at: 'search' });
      await assert.rejects(lab.create('1'));
      assert.equal(await lab.create('1'), 'created');
      assert.equal(lab.simulator.persons().length, 1);
    }));

  it('takes an empty 200 for unknown and looks', () =>
    withLab({}, async (lab) => {
      lab.simulator.fault({ kind: 'empty', at: 'person' });
      assert.equal(await lab.create('1'), 'created');
    }));

  it('waits while the terminal is busy', () =>
    inNoTime(() =>
      withLab({ terminal: { retries: 1 } }, async (lab) => {
        lab.simulator.fault({ kind: 'busy', at: 'person' });
        assert.equal(await lab.create('1'), 'created');
        assert.equal(lab.requests('person'), 2);
      }),
    ));

  it('finds nobody where the list is absent', () =>
    withLab({}, async (lab) => {
      assert.equal(await findPerson(lab.terminal, '404'), undefined);
    }));
});
