import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { InFlight } from '../../core/delivery/in-flight.js';
import { Anchor } from '../../core/isapi/events/reading/anchor.js';
import { Holes } from '../../core/isapi/events/reading/holes.js';
import { inNoTime } from '../harness/clock.js';
import { runEventSchedule } from '../harness/proof/events/run-event-schedule.js';
import { replacing, withMutant } from '../harness/proof/mutant.js';
import { anyEventSchedule } from '../harness/proof/events/schedule.js';

const PLAYERS = 24;
const SEED = Number(process.env['PROOF_SEED'] ?? 20_260_101);
const RUNS = Math.ceil(Number(process.env['PROOF_RUNS'] ?? 1200) / 4);
const TIME_MS = Math.max(480_000, 1000 * RUNS);

/** Far more schedules than it takes to show a mutant. */
const ENOUGH = 1000;

/** Plays schedules, many at a time; gives what fast-check says about the first that breaks a promise. */
async function play(runs: number): Promise<string | undefined> {
  let found: string | undefined;
  const keeps = fc.asyncProperty(anyEventSchedule, async (schedule) => {
    if (found !== undefined) return;
    assert.deepEqual(await runEventSchedule(schedule), []);
  });
  await inNoTime(() =>
    Promise.all(
      Array.from({ length: Math.min(PLAYERS, runs) }, async (_player, index) => {
        const details = await fc.check(keeps, {
          ...{ seed: SEED + index, numRuns: Math.ceil(runs / PLAYERS), endOnFailure: true },
        });
        if (details.failed) found ??= `${String(details.errorInstance)}\n${fc.defaultReportMessage(details) ?? ''}`;
      }),
    ),
  );
  return found;
}

describe('the proof: each event of a terminal comes once and in order, or is named where the terminal lost it', () => {
  it(`in ${RUNS} schedules with cuts, kills, reboots, replays, overruns, new counts and slow flows`, async function () {
    this.timeout(TIME_MS);
    assert.equal(await play(RUNS), undefined);
  });
});

describe('the proof with a simulated terminal finds the bug', () => {
  it('when numbers that are missing are not looked for', async function () {
    this.timeout(TIME_MS);
    const blind = replacing(Holes, 'ready', () => (_after, records) => ({ records }));
    assert.match((await withMutant([blind], () => play(ENOUGH))) ?? 'nothing found', /lost: |order: /);
  });

  it('when the last record is not looked at again', async function () {
    this.timeout(TIME_MS);
    const trusting = replacing(Anchor, 'holds', () => () => true);
    assert.match((await withMutant([trusting], () => play(ENOUGH))) ?? 'nothing found', /lost: |another count: /);
  });

  it('when as many are out as there are', async function () {
    this.timeout(TIME_MS);
    const boundless = replacing(InFlight, 'countOut', () => () => 0);
    assert.match((await withMutant([boundless], () => play(ENOUGH))) ?? 'nothing found', /in flight: /);
  });
});
