import assert from 'node:assert/strict';
import fc from 'fast-check';

import { ListGuard } from '../../core/isapi/sync/reading/list-guard.js';
import { Proof } from '../../core/isapi/sync/writing/proof.js';
import { inNoTime } from '../harness/clock.js';
import { replacing, withMutant } from '../harness/proof/mutant.js';
import { runSyncSchedule } from '../harness/proof/run-sync-schedule.js';
import { anySyncSchedule, type SyncSchedule } from '../harness/proof/sync-schedule.js';

const PLAYERS = 12;
const SEED = Number(process.env['PROOF_SEED'] ?? 20_260_101);
const RUNS = Math.ceil(Number(process.env['PROOF_RUNS'] ?? 1200) / 6);
const TIME_MS = Math.max(480_000, 600 * RUNS);
/** Far more schedules than it takes to show a mutant. */
const ENOUGH = 2000;

/** Plays schedules, many at a time; gives what fast-check says about the first that breaks a promise. */
async function play(
  runs: number,
  faults = true,
  change = (schedule: SyncSchedule): SyncSchedule => schedule,
): Promise<string | undefined> {
  let found: string | undefined;
  const keeps = fc.asyncProperty(anySyncSchedule({ faults }), async (schedule) => {
    if (found !== undefined) return;
    assert.deepEqual(await runSyncSchedule(change(schedule)), []);
  });
  await inNoTime(() =>
    Promise.all(
      Array.from({ length: PLAYERS }, async (_player, index) => {
        const details = await fc.check(keeps, {
          ...{ seed: SEED + index, numRuns: Math.ceil(runs / PLAYERS), endOnFailure: true },
        });
        if (details.failed) found ??= `${String(details.errorInstance)}\n${fc.defaultReportMessage(details) ?? ''}`;
      }),
    ),
  );
  return found;
}

describe('the proof: a terminal ends with what the list says, nobody else is removed, no face is anybody else’s', () => {
  it(`in ${RUNS} schedules with faults, edits by hand, restarts, cancelled runs and registrations beside`, async function () {
    this.timeout(TIME_MS);
    assert.equal(await play(RUNS), undefined);
  });
});

describe('the proof of lists finds the bug', () => {
  it('when nothing is read back', async function () {
    this.timeout(TIME_MS);
    const found = await withMutant([replacing(Proof, 'read', () => () => Promise.resolve([]))], () => play(ENOUGH));
    assert.match(found ?? 'nothing found', /converged: /);
  });

  it('when a list that moves while it is read is believed', async function () {
    this.timeout(TIME_MS);
    const found = await withMutant([replacing(ListGuard, 'isWhole', () => () => true)], () => play(ENOUGH));
    assert.match(found ?? 'nothing found', /converged: |at the end: /);
  });

  it('when the limit of removals is not heeded', async function () {
    this.timeout(TIME_MS);
    const unlimited = (schedule: SyncSchedule): SyncSchedule => ({
      ...schedule,
      runs: schedule.runs.map((run) => ({ ...run, maxRemovals: 100 })),
    });
    assert.match((await play(ENOUGH, true, unlimited)) ?? 'nothing found', /were removed, and \d+ may be/);
  });
});
