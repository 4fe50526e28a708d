import assert from 'node:assert/strict';

import { facePicture, MODELS, type Model, type ModelName } from '../../../../simulator/simulated-terminal.js';
import { failuresOf, people, SyncLab } from '../../../harness/sync/sync-lab.js';

const face = (name: string): Buffer => facePicture(name);

describe('a list of persons on a terminal', () => {
  for (const model of Object.keys(MODELS) as ModelName[]) {
    const { absent, takesPicture }: Model = MODELS[model];
    if (absent['/ISAPI/AccessControl/UserInfo/Search'] !== undefined) {
      it(`is refused by ${model}, which cannot list its persons`, () =>
        SyncLab.run({ simulator: { model } }, async (lab) => {
          await lab.lab.create('7');
          lab.changes();
          for (const scope of ['listed', 'all'] as const) {
            const list = [...people(2), { employeeNo: '7', remove: true }];
            await assert.rejects(lab.sync(list, { scope }), { code: 'notSupport', reason: 'personsNotListed' });
          }
          assert.deepEqual(lab.changes(), []);
        }));
      continue;
    }
    it(`is there after one run on ${model}, and a second one changes nothing`, () =>
      SyncLab.run({ simulator: { model } }, async (lab) => {
        const list = people(3, (index) => ({
          endTime: '2030-01-01T00:00:00',
          ...(takesPicture ? { face: face(`F${index}`) } : {}),
        }));
        const first = await lab.converge(list);
        assert.deepEqual([first.created, first.faces.sent, first.look], [3, takesPicture ? 3 : 0, 'full']);
        assert.deepEqual(lab.numbers, ['1', '2', '3']);
        assert.equal(lab.person('2').face, takesPicture ? 'F2' : undefined);
        assert.deepEqual(lab.person('2').doors, [1]);
        lab.changes();
        for (const full of [true, false]) {
          const again = await lab.converge(list, { full });
          assert.deepEqual(
            [again.look, again.unchanged, again.created + again.updated],
            [full ? 'full' : 'quick', 3, 0],
          );
          assert.deepEqual([again.found, again.foreign, again.faces.sent], [3, 0, 0]);
          assert.deepEqual(lab.changes(), []);
        }
      }));
  }

  it('costs one request where nothing has changed', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(40));
      assert.equal((await lab.converge(people(40))).requests, 1);
      // Two pages of 30 at most, and the count.
      assert.equal((await lab.converge(people(40), { full: true })).requests, 3);
    }));

  it('changes of a person what it says, and nothing else', () =>
    SyncLab.run({}, async (lab) => {
      await lab.lab.create('1');
      const before = lab.person('1').UserInfo;
      const result = await lab.converge([{ employeeNo: '1', name: 'Person One', groupId: 7 }]);
      assert.deepEqual([result.updated, result.created], [1, 0]);
      const { UserInfo } = lab.person('1');
      assert.deepEqual({ ...UserInfo, name: '', groupId: 0 }, { ...before, name: '', groupId: 0 });
      assert.deepEqual([UserInfo['name'], UserInfo['groupId']], ['Person One', 7]);
    }));

  it('leaves those alone who are in no list, and says how many', () =>
    SyncLab.run({}, async (lab) => {
      await lab.lab.create('77');
      const result = await lab.converge(people(2));
      assert.deepEqual([result.foreign, result.removed, lab.numbers.includes('77')], [1, 0, true]);
      assert.equal((await lab.converge(people(2))).foreign, 1);
    }));

  it('that is everybody removes the others, in batches', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(60));
      const result = await lab.converge(people(5), { scope: 'all', maxRemovals: 55 });
      assert.deepEqual([result.removed, result.foreign, lab.numbers.length], [55, 55, 5]);
      const quick = await lab.converge(people(4), { scope: 'all' });
      assert.deepEqual([quick.look, quick.removed, lab.numbers.length], ['quick', 1, 4]);
    }));

  it('removes nobody where more would go than may', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(6));
      lab.changes();
      const fewer = [{ employeeNo: '1', name: 'Somebody else' }];
      await assert.rejects(lab.sync(fewer, { scope: 'all', maxRemovals: 4 }), {
        code: 'TOO_MANY_REMOVALS',
        params: { removals: 5, limit: 4, found: 6 },
      });
      const removals = people(6, () => ({ remove: true }));
      await assert.rejects(lab.sync(removals, { maxRemovals: 5 }), { code: 'TOO_MANY_REMOVALS' });
      assert.deepEqual(lab.changes(), []);
    }));

  it('that is empty removes nobody', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(2));
      for (const list of [[], [{ employeeNo: '9', remove: true }]]) {
        const result = await lab.sync(list, { scope: 'all' });
        assert.deepEqual([result.removed, result.converged, result.warnings[0]?.code], [0, false, 'EMPTY_LIST']);
      }
      assert.deepEqual(lab.numbers, ['1', '2']);
    }));

  it('removes who is marked, and only them', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(3, (index) => ({ face: face(`F${index}`) })));
      const list = [
        { employeeNo: '2', remove: true },
        { employeeNo: '8', remove: true },
      ];
      assert.equal((await lab.converge(list)).removed, 1);
      assert.deepEqual(lab.numbers, ['1', '3']);
      lab.changes();
      assert.equal((await lab.converge(list)).removed, 0);
      assert.deepEqual(lab.changes(), []);
    }));

  for (const model of ['DS-K1T342MFWX-E1', 'DS-K1T673DX'] as const) {
    it(`waits for a removal that ${model} only begins, and goes on where that fails`, () =>
      SyncLab.run(
        { simulator: { model, behaviour: { absent: { '/ISAPI/AccessControl/UserInfo/Delete': 404 } } } },
        async (lab) => {
          await lab.converge(people(5));
          await lab.converge(people(3), { scope: 'all' });
          assert.deepEqual(lab.numbers, ['1', '2', '3']);
          lab.lab.simulator.fault({ kind: 'undone', times: 2 });
          const result = await lab.sync([...people(2), { employeeNo: '4', name: 'D', doorRight: '1' }], {
            scope: 'all',
          });
          assert.deepEqual(
            [failuresOf(result), result.created, result.converged],
            [['3 remove NOT_VERIFIED'], 1, false],
          );
        },
      ));
  }

  it('takes access before it gives any', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(4));
      lab.changes();
      await lab.converge(
        [
          { employeeNo: '9', name: 'New', doorRight: '1' },
          { employeeNo: '1', name: 'Person A' },
          { employeeNo: '2', name: 'Person 2', doorRight: '' },
          { employeeNo: '3', remove: true },
        ],
        { scope: 'all' },
      );
      assert.deepEqual(lab.changes(), [
        'person deleted 3',
        'person updated 2',
        'person updated 1',
        'person created 9',
        'person deleted 4',
      ]);
    }));

  it('opens no door for a new person of whom it says nothing of doors, and warns', () =>
    SyncLab.run({}, async (lab) => {
      const result = await lab.converge([{ employeeNo: '1', name: 'Anna' }]);
      assert.deepEqual(lab.person('1').doors, []);
      assert.deepEqual(
        result.warnings.map(({ code }) => code),
        ['NO_DOOR'],
      );
    }));

  it('says what it would do, and does nothing, in a dry run', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(2));
      lab.changes();
      const list = [...people(1), { employeeNo: '5', name: 'New', doorRight: '1', face: face('N'), cards: ['12'] }];
      const result = await lab.sync(list, { scope: 'all', dryRun: true });
      assert.deepEqual([result.created, result.removed, result.faces.sent, result.cards.added], [1, 1, 1, 1]);
      assert.deepEqual([result.dryRun, result.converged, result.verified], [true, false, false]);
      assert.deepEqual(lab.changes(), []);
      assert.equal((await lab.sync(people(2), { dryRun: true })).converged, true);
    }));

  it('is called neither verified nor converged where nothing is read back', () =>
    SyncLab.run({}, async (lab) => {
      const result = await lab.sync(people(2), { verify: false });
      assert.deepEqual([result.created, result.verified, result.converged], [2, false, false]);
    }));

  it('is refused before the first write where the terminal is too small', () =>
    SyncLab.run({ simulator: { model: 'DS-K1T342MFX-E1' } }, async (lab) => {
      await lab.converge(people(3));
      lab.changes();
      await assert.rejects(lab.sync(people(1501)), {
        code: 'CAPACITY',
        params: { capacity: 1500, found: 3, removals: 0, additions: 1498 },
      });
      assert.deepEqual(lab.changes(), []);
    }));

  it('goes anew, all of it, to another terminal that hangs there now', () =>
    SyncLab.run({}, async (lab) => {
      const list = people(2, (index) => ({ face: face(`F${index}`) }));
      await lab.converge(list);
      lab.lab.simulator.replace();
      const result = await lab.converge(list);
      assert.deepEqual([result.created, result.faces.sent, result.look], [2, 2, 'full']);
      assert.deepEqual(
        result.warnings.map(({ code }) => code),
        ['TERMINAL_REPLACED'],
      );
      assert.deepEqual((await lab.converge(list)).warnings, []);
    }));

  it('sends a face that has changed, and is not sent again after a restart', () =>
    SyncLab.run({}, async (lab) => {
      const list = (name: string): object[] => people(1, () => ({ face: face(name) }));
      await lab.converge(list('A'));
      await lab.converge(list('B'));
      assert.equal(lab.person('1').face, 'B');
      lab.changes();
      const after = lab.lab.connect();
      const again = await lab.sync(list('B'), {}, after);
      assert.deepEqual([again.faces.kept, again.faces.sent, again.converged], [1, 0, true]);
      assert.deepEqual(lab.changes(), []);
      assert.equal((await lab.converge(list('B'), { faces: 'all' })).faces.sent, 1);
      assert.equal((await lab.converge(list('C'), { faces: 'missing' })).faces.kept, 1);
    }));

  it('names who still needs a capture where the terminal takes no pictures', () =>
    SyncLab.run({ simulator: { model: 'DS-K1T343EFWX' } }, async (lab) => {
      const result = await lab.sync(people(3, (index) => ({ face: face(`F${index}`) })));
      assert.deepEqual([result.created, result.toCapture, result.converged], [3, ['1', '2', '3'], false]);
      assert.deepEqual(failuresOf(result), []);
    }));

  it('goes on past a picture that is no JPEG', () =>
    SyncLab.run({}, async (lab) => {
      const result = await lab.sync(people(3, (index) => ({ face: index === 2 ? Buffer.from('no') : face('F') })));
      assert.deepEqual([failuresOf(result), result.created, result.faces.sent], [['2 face INVALID_INPUT'], 3, 2]);
      assert.equal(result.converged, false);
    }));

  it('sends a picture again that could not be modelled', () =>
    SyncLab.run({}, async (lab) => {
      lab.lab.simulator.fault({ kind: 'modelling', times: 2 });
      const result = await lab.converge(people(2, (index) => ({ face: face(`F${index}`) })));
      assert.equal(result.faces.sent, 2);
      lab.lab.simulator.fault({ kind: 'modelling', times: 6 });
      const failing = await lab.sync(people(2, (index) => ({ face: face(`G${index}`) })));
      assert.deepEqual([failuresOf(failing).length, failing.failed[0]?.retryable], [2, true]);
    }));

  it('gives cards and takes them, and knows them again', () =>
    SyncLab.run({}, async (lab) => {
      const list = (...cards: string[]): object[] => people(1, () => ({ cards }));
      const first = await lab.converge(list('0A1b', '22'));
      assert.deepEqual([first.cards, lab.person('1').cards.sort()], [{ added: 2, removed: 0 }, ['0A1B', '22']]);
      lab.changes();
      for (const full of [false, true]) await lab.converge(list('0a1B', '22'), { full });
      assert.deepEqual(lab.changes(), []);
      await lab.converge(list('22', '33', '44', '55', '66'));
      await lab.converge(list('77', '33', '44', '55', '66'));
      assert.deepEqual(lab.person('1').cards.sort(), ['33', '44', '55', '66', '77']);
      await lab.converge([{ employeeNo: '1', name: 'Person 1' }], { full: true });
      assert.equal(lab.person('1').cards.length, 5);
    }));

  it('names who has a card that is somebody else’s, and moves one where the list says so', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(2, (index) => ({ cards: [`${index}${index}`] })));
      const result = await lab.sync([{ employeeNo: '3', name: 'C', doorRight: '1', cards: ['11'] }]);
      assert.deepEqual(
        result.failed.map(({ failure }) => [failure.reason, failure.params['holder']]),
        [['cardElsewhere', '1']],
      );
      await lab.converge([
        { employeeNo: '3', name: 'C', cards: ['11'] },
        { employeeNo: '1', name: 'Person 1', cards: [] },
      ]);
      assert.deepEqual([lab.person('3').cards, lab.person('1').cards], [['11'], []]);
    }));

  it('does not guess what somebody may do whose rights the terminal does not show', () =>
    SyncLab.run({}, async (lab) => {
      lab.lab.simulator.edit({ person: { employeeNo: '1', name: 'By hand' } });
      lab.changes();
      const result = await lab.sync([{ employeeNo: '1', name: 'By hand', doorRight: '1' }]);
      assert.deepEqual(
        result.failed.map(({ failure }) => failure.reason),
        ['accessUnreadable'],
      );
      assert.deepEqual(lab.changes(), []);
      await lab.converge([{ employeeNo: '1', name: 'By hand', doorRight: '1', planTemplateNo: '2' }]);
      assert.deepEqual(lab.person('1').doors, [1]);
    }));

  it('that gives nobody a card is there on a terminal without cards, DS-K1T341AMF', () =>
    SyncLab.run({ simulator: { model: 'DS-K1T341AMF' } }, async (lab) => {
      await lab.converge(people(3, () => ({ cards: [] })));
      const result = await lab.sync(people(3, (index) => ({ cards: index === 2 ? ['22'] : [] })));
      assert.deepEqual(failuresOf(result), ['2 card notSupport']);
    }));

  it('gives the card of somebody who is to be removed to whom the list gives it, in one run', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(1, () => ({ cards: ['77'] })));
      await lab.converge([{ employeeNo: '2', name: 'B', doorRight: '1', cards: ['77'] }], { scope: 'all' });
      assert.deepEqual([lab.numbers, lab.person('2').cards], [['2'], ['77']]);
    }));

  for (const at of ['person', 'face', 'card', 'delete', 'search', 'count'] as const) {
    for (const kind of ['lost', 'busy', 'reset'] as const) {
      it(`is there in spite of ${kind} at ${at}`, () =>
        SyncLab.run({ terminal: { retries: 2 } }, async (lab) => {
          await lab.converge(people(3, (index) => ({ face: face(`F${index}`), cards: [`1${index}`] })));
          lab.lab.simulator.fault({ kind, at, times: 2 });
          const list = [
            ...people(2, (index) => ({ face: face(`G${index}`), cards: [`2${index}`], name: `Renamed ${index}` })),
            { employeeNo: '4', name: 'New', doorRight: '1', face: face('N'), cards: ['44'] },
          ];
          await lab.converge(list, { scope: 'all' });
          assert.deepEqual(lab.numbers.sort(), ['1', '2', '4']);
          assert.deepEqual(
            lab.lab.simulator
              .persons()
              .map(({ employeeNo, face: is, cards }) => [employeeNo, is, cards.join()])
              .sort(),
            [
              ['1', 'G1', '21'],
              ['2', 'G2', '22'],
              ['4', 'N', '44'],
            ],
          );
        }));
    }
  }

  it('of which two come at once for one terminal is worked on one after the other', () =>
    SyncLab.run({}, async (lab) => {
      const [one, two] = await Promise.all([
        lab.sync(people(3), { scope: 'all' }),
        lab.sync(people(2), { scope: 'all' }, lab.lab.connect()),
      ]);
      assert.deepEqual([one.created, two.removed, lab.numbers.length], [3, 1, 2]);
    }));

  it('ends at once where the login is rejected', () =>
    SyncLab.run(
      {
        terminal: { credentials: { username: 'admin', password: 'wrong' } },
        simulator: { username: 'admin', password: 'right' },
      },
      async (lab) => {
        await assert.rejects(lab.sync(people(2)), { code: 'UNAUTHORIZED' });
        assert.deepEqual(lab.numbers, []);
      },
    ));
});
