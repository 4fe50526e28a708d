import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../../../../core/errors/hikvision-error.js';
import {
  findPerson,
  isThisPerson,
  overwritePerson,
  storePerson,
  type StoredPerson,
} from '../../../../../core/isapi/operations/person/person.js';
import type { Tree } from '../../../../../core/isapi/protocol/document.js';
import { inNoTime } from '../../../../harness/clock.js';
import { failureOf } from '../../../../harness/failure-of.js';
import { personOf, withLab } from '../../../../harness/proof/lab.js';
import { withScript } from '../../../../harness/proof/scripted-terminal.js';

const OK = { body: JSON.stringify({ statusCode: 1, subStatusCode: 'ok' }) };
const DUPLICATE = { status: 400, body: '{"statusCode":6,"subStatusCode":"employeeNoAlreadyExist"}' };
const TROUBLE = { status: 503, body: '' };
const RECORD = 'POST /ISAPI/AccessControl/UserInfo/Record?format=json';
const SEARCH = 'POST /ISAPI/AccessControl/UserInfo/Search?format=json';
const MODIFY = 'PUT /ISAPI/AccessControl/UserInfo/Modify?format=json';

const found = (...people: unknown[]): { body: string } => ({
  body: JSON.stringify({ UserInfoSearch: { responseStatusStrg: 'OK', UserInfo: people } }),
});

type Answer = { status?: number; body: string } | 'lost' | 'silent';

/** Gives the answers of each call in order, the last one again and again. */
function inTurn(answers: { Record?: Answer[]; Search?: Answer[]; Modify?: Answer[] }) {
  const left = {
    Record: [...(answers.Record ?? [])],
    Search: [...(answers.Search ?? [])],
    Modify: answers.Modify ?? [],
  };
  return ({ path }: { path: string }): Answer => {
    const verb = /Record|Search|Modify/.exec(path)?.[0] as keyof typeof left;
    const [next] = left[verb].length > 1 ? left[verb].splice(0, 1) : left[verb];
    return next ?? OK;
  };
}

