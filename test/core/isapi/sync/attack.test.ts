import assert from 'node:assert/strict';
import { mock } from 'node:test';

import { facePicture } from '../../../../simulator/simulated-terminal.js';
import type { IsapiCall, Terminal } from '../../../../core/isapi/terminal/terminal.js';
import type { IsapiReply } from '../../../../core/isapi/protocol/reply.js';
import type { Tree } from '../../../../core/isapi/protocol/document.js';
import type { Look } from '../../../../core/isapi/sync/look.js';
import { SyncMemory } from '../../../../core/isapi/sync/memory.js';
import type { SyncOptions } from '../../../../core/isapi/sync/options.js';
import { planOf } from '../../../../core/isapi/sync/plan.js';
import { readPersons } from '../../../../core/isapi/sync/wanted/person-list.js';
import { failuresOf, people, SyncLab } from '../../../harness/sync/sync-lab.js';

const face = (name: string): Buffer => facePicture(name);

/** Has the terminal answer otherwise than it would: the reply's content is what `lie` makes of it. */
function lying(terminal: Terminal, lie: (call: IsapiCall, content: Tree, asked: string) => Tree): void {
  const honest = terminal.call.bind(terminal);
  terminal.call = async (call) => {
    const reply: IsapiReply = await honest(call);
    if (!reply.document) return reply;
    const content = lie(call, reply.document.content, String(call.body ?? ''));
    return { ...reply, document: { ...reply.document, content } };
  };
}

const isSearch = ({ path: of }: IsapiCall): boolean => of.includes('/UserInfo/Search');
const isNamed = (call: IsapiCall, asked: string): boolean => isSearch(call) && asked.includes('EmployeeNoList');

