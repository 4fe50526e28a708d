import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { SyncMemory, type Memory } from '../../../../core/isapi/sync/memory.js';
import type { SyncResult } from '../../../../core/isapi/sync/sync.js';
import type { Terminal } from '../../../../core/isapi/terminal/terminal.js';
import { facePicture } from '../../../../simulator/simulated-terminal.js';
import { underGuard, type FakeGuard } from '../../../harness/fake-guard.js';
import { people, SyncLab } from '../../../harness/sync/sync-lab.js';

const ONCE = people(1, () => ({ endTime: '2026-12-31T23:59:59', face: facePicture('first'), faceVersion: '1' }));
const LATER = people(1, () => ({ endTime: '2035-12-31T23:59:59', face: facePicture('second'), faceVersion: '2' }));

/** Two Node-REDs, each with a memory of its own, whose jobs at one terminal come in turn. */
function inTurn(
  work: (
    one: (list: typeof ONCE, terminal?: Terminal) => Promise<SyncResult>,
    other: typeof one,
    lab: SyncLab,
    guard: FakeGuard,
  ) => Promise<void>,
): Promise<void> {
  return SyncLab.run({}, (lab) =>
    underGuard(async (guard) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'hikvision-notes-'));
      const as = (memory: Memory) => (list: typeof ONCE, terminal?: Terminal) =>
        lab.sync(list, { memory } as object, terminal);
      try {
        await work(as(new SyncMemory(path.join(folder, 'a'))), as(new SyncMemory(path.join(folder, 'b'))), lab, guard);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }),
  );
}

describe('what several Node-REDs remember of one terminal', () => {
  it('is not what one of them found before another was there: who was prolonged meanwhile is shortened again', () =>
    inTurn(async (one, other, { lab }) => {
      await one(ONCE);
      await other(LATER);
      const back = await one(ONCE);
      const [person] = lab.simulator.persons();
      const { Valid } = person?.UserInfo as { Valid: { endTime: string } };
      assert.match(Valid.endTime, /^2026-12-31/);
      assert.deepEqual([back.updated, back.faces.sent, back.converged], [1, 1, true]);
      assert.match(lab.faceOf('1') ?? '', /first/);
    }));

  it('spares the second what the first has found', () =>
    inTurn(async (one, other) => {
      const first = await one(ONCE);
      const second = await other(ONCE);
      assert.deepEqual([first.look, second.look, second.faces.sent], ['full', 'quick', 0]);
    }));

  it('spares the second to ask for the limits, for a day', () =>
    inTurn(async (one, other, { lab }, guard) => {
      await one(ONCE);
      const { requests: onlyCounted } = await one(ONCE);
      const [serial = '', text = ''] = [...guard.notes][0] ?? [];
      const { settled, ...rest } = JSON.parse(text) as { settled: Record<string, unknown> };
      assert.deepEqual(settled['limits'], { page: 30, named: 30, removed: 20, capacity: 3000 });
      /** Of somebody who has not been there yet. */
      const requestsWith = async (more: object): Promise<number> => {
        guard.notes.set(serial, JSON.stringify({ ...rest, settled: { ...settled, ...more } }));
        return (await other(ONCE, lab.connect())).requests;
      };
      assert.equal(await requestsWith({}), onlyCounted + 1, 'the serial number');
      const nonsense = [
        undefined,
        7,
        { page: 30 },
        { page: 0, named: 30, removed: 20 },
        { page: 101, named: 1, removed: 1 },
      ];
      for (const limits of nonsense) {
        assert.equal(await requestsWith({ limits }), onlyCounted + 2, JSON.stringify(limits));
      }
      const readAt = Number(settled['readAt']) - 24 * 3_600_000;
      assert.equal(await requestsWith({ readAt }), await requestsWith({ readAt, limits: undefined }));
      assert.equal(await requestsWith({}), onlyCounted + 1);
    }));

  it('has the terminal asked for its limits itself where a run has failed', () =>
    inTurn(async (one, other, { lab }) => {
      await one(ONCE);
      const { requests } = await one(ONCE);
      const terminal = lab.connect();
      assert.equal((await other(ONCE, terminal)).requests, requests + 1, 'the serial number');
      lab.simulator.fault({ kind: 'busy', times: 50 });
      await assert.rejects(other(LATER, terminal));
      lab.simulator.disarm();
      assert.equal((await other(ONCE, terminal)).requests, requests + 1, 'the limits');
      assert.equal((await other(ONCE, terminal)).requests, requests);
    }));

  it('is nothing where the guard keeps no notes: everything is read, and faces are sent again', () =>
    inTurn(async (one, _other, _lab, guard) => {
      guard.keepsNotes = false;
      await one(ONCE);
      const again = await one(ONCE);
      assert.deepEqual([again.look, again.faces.sent], ['full', 1]);
    }));
});