describe('storing a person', () => {
  const person = personOf('1');
  const stored = { ...person };

  it('is certain of a person whom the terminal says it created', () =>
    withScript(inTurn({}), async (terminal, requests) => {
      assert.deepEqual(await storePerson(terminal, person, 'error'), { action: 'created', certain: true });
      assert.deepEqual(requests, [RECORD]);
    }));

  for (const [words, answers, expected] of [
    ['found after a lost reply', { Record: ['lost'], Search: [found(stored)] }, 'created'],
    ['found after an empty answer', { Record: [{ body: '' }], Search: [found(stored)] }, 'created'],
    ['who was there', { Record: [DUPLICATE], Search: [found(stored)] }, 'updated'],
  ] as [string, Parameters<typeof inTurn>[0], StoredPerson['action']][]) {
    it(`is not certain that a person is its own ${words}`, () =>
      withScript(inTurn(answers), async (terminal) => {
        const change = { name: person.name };
        const outcome = await storePerson(terminal, person, 'update', { change });
        assert.deepEqual(outcome, { action: expected, certain: false });
      }));
  }

  it('is not certain either where only the second message finds out what came of the first', () =>
    withScript(inTurn({ Record: ['lost', DUPLICATE], Search: [TROUBLE, found(stored)] }), async (terminal) => {
      await failureOf(storePerson(terminal, person, 'error'));
      assert.deepEqual(await storePerson(terminal, person, 'error'), { action: 'created', certain: false });
    }));

  it('does not take somebody else of the number for the person whose reply was lost', () =>
    withScript(
      inTurn({ Record: ['lost', DUPLICATE], Search: [TROUBLE, found({ ...stored, name: 'Boris' })] }),
      async (terminal) => {
        await failureOf(storePerson(terminal, person, 'error'));
        await assert.rejects(storePerson(terminal, person, 'error'), { code: 'employeeNoAlreadyExist' });
      },
    ));

  it('does not take somebody else of the number for the person of an unanswered request', () =>
    withScript(inTurn({ Record: ['lost'], Search: [found({ ...stored, name: 'Boris' })] }), async (terminal) => {
      await assert.rejects(storePerson(terminal, person, 'error'), { code: 'UNREACHABLE', delivery: 'unknown' });
    }));

  for (const [retries, sent] of [
    [0, 1],
    [1, 2],
  ] as const) {
    it(`sends a person who is not there ${sent} times where a terminal has ${retries} retries`, () =>
      inNoTime(() =>
        withLab({ terminal: { retries } }, async (lab) => {
          lab.simulator.fault({ kind: 'reset', at: 'person', times: sent });
          assert.equal((await failureOf(lab.create('1'))).cause.operation, 'create person');
          const kinds = lab.simulator.counters.records.map(({ kind }) => kind);
          assert.deepEqual(kinds, Array.from({ length: sent }, () => ['person', 'search']).flat());
          assert.deepEqual(lab.simulator.persons(), []);
        }),
      ));
  }

  it('says of an empty answer that it may be worth another try', () =>
    withScript(inTurn({ Record: [{ body: '' }], Search: [found()] }), async (terminal) => {
      const { code, delivery, cause } = await failureOf(storePerson(terminal, person, 'error'));
      assert.deepEqual([code, delivery, cause.retryable], ['BAD_REPLY', 'unknown', true]);
    }));

  it('looks nobody up after a refusal', () =>
    withScript(
      inTurn({ Record: [{ status: 400, body: '{"statusCode":6,"subStatusCode":"badJsonContent"}' }] }),
      async (terminal, requests) => {
        await assert.rejects(storePerson(terminal, person, 'update'), { code: 'badJsonContent', delivery: 'answered' });
        assert.deepEqual(requests, [RECORD]);
      },
    ));

  it('looks nobody up once it was given up', () => {
    const stop = new AbortController();
    const script = (): Answer => {
      stop.abort(HikvisionError.of('cancelled'));
      return 'silent';
    };
    return withScript(script, async (terminal, requests) => {
      const { code, cause } = await failureOf(storePerson(terminal, person, 'error', { signal: stop.signal }));
      assert.deepEqual([code, cause.operation], ['CANCELLED', 'create person']);
      assert.deepEqual(requests, [RECORD]);
    });
  });

  for (const [words, write] of [
    ['creating', storePerson],
    ['overwriting', (terminal, tree, _, options) => overwritePerson(terminal, { ...tree }, options)],
  ] as [string, (...given: Parameters<typeof storePerson>) => Promise<unknown>][]) {
    it(`sends nothing where ${words} is forbidden at the last moment`, () =>
      withScript(inTurn({}), async (terminal, requests) => {
        const beforeSending = (): void => {
          throw HikvisionError.of('superseded', { delivery: 'unsent' });
        };
        await assert.rejects(write(terminal, person, 'error', { beforeSending }), { code: 'FACE_SUPERSEDED' });
        assert.deepEqual(requests, []);
      }));
  }
});