describe('a sync that is attacked', () => {
  describe('what is remembered', () => {
    it('of a face is not believed of a person whom the terminal no longer had', () =>
      SyncLab.run({}, async (lab) => {
        const list = people(2, (index) => ({ face: face(`F${index}`) }));
        await lab.converge(list);
        lab.lab.simulator.edit({ remove: '2' });
        await lab.converge(list);
        assert.equal(lab.person('2').face, 'F2');
      }));

    it('knows who is there although something failed for them: they go with the list that is everybody', () =>
      SyncLab.run({}, async (lab) => {
        const list = people(3, (index) => ({ face: index === 2 ? Buffer.from('no') : face(`F${index}`) }));
        const first = await lab.sync(list, { scope: 'all' });
        assert.deepEqual(failuresOf(first), ['2 face INVALID_INPUT']);
        const result = await lab.sync([list[0], list[2]], { scope: 'all' });
        assert.deepEqual([result.look, result.removed, lab.numbers], ['quick', 1, ['1', '3']]);
        assert.equal(result.converged, true);
      }));

    it('counts nobody of the list as foreign, nor the other way round, where something failed', () =>
      SyncLab.run({}, async (lab) => {
        await lab.lab.create('77');
        const list = people(2, (index) => ({ face: index === 2 ? Buffer.from('no') : face(`F${index}`) }));
        assert.equal((await lab.sync(list)).foreign, 1);
        assert.equal((await lab.sync(list)).foreign, 1);
      }));

    for (const faces of ['missing', 'changed', 'all'] as const) {
      it(`does not make those forgotten who still need a capture: ${faces}`, () =>
        SyncLab.run({ simulator: { model: 'DS-K1T343EFWX' } }, async (lab) => {
          const list = people(2, (index) => ({ face: face(`F${index}`) }));
          for (let run = 0; run < 3; run += 1) {
            const result = await lab.sync(list, { faces });
            assert.deepEqual([result.toCapture, result.converged], [['1', '2'], false], String(run));
          }
        }));
    }

    it('of a face is not believed where the reply to another one was lost', () =>
      SyncLab.run({}, async (lab) => {
        const list = (name: string): object[] => people(1, () => ({ face: face(name) }));
        await lab.converge(list('A'));
        lab.lab.simulator.fault({ kind: 'lost', at: 'face', times: 2 });
        await assert.rejects(lab.sync(list('B')));
        assert.equal(lab.person('1').face, 'B');
        await lab.converge(list('A'));
        assert.equal(lab.person('1').face, 'A');
      }));

    it('is nothing where the process ends in the middle of writing', () =>
      SyncLab.run({}, async (lab) => {
        const list = (doorRight: string, name: string): object[] => people(2, () => ({ doorRight, face: face(name) }));
        await lab.converge(list('', 'A'));
        const { memory } = lab;
        const [save, forget] = [memory.save.bind(memory), memory.forget.bind(memory)];
        // A process that was killed writes nothing any more.
        lab.lab.simulator.on('event', ({ event }) => {
          if (event === 'face bound') memory.save = memory.forget = () => Promise.resolve();
        });
        await lab.sync(list('1', 'B'));
        assert.deepEqual([lab.person('2').doors, lab.person('2').face], [[1], 'B']);
        lab.lab.simulator.removeAllListeners('event');
        Object.assign(memory, { save, forget });
        await lab.converge(list('', 'A'));
        assert.deepEqual([lab.person('2').doors, lab.person('2').face], [[], 'A']);
      }));

    it('outlives a power cut wherever less than that would be on the disk otherwise', () =>
      SyncLab.run({}, async (lab) => {
        const list = (name: string): object[] => people(2, (no) => (no === 1 ? { face: face(name) } : {}));
        const saved: string[] = [];
        const save = lab.memory.save.bind(lab.memory);
        let isFull = false;
        lab.memory.save = (terminal, serial, text, flush) => {
          const what = JSON.parse(text) as { settled?: object; faces: unknown[] };
          saved.push(`${what.settled ? 'settled' : 'open'} ${what.faces.length}${flush ? ' flushed' : ''}`);
          if (!isFull) return save(terminal, serial, text, flush);
          isFull = false;
          return Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
        };
        const during = async (persons: readonly object[]): Promise<string[]> => {
          await lab.sync(persons);
          return saved.splice(0);
        };
        assert.deepEqual(await during(list('A')), ['settled 1'], 'nothing was remembered');
        assert.deepEqual(
          await during(list('B')),
          ['open 0 flushed', 'settled 1'],
          'the face of the first is being sent',
        );
        assert.deepEqual(await during(list('B')), []);
        assert.deepEqual(await during(list('B').slice(0, 1)), ['settled 1 flushed'], 'nothing was written');
        isFull = true;
        assert.deepEqual(
          await during(list('C').slice(0, 1)),
          ['open 0 flushed', 'settled 1 flushed'],
          'the disk was full',
        );
        assert.deepEqual(
          await during([{ employeeNo: '1', remove: true }]),
          ['open 0 flushed', 'settled 0'],
          'the first is being removed',
        );
      }));

    it('is nothing where it could not be written', () =>
      SyncLab.run({}, async (lab) => {
        const list = (doorRight: string, name: string): object[] => people(2, () => ({ doorRight, face: face(name) }));
        await lab.converge(list('', 'A'));
        const { memory } = lab;
        const save = memory.save.bind(memory);
        memory.save = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
        await lab.sync(list('1', 'B'));
        memory.save = save;
        await lab.converge(list('', 'A'));
        assert.deepEqual([lab.person('2').doors, lab.person('2').face], [[], 'A']);
      }));
  });

  describe('a terminal that lies', () => {
    it('and knows nobody of whom it is asked by number is not believed that it has nobody', () =>
      SyncLab.run({}, async (lab) => {
        await lab.converge(people(3), { scope: 'all' });
        lying(lab.lab.terminal, (call, content, asked) =>
          isNamed(call, asked)
            ? { UserInfoSearch: { responseStatusStrg: 'NO MATCH', totalMatches: 0, numOfMatches: 0 } }
            : content,
        );
        const result = await lab.sync(people(2), { scope: 'all' }).catch(() => undefined);
        assert.ok(!(result?.converged ?? false) || lab.numbers.length === 2, JSON.stringify(result));
      }));

    for (const [name, content] of [
      ['without anything', {}],
      ['with a status document', { statusCode: 1, statusString: 'OK', subStatusCode: 'ok' }],
      ['with MORE, and nobody', { UserInfoSearch: { responseStatusStrg: 'MORE', totalMatches: 1, numOfMatches: 0 } }],
      ['with nobody of one', { UserInfoSearch: { responseStatusStrg: 'OK', totalMatches: 1, numOfMatches: 0 } }],
      ['with NO MATCH of one', { UserInfoSearch: { responseStatusStrg: 'NO MATCH', totalMatches: 1 } }],
    ] as const) {
      it(`has proven no removal by a search that answers ${name}`, () =>
        SyncLab.run({}, async (lab) => {
          await lab.converge(people(3), { scope: 'all' });
          const honest = lab.lab.terminal.call.bind(lab.lab.terminal);
          let isRemoved = false;
          lab.lab.terminal.call = async (call) => {
            const isRemoval = call.path.includes('Delete');
            isRemoved ||= isRemoval;
            const reply = await honest(isRemoval ? { ...call, method: 'GET', path: '/ISAPI/System/deviceInfo' } : call);
            if (!isRemoved || !isSearch(call) || !reply.document) return reply;
            return { ...reply, document: { ...reply.document, content } };
          };
          const result = await lab.sync([{ employeeNo: '2', remove: true }]).catch((error: unknown) => error as Error);
          assert.ok(isRemoved);
          if (result instanceof Error) return;
          assert.deepEqual([result.removed, result.converged], [0, false]);
        }));
    }

    it('about how many there are, without Count, status and total, is read to its end', () =>
      SyncLab.run({}, async (lab) => {
        await lab.converge(people(70), { maxRemovals: 0 });
        lying(lab.lab.terminal, (call, content) => {
          if (call.path.includes('/UserInfo/Count')) return {};
          if (!isSearch(call)) return content;
          const inner = (content['UserInfoSearch'] ?? content) as Tree;
          const rest = { ...inner };
          delete rest['responseStatusStrg'];
          delete rest['totalMatches'];
          return rest;
        });
        const result = await lab.sync(people(70), { scope: 'all', full: true }).catch(() => undefined);
        if (result) assert.deepEqual([result.found, result.unchanged], [70, 70]);
      }));

    it('and repeats one page for ever is not asked for ever', () =>
      SyncLab.run({}, async (lab) => {
        await lab.converge(people(5));
        let searches = 0;
        lying(lab.lab.terminal, (call, content, asked) => {
          if (isSearch(call)) searches += 1;
          if (!isNamed(call, asked)) return content;
          assert.ok(searches < 200, 'endless');
          const inner = (content['UserInfoSearch'] ?? content) as Tree;
          return { ...inner, responseStatusStrg: 'MORE', totalMatches: 1_000_000 };
        });
        const honest = lab.lab.terminal.call.bind(lab.lab.terminal);
        lab.lab.terminal.call = (call) => {
          const asked = String(call.body ?? '').replace(/"searchResultPosition":\d+/, '"searchResultPosition":0');
          return honest({ ...call, ...(isSearch(call) && call.body ? { body: Buffer.from(asked) } : {}) });
        };
        await lab
          .sync(people(5, (index) => ({ name: `Renamed ${index}` })))
          .catch((error: unknown) => assert.ok(!String(error).includes('endless'), String(error)));
      }));

    it('and shows everybody, whoever is asked for, has nobody else changed or removed', () =>
      SyncLab.run({}, async (lab) => {
        await lab.lab.create('77');
        await lab.converge(people(3));
        const honest = lab.lab.terminal.call.bind(lab.lab.terminal);
        lab.lab.terminal.call = (call) => {
          const body = String(call.body ?? '').replace(/,"EmployeeNoList":\[[^\]]*\]/, '');
          return honest({ ...call, ...(isSearch(call) ? { body: Buffer.from(body) } : {}) });
        };
        lab.changes();
        const result = await lab.sync([
          { employeeNo: '1', name: 'New' },
          { employeeNo: '2', remove: true },
        ]);
        assert.deepEqual(lab.changes(), ['person deleted 2', 'person updated 1']);
        assert.deepEqual([result.removed, result.converged], [1, true]);
      }));
  });

  describe('refusals', () => {
    for (const code of ['lowPrivilege', 'noPermission', 'notSupport', 'methodNotAllowed', 'notActivated']) {
      it(`of everything that is written are not asked for again and again: ${code}`, () =>
        SyncLab.run({}, async (lab) => {
          lab.lab.simulator.fault({
            kind: 'status',
            at: 'person',
            status: 403,
            code: { statusCode: 4, subStatusCode: code },
            times: 10_000,
          });
          const before = lab.lab.terminal.requestCount;
          await lab.sync(people(100)).catch(() => undefined);
          assert.ok(lab.lab.terminal.requestCount - before < 30, String(lab.lab.terminal.requestCount - before));
        }));
    }

    it('a terminal that is busy for ever is not asked for hours', () =>
      SyncLab.run({}, async (lab) => {
        lab.lab.simulator.fault({ kind: 'busy', at: 'person', times: 100_000 });
        const before = lab.lab.terminal.requestCount;
        await lab.sync(people(100)).catch(() => undefined);
        assert.ok(lab.lab.terminal.requestCount - before < 50, String(lab.lab.terminal.requestCount - before));
      }));

    it('of cards by a terminal that has none leave the persons what they are', () =>
      SyncLab.run({ simulator: { model: 'DS-K1T341AMF' } }, async (lab) => {
        const result = await lab.sync(people(3, (index) => ({ cards: [`1${index}`] })));
        assert.deepEqual([result.created, result.converged, failuresOf(result).length], [3, false, 3]);
      }));
  });

  it('a card of somebody who goes is given to who comes, in one run', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(
        people(2, (index) => ({ cards: [`1${index}`] })),
        { scope: 'all' },
      );
      await lab.converge(
        [
          { employeeNo: '1', name: 'Person 1', cards: ['11'] },
          { employeeNo: '3', name: 'C', doorRight: '1', cards: ['12'] },
        ],
        { scope: 'all' },
      );
      assert.deepEqual([lab.numbers, lab.person('3').cards], [['1', '3'], ['12']]);
    }));

  it('lets others have their turn while a long list is compared', async () => {
    const persons = await readPersons(people(1000), { folder: undefined, signal: new AbortController().signal });
    const stored = new Map(persons.map(({ employeeNo, created }): [string, Tree] => [employeeNo, { ...created }]));
    const nobody = new Set<string>();
    const empty = { settled: nobody, others: [], facesOfOthers: nobody, faces: nobody, cards: new Map() };
    const look: Look = { kind: 'full', found: 1000, foreign: 0, stored, readAt: 0, ...empty };
    const known = { remembered: { serial: '', faces: new Map() }, isReplaced: false, capacity: undefined };
    const options: SyncOptions = {
      ...{ persons, scope: 'all', maxRemovals: 0, faces: 'changed', dryRun: false, verify: true, full: true },
      ...{ memory: new SyncMemory('/nowhere'), signal: new AbortController().signal },
    };
    let [turns, isDone, now] = [0, false, performance.now()];
    const turn = (): void => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    // However fast this machine compares them: a tenth of a millisecond for each look at the clock.
    const clock = mock.method(performance, 'now', () => (now += 0.1));
    try {
      setImmediate(turn);
      assert.equal((await planOf(look, known, options)).unchanged, 1000);
    } finally {
      isDone = true;
      clock.mock.restore();
    }
    assert.ok(turns >= 3, String(turns));
  });

  it('knows persons by any number, those that objects have by themselves too', () =>
    SyncLab.run({}, async (lab) => {
      const list = ['__proto__', 'constructor', 'toString', '0004', '4', 'a1', 'A1'].map((employeeNo) => ({
        ...{ employeeNo, name: employeeNo, doorRight: '1', face: face(employeeNo) },
      }));
      await lab.converge(list, { scope: 'all' });
      assert.equal(lab.numbers.length, 7);
      lab.changes();
      for (const full of [true, false]) assert.equal((await lab.converge(list, { scope: 'all', full })).unchanged, 7);
      assert.deepEqual(lab.changes(), []);
      assert.equal((await lab.converge(list.slice(1, 2), { scope: 'all' })).removed, 6);
      assert.deepEqual(lab.numbers, ['constructor']);
    }));

  it('for one terminal may come as two lists, turn by turn, and neither touches the persons of the other', () =>
    SyncLab.run({}, async (lab) => {
      const [one, two] = [people(4).slice(0, 2), people(4).slice(2)];
      for (let round = 0; round < 3; round += 1) {
        for (const list of [one, two]) {
          const result = await lab.converge(list);
          const isFirst = round === 0 && list === one;
          assert.deepEqual([result.foreign, result.removed], [isFirst ? 0 : 2, 0], String(round));
        }
      }
      assert.deepEqual(lab.numbers, ['1', '2', '3', '4']);
      const other = await lab.converge([{ ...two[0], employeeNo: '3', doorRight: '' }, ...one]);
      assert.deepEqual([other.foreign, other.updated, lab.person('3').doors], [1, 1, []]);
    }));

  it('waits for no face to go that nobody is known to have', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(3));
      lying(lab.lab.terminal, (call, content) => {
        if (!isSearch(call)) return content;
        return JSON.parse(JSON.stringify(content).replace(/,"numOfFace":\d+/g, '')) as Tree;
      });
      const result = await lab.converge([{ employeeNo: '2', remove: true }], { full: true });
      assert.deepEqual([result.removed, result.warnings, result.verified], [1, [], true]);
    }));

  it('removes nobody where the limit is no number', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(3));
      await assert.rejects(lab.sync(people(1), { scope: 'all', maxRemovals: NaN }), { code: 'TOO_MANY_REMOVALS' });
      assert.equal(lab.numbers.length, 3);
    }));

  it('gives a face to who went while it was at work', () =>
    SyncLab.run({}, async (lab) => {
      const list = (name: string): object[] => people(2, (index) => ({ name: `${name} ${index}`, face: face('F') }));
      await lab.converge(list('A'));
      const honest = lab.lab.terminal.call.bind(lab.lab.terminal);
      let searches = 0;
      lab.lab.terminal.call = (call) => {
        if (isSearch(call) && (searches += 1) === 2) lab.lab.simulator.edit({ remove: '2' });
        return honest(call);
      };
      const result = await lab.sync(list('B'), { full: true });
      assert.ok(!result.converged || lab.person('2').face === 'F', JSON.stringify(result));
    }));

  for (const at of ['person', 'face', 'card', 'delete', 'search', 'count'] as const) {
    it(`ended at ${at} leaves what is remembered true`, () =>
      SyncLab.run({}, async (lab) => {
        const one = people(3, (index) => ({ face: face(`A${index}`), cards: [`1${index}`] }));
        const two = [
          ...people(2, (index) => ({
            face: face(`B${index}`),
            cards: [`2${index}`],
            name: `N ${index}`,
            doorRight: '',
          })),
          { employeeNo: '4', name: 'New', doorRight: '1', face: face('N'), cards: ['44'] },
        ];
        await lab.converge(one, { scope: 'all' });
        for (const kind of ['reset', 'lost'] as const) {
          lab.lab.simulator.fault({ kind, at, times: 1 });
          await lab.sync(two, { scope: 'all' }).catch(() => undefined);
          await lab.converge(one, { scope: 'all' });
          assert.deepEqual(
            lab.numbers
              .map((no) => [
                no,
                lab.person(no).face,
                lab.person(no).name,
                lab.person(no).cards.join(),
                lab.person(no).doors,
              ])
              .sort(),
            ['1', '2', '3'].map((no) => [no, `A${no}`, `Person ${no}`, `1${no}`, [1]]),
          );
        }
      }));
  }
});
