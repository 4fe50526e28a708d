import assert from 'node:assert/strict';

import { MODELS, parseFault, type Model, type ModelName } from '../../../../simulator/simulated-terminal.js';
import { people, SyncLab } from '../../../harness/sync/sync-lab.js';

/** More than two pages of 30. */
const MANY = 70;

describe('a terminal is read for a sync', () => {
  for (const kind of ['skipped', 'repeated', 'total'] as const) {
    it(`again where its list moves meanwhile: ${kind}`, () =>
      SyncLab.run({}, async (lab) => {
        await lab.converge(people(MANY), { maxRemovals: MANY });
        lab.lab.simulator.fault({ kind, times: 1 });
        const result = await lab.converge(people(MANY), { full: true, scope: 'all' });
        assert.deepEqual([result.unchanged, result.foreign, result.removed], [MANY, 0, 0]);
        // The count, and again the count after the walk that was given up; three pages of the second.
        assert.ok(result.requests >= 1 + 1 + 1 + 3, String(result.requests));
      }));
  }

  for (const kind of ['skipped', 'repeated', 'missing', 'total'] as const) {
    it(`never to the end where its list moves all the time: ${kind}; then nothing is written`, () =>
      SyncLab.run({}, async (lab) => {
        await lab.converge(people(MANY), { maxRemovals: MANY });
        lab.changes();
        lab.lab.simulator.fault({ kind, times: 1000 });
        const fewer = [
          { employeeNo: '1', name: 'Changed' },
          { employeeNo: '200', name: 'New' },
        ];
        await assert.rejects(lab.sync(fewer, { full: true, scope: 'all', maxRemovals: 1000 }), {
          code: 'LIST_INCOMPLETE',
        });
        assert.deepEqual(lab.changes(), []);
      }));
  }

  it('to the end where a page has fewer persons than were asked for', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(MANY));
      lab.lab.simulator.fault({ kind: 'short', times: 2 });
      const result = await lab.converge(people(MANY), { full: true });
      assert.deepEqual([result.found, result.unchanged], [MANY, MANY]);
    }));

  it('whole where somebody was added or removed by hand', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(3), { scope: 'all' });
      lab.lab.simulator.edit({ person: { employeeNo: '50', name: 'By hand' } });
      const result = await lab.converge(people(3), { scope: 'all' });
      assert.deepEqual([result.look, result.removed, lab.numbers], ['full', 1, ['1', '2', '3']]);
      lab.lab.simulator.edit({ remove: '2' });
      assert.deepEqual((await lab.converge(people(3), { scope: 'all' })).created, 1);
    }));

  it('whole where that is asked for: a name that was changed by hand changes no count', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(3));
      lab.lab.simulator.edit({ person: { employeeNo: '2', name: 'By hand' } });
      assert.equal((await lab.converge(people(3))).updated, 0);
      assert.equal((await lab.converge(people(3), { full: true })).updated, 1);
      assert.equal(lab.person('2').name, 'Person 2');
    }));

  it('again just before somebody is changed: what somebody else has taken meanwhile is not given back', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(3, () => ({ doorRight: '1', groupId: 1 })));
      // At the second search: behind the walk, before the change is sent.
      lab.lab.simulator.fault({ kind: 'slow', at: 'search', seconds: 0 });
      const edit = { person: { employeeNo: '2', doorRight: '', RightPlan: [] } };
      lab.lab.simulator.fault(parseFault({ kind: 'edit', edit }));
      await lab.sync(
        people(3, () => ({ doorRight: undefined, name: 'Renamed' })),
        { full: true },
      );
      assert.deepEqual([lab.person('2').name, lab.person('2').doors], ['Renamed', []]);
    }));

  for (const model of Object.keys(MODELS) as ModelName[]) {
    const { absent }: Model = MODELS[model];
    if (absent['/ISAPI/AccessControl/UserInfo/Search'] !== undefined) continue;

    it(`and long names, times, groups and doors are found as they were written, on ${model}`, () =>
      SyncLab.run({ simulator: { model } }, async (lab) => {
        const long = 'Очень длинное имя человека, которое не помещается на терминал целиком, и ещё немного';
        const list = [
          { employeeNo: '1', name: long, groupId: 3, doorRight: '1', planTemplateNo: '1', gender: 'female' },
          {
            employeeNo: '2',
            name: `${long} Б`,
            beginTime: '2026-01-01T00:00:00',
            endTime: '2030-12-31T23:59:59',
            doorRight: '1',
          },
          { employeeNo: '3', name: 'Short', doorRight: '', userType: 'visitor' },
          { employeeNo: '0004', name: '', endTime: '2020-01-01T00:00:00' },
        ].map((person) => (person.name === '' ? { ...person, name: 'Left' } : person));
        assert.equal((await lab.converge(list)).created, 4);
        lab.changes();
        const again = await lab.converge(list, { full: true });
        assert.deepEqual([again.updated, again.unchanged, lab.changes()], [0, 4, []]);
        // Somebody who was made by hand, without a Valid: a model may show it with enable false.
        lab.lab.simulator.edit({ person: { employeeNo: '9', name: 'By hand' } });
        const other = await lab.converge([...list, { employeeNo: '9', name: 'By hand' }], { full: true });
        assert.deepEqual([other.updated, other.unchanged], [0, 5]);
      }));
  }

  it('where nonces die in the middle of the list', () =>
    SyncLab.run(
      {
        simulator: { model: 'DS-K1T323', username: 'admin', password: 'secret-123' },
        terminal: { credentials: { username: 'admin', password: 'secret-123' }, retries: 2 },
      },
      async (lab) => {
        await lab.converge(people(MANY), { maxRemovals: 0 });
        assert.equal((await lab.converge(people(MANY), { full: true })).unchanged, MANY);
        assert.equal(lab.lab.simulator.counters.signedRejections, 0);
      },
    ));

  it('whole where its file of what is remembered is spoilt, or says what it does not', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(2));
      for (const content of [
        '',
        '{',
        '[]',
        'null',
        '{"serial":1}',
        '{"serial":"x","faces":[["1"]]}',
        '{"serial":"DS","faces":{}}',
      ]) {
        await lab.spoil(content);
        assert.equal((await lab.converge(people(2))).look, 'full', content);
        assert.equal((await lab.converge(people(2))).look, 'quick', content);
      }
    }));
});