describe('changing a person', () => {
  const person = personOf('1');
  const options = { change: { name: person.name, userType: 'visitor' } };

  it('writes nothing where the person could not be read', () =>
    withScript(inTurn({ Record: [DUPLICATE], Search: [TROUBLE] }), async (terminal, requests) => {
      const change = { ...options.change, doors: [] };
      await assert.rejects(storePerson(terminal, person, 'update', { change }), { reason: 'inTrouble' });
      assert.deepEqual(requests, [RECORD, SEARCH]);
    }));

  it('never changes the person with what the terminal shows of somebody else', () => {
    const bodies: string[] = [];
    const boris = { ...person, employeeNo: '2', doorRight: '1,2,3' };
    const answers = inTurn({ Record: [DUPLICATE], Search: [found(boris)] });
    const script = (request: { path: string; body: string }): Answer => {
      if (request.path.includes('Modify')) bodies.push(request.body);
      return answers(request);
    };
    return withScript(script, async (terminal) => {
      await storePerson(terminal, person, 'update', options);
      assert.deepEqual(
        bodies.map((body) => JSON.parse(body) as unknown),
        [{ UserInfo: { employeeNo: '1', name: person.name, userType: 'visitor' } }],
      );
    });
  });

  it('is answered, and may be tried again, where the terminal keeps what it had', () =>
    withScript(inTurn({ Record: [DUPLICATE], Search: [found(person)] }), async (terminal) => {
      const { code, delivery, cause, params } = await failureOf(storePerson(terminal, person, 'update', options));
      assert.deepEqual([code, delivery, cause.retryable], ['NOT_VERIFIED', 'answered', true]);
      assert.deepEqual(params, { employeeNo: '1', field: 'userType' });
      assert.deepEqual([cause.terminal, cause.operation], ['Lobby', 'update person']);
    }));

  it('is sent once more where its reply was lost', () =>
    inNoTime(() =>
      withLab({ terminal: { retries: 1 } }, async (lab) => {
        await lab.create('1');
        const [person] = lab.simulator.persons();
        const before = lab.requests('person');
        lab.simulator.fault({ kind: 'lost', at: 'person' });
        await overwritePerson(lab.terminal, { ...person?.UserInfo, name: 'Anna' });
        assert.equal(lab.requests('person') - before, 2);
        assert.equal(lab.simulator.persons()[0]?.name, 'Anna');
      }),
    ));

  it('overwrites a whole person by Modify', () => {
    const sent: unknown[] = [];
    const script = ({ method, path, body }: { method: string; path: string; body: string }): Answer => {
      sent.push(`${method} ${path}`, JSON.parse(body));
      return OK;
    };
    return withScript(script, async (terminal) => {
      await overwritePerson(terminal, { employeeNo: '1', name: 'Anna' });
      assert.deepEqual(sent, [MODIFY, { UserInfo: { employeeNo: '1', name: 'Anna' } }]);
    });
  });
});

describe('finding a person', () => {
  for (const [words, body] of [
    ['alone in the answer', { UserInfoSearch: { UserInfo: [{ employeeNo: '1', name: 'Anna' }] } }],
    ['beside other words', { statusCode: 1, UserInfoSearch: { UserInfo: [{ employeeNo: '1', name: 'Anna' }] } }],
    ['that is no list', { UserInfoSearch: { UserInfo: { employeeNo: '1', name: 'Anna' } } }],
    ['among others, and what is nobody', found(null, 5, { employeeNo: '2' }, { employeeNo: '1', name: 'Anna' })],
  ] as [string, object][]) {
    it(`finds them ${words}`, () =>
      withScript(
        () => ('body' in body ? (body as { body: string }) : { body: JSON.stringify(body) }),
        async (terminal) => {
          assert.deepEqual(await findPerson(terminal, '1'), { employeeNo: '1', name: 'Anna' });
        },
      ));
  }

  it('finds nobody where the terminal answers with others', () =>
    withScript(
      () => found({ employeeNo: '01', name: 'Anna' }, { employeeNo: '11', name: 'Anna' }),
      async (terminal) => assert.equal(await findPerson(terminal, '1'), undefined),
    ));

  it('ends as soon as it is given up', () => {
    const stop = new AbortController();
    const script = (): Answer => {
      stop.abort(HikvisionError.of('cancelled'));
      return 'silent';
    };
    return withScript(script, async (terminal) => {
      await assert.rejects(findPerson(terminal, '1', stop.signal), { code: 'CANCELLED' });
    });
  });
});

describe('whether a person who was found is the one that was written', () => {
  const person = personOf('1', { fullName: 'Anna', beginTime: '2026-01-01T00:00:00' });

  for (const [words, shown, isThis] of [
    ['of that name and beginning', person, true],
    ['whose beginning is shown with a zone', { ...person, Valid: { beginTime: '2026-01-01T00:00:00+08:00' } }, true],
    ['whose validity is not shown', { name: 'Anna' }, true],
    ['whose beginning is not shown', { name: 'Anna', Valid: { enable: true } }, true],
    ['of that name who began at another time', { ...person, Valid: { beginTime: '2025-01-01T00:00:00' } }, false],
    ['of another name', { ...person, name: 'Anna B' }, false],
    ['without a name', { Valid: person.Valid }, false],
  ] as [string, Tree, boolean][]) {
    it(`${isThis ? 'is' : 'is not'} one ${words}`, () => assert.equal(isThisPerson(shown, person), isThis));
  }
});
