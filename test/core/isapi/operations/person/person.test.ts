import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createPerson, findPerson, type IfExists } from '../../../../../core/isapi/operations/person/person.js';
import { changedPerson, type PersonChange } from '../../../../../core/isapi/operations/person/person-change.js';
import { inNoTime } from '../../../../harness/clock.js';
import { personOf, withLab } from '../../../../harness/proof/lab.js';
import { withScript } from '../../../../harness/proof/scripted-terminal.js';

const DUPLICATES = [
  ['employeeNoAlreadyExist with HTTP 400', 400, { statusCode: 6, subStatusCode: 'employeeNoAlreadyExist' }],
  ['employeeNoAlreadyExist with HTTP 200', 200, { statusCode: 6, subStatusCode: 'employeeNoAlreadyExist' }],
  ['deviceUserAlreadyExist', 400, { statusCode: 4, subStatusCode: 'deviceUserAlreadyExist' }],
] as const;
const OK = { body: JSON.stringify({ statusCode: 1, subStatusCode: 'ok' }) };
const RECORD = 'POST /ISAPI/AccessControl/UserInfo/Record?format=json';
const SEARCH = 'POST /ISAPI/AccessControl/UserInfo/Search?format=json';
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
      // A terminal that does not show the person is not asked to again.
      ['update', 'updated', [RECORD, SEARCH, MODIFY]],
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

  describe('changing somebody whom the terminal does not show', () => {
    const duplicate = { status: 400, body: '{"statusCode":6,"subStatusCode":"employeeNoAlreadyExist"}' };
    const absent = { status: 404, body: '' };
    const answers =
      (bodies: string[]) =>
      ({ path, body }: { path: string; body: string }) => {
        if (path.includes('Modify')) bodies.push(body);
        return path.includes('Record') ? duplicate : path.includes('Search') ? absent : OK;
      };
    const end = '2037-01-31T00:00:00';
    const begin = '2026-01-01T00:00:00';

    for (const [words, change, written] of [
      ['the name alone', {}, {}],
      ['a department', { groupId: 4 }, { groupId: 4 }],
      ['no door', { doors: [] }, { doorRight: '', RightPlan: [] }],
      [
        'doors with their schedules',
        { doors: [2], schedules: ['5'] },
        { doorRight: '2', RightPlan: [{ doorNo: 2, planTemplateNo: '5' }] },
      ],
      [
        'a whole validity',
        { enabled: false, beginTime: begin, endTime: end },
        { Valid: { enable: false, beginTime: begin, endTime: end } },
      ],
    ] as const) {
      it(`writes ${words}, and nothing that nobody asked for`, () => {
        const bodies: string[] = [];
        return withScript(answers(bodies), async (terminal) => {
          const options = { change: { name: 'Anna', ...change } as PersonChange };
          assert.equal(await createPerson(terminal, personOf('1'), 'update', options), 'updated');
          const UserInfo = { employeeNo: '1', name: 'Anna', ...written };
          assert.deepEqual(
            bodies.map((body) => JSON.parse(body) as unknown),
            [{ UserInfo }],
          );
        });
      });
    }

    for (const [words, change] of [
      ['doors', { doors: [2] }],
      ['schedules', { schedules: ['2'] }],
      ['an end', { endTime: end }],
      ['the validity without saying who may enter', { beginTime: begin, endTime: end }],
    ] as [string, Partial<PersonChange>][]) {
      it(`refuses ${words}, since the rest would be a guess`, () => {
        const bodies: string[] = [];
        return withScript(answers(bodies), async (terminal) => {
          const options = { change: { name: 'Anna', ...change } };
          await assert.rejects(createPerson(terminal, personOf('1'), 'update', options), {
            reason: 'personUnreadable',
          });
          assert.deepEqual(bodies, []);
        });
      });
    }

    it('says so where a lost reply leaves it open whether the person is new', () =>
      withScript(
        ({ path }) => (path.includes('Record') ? 'lost' : absent),
        async (terminal) => {
          await assert.rejects(createPerson(terminal, personOf('1'), 'error'), { code: 'UNREACHABLE' });
        },
      ));
  });

  describe('changing somebody whom the terminal shows', () => {
    const person = {
      ...{ employeeNo: '1', name: 'Anna', userType: 'normal', doorRight: '1,2,3', numOfFace: 1 },
      ...{ faceURL: 'http://terminal/LOCALS/pic/enrlFace/0/0000000002.jpg@WEB000000000010', closeDelayEnabled: true },
      RightPlan: [
        { doorNo: 1, planTemplateNo: '3' },
        { doorNo: 2, planTemplateNo: '3' },
      ],
      Valid: { enable: false, beginTime: '2026-01-01T00:00:00', endTime: '2036-12-31T23:59:59', timeType: 'UTC' },
    };
    const changed = (change: Partial<PersonChange>): object =>
      changedPerson('1', person, { name: 'Anna', usualSchedules: ['1'], ...change });
    const kept = Object.fromEntries(
      Object.entries(person).filter(([name]) => !['numOfFace', 'faceURL'].includes(name)),
    );

    it('writes the rest as it was, but for what only the terminal says', () => {
      assert.deepEqual(changed({}), kept);
    });

    it('gives a new door the schedule of the others', () => {
      const RightPlan = [...person.RightPlan, { doorNo: 4, planTemplateNo: '3' }];
      assert.deepEqual(changed({ doors: [1, 2, 4] }), { ...kept, doorRight: '1,2,4', RightPlan });
    });

    it('gives no schedule to a door that could not be opened', () => {
      const RightPlan = [1, 2].map((doorNo) => ({ doorNo, planTemplateNo: '5' }));
      assert.deepEqual(changed({ schedules: ['5'] }), { ...kept, RightPlan });
    });

    it('refuses schedules that do not fit the doors, and an end before the beginning', () => {
      assert.throws(() => changed({ schedules: ['5', '6', '7'] }), { reason: 'input.scheduleCount' });
      assert.throws(() => changed({ endTime: '2025-12-31T00:00:00' }), { reason: 'input.endBeforeBegin' });
    });

    it('merges extra inside objects too', () => {
      const Valid = { ...person.Valid, endTime: '2030-01-01T00:00:00' };
      assert.deepEqual(changed({ extra: { Valid: { endTime: Valid.endTime } } }), { ...kept, Valid });
    });

    it('reads back, and names what is not as it was written', () =>
      withLab({}, async (lab) => {
        await lab.create('1');
        const { terminal } = lab;
        const change = { name: 'Anna', groupId: 4, enabled: false };
        assert.equal(await createPerson(terminal, personOf('1'), 'update', { change }), 'updated');
        assert.equal(lab.requests('search'), 2);
      }));

    it('fails where the terminal keeps what it had', () =>
      withScript(
        ({ path }) => {
          if (path.includes('Record')) {
            return { status: 400, body: '{"statusCode":6,"subStatusCode":"employeeNoAlreadyExist"}' };
          }
          return path.includes('Search') ? { body: JSON.stringify({ UserInfoSearch: { UserInfo: [person] } }) } : OK;
        },
        async (terminal) => {
          for (const [change, field] of [
            [{ doors: [1] }, 'doorRight'],
            [{ enabled: true }, 'Valid.enable'],
            [{ endTime: '2030-01-01T00:00:00' }, 'Valid.endTime'],
            [{ userType: 'visitor' }, 'userType'],
          ] as const) {
            const options = { change: { name: 'Anna', ...change } as PersonChange };
            const failing = createPerson(terminal, personOf('1'), 'update', options);
            await assert.rejects(failing, { code: 'NOT_VERIFIED', params: { employeeNo: '1', field } });
          }
        },
      ));
  });

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
