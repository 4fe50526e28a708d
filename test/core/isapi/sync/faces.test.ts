import assert from 'node:assert/strict';

import { facePicture, SimulatedTerminal, type Model } from '../../../../simulator/simulated-terminal.js';
import type { SyncProgress } from '../../../../core/isapi/sync/sync.js';
import { failuresOf, people, SyncLab } from '../../../harness/sync/sync-lab.js';

const FD_SEARCH = '/ISAPI/Intelligent/FDLib/FDSearch';
const withFaces = (count: number, version = 'F'): object[] =>
  people(count, (index) => ({ face: facePicture(`${version}${index}`) }));

/** A terminal that does not show with a person whether they have a face. */
const hiding = (behaviour: Partial<Model> = {}): { simulator: object } => ({
  simulator: { behaviour: { showsFaces: false, ...behaviour } },
});

describe('faces of a list', () => {
  for (const faces of ['missing', 'changed', 'all'] as const) {
    it(`need no capture any more when somebody was captured on a terminal that takes no pictures: ${faces}`, () =>
      SyncLab.run({ simulator: { model: 'DS-K1T343EFWX' } }, async (lab) => {
        assert.deepEqual((await lab.sync(withFaces(3), { faces })).toCapture, ['1', '2', '3']);
        lab.lab.simulator.edit({ person: { employeeNo: '2', face: 'by hand' } });
        const partly = await lab.sync(withFaces(3), { faces });
        assert.deepEqual(
          [partly.toCapture, partly.faces, partly.converged],
          [['1', '3'], { sent: 0, kept: 1, failed: 2 }, false],
        );
        for (const employeeNo of ['1', '3']) lab.lab.simulator.edit({ person: { employeeNo, face: 'by hand' } });
        assert.equal((await lab.converge(withFaces(3), { faces })).faces.kept, 3);
        if (faces !== 'all') assert.equal((await lab.converge(withFaces(3), { faces })).requests, 1);
        lab.lab.simulator.edit({ person: { employeeNo: '2', face: null } });
        assert.deepEqual((await lab.sync(withFaces(3), { faces })).toCapture, ['2']);
      }));
  }

  it('still need a capture when the person was removed meanwhile, and is written anew', () =>
    SyncLab.run({ simulator: { model: 'DS-K1T343EFWX' } }, async (lab) => {
      await lab.sync(withFaces(1));
      lab.lab.simulator.edit({ person: { employeeNo: '1', face: 'by hand' } });
      await lab.converge(withFaces(1));
      const renamed = people(1, () => ({ name: 'Renamed', face: facePicture('G') }));
      // Removed after everybody has been read.
      const onProgress = ({ step }: SyncProgress): void => {
        if (step === 'read') lab.lab.simulator.edit({ remove: '1' });
      };
      const result = await lab.sync(renamed, { full: true, onProgress });
      assert.deepEqual([result.created, result.toCapture, result.converged], [1, ['1'], false]);
    }));

  for (const nestsFaceSearch of [false, true]) {
    describe(`on a terminal that shows them in its library only, nested: ${nestsFaceSearch}`, () => {
      it('are read back there, and known again', () =>
        SyncLab.run(hiding({ nestsFaceSearch }), async (lab) => {
          assert.equal((await lab.converge(withFaces(40))).faces.sent, 40);
          lab.changes();
          for (const full of [true, false]) {
            const again = await lab.converge(withFaces(40), { full });
            assert.deepEqual([again.faces.kept, again.verified], [40, true]);
          }
          assert.deepEqual(lab.changes(), []);
        }));

      it('are sent again where they are missing', () =>
        SyncLab.run(hiding({ nestsFaceSearch }), async (lab) => {
          await lab.converge(withFaces(3));
          lab.lab.simulator.edit({ person: { employeeNo: '2', face: null } });
          const result = await lab.converge(withFaces(3), { full: true });
          assert.deepEqual([result.faces.sent, lab.person('2').face], [1, 'F2']);
        }));

      it('are not proven where the terminal took one and did nothing', () =>
        SyncLab.run(hiding({ nestsFaceSearch }), async (lab) => {
          lab.lab.simulator.fault({
            kind: 'status',
            at: 'face',
            status: 200,
            code: { statusCode: 1, subStatusCode: 'ok' },
          });
          const result = await lab.sync(withFaces(2));
          assert.deepEqual([failuresOf(result), result.verified], [['1 face NOT_VERIFIED'], false]);
          assert.equal((await lab.converge(withFaces(2))).faces.sent, 1);
        }));
    });
  }

  it('are never called verified where nothing shows them; they are sent once all the same', () =>
    SyncLab.run(hiding({ absent: { [FD_SEARCH]: 404 } }), async (lab) => {
      const first = await lab.sync(withFaces(2));
      assert.deepEqual([first.faces.sent, first.verified, first.converged, failuresOf(first)], [2, false, false, []]);
      lab.changes();
      for (const full of [false, true]) {
        const again = await lab.sync(withFaces(2), { full });
        assert.deepEqual([again.faces.kept, again.verified, again.converged], [2, false, false]);
      }
      assert.deepEqual(lab.changes(), []);
      assert.equal((await lab.converge(people(2))).verified, true);
    }));
});

describe('another terminal at the same address', () => {
  /** Puts another one there, with nobody on it. */
  async function exchange(lab: SyncLab, behaviour: Partial<Model>): Promise<SimulatedTerminal> {
    const { host, port } = lab.lab.terminal.settings;
    await lab.lab.simulator.stop();
    const other = new SimulatedTerminal({
      ...{ port, host, model: 'DS-K1T342MFWX-E1', serialNumber: 'ANOTHER', timeScale: 0.01, behaviour },
    });
    await other.start();
    return other;
  }

  it('is asked for its own limits before anything is written', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(3));
      const other = await exchange(lab, { maxPersons: 2 });
      try {
        await assert.rejects(lab.sync(people(3)), {
          code: 'CAPACITY',
          params: { capacity: 2, found: 0, removals: 0, additions: 3 },
        });
        assert.deepEqual(other.persons(), []);
      } finally {
        await other.stop();
      }
    }));

  it('that takes shorter lists than the one before is worked on by the second run at the latest', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(25));
      const other = await exchange(lab, { personsAPage: 10 });
      try {
        for (const employeeNo of people(25).map((each) => each.employeeNo)) {
          other.edit({ person: { employeeNo, name: 'By hand' } });
        }
        const renamed = people(25, () => ({ name: 'New', planTemplateNo: '1' }));
        await lab.sync(renamed).catch(() => undefined);
        assert.equal((await lab.converge(renamed)).found, 25);
      } finally {
        await other.stop();
      }
    }));
});
