import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { CaptureLease } from '../../core/isapi/terminal/capture-lease.js';
import { Enrolment, type CaptureRecord } from '../../core/isapi/terminal/enrolment.js';
import { inNoTime } from '../harness/clock.js';
import { replacing, withMutant } from '../harness/proof/mutant.js';
import { runSchedule } from '../harness/proof/run-schedule.js';
import { anySchedule, type Limits, type Schedule } from '../harness/proof/schedule.js';

/** So many play at a time, each its share of the schedules with a seed of its own: `PROOF_SEED`, and one more for each. */
const PLAYERS = 24;
const SEED = Number(process.env['PROOF_SEED'] ?? 20_260_101);
const RUNS = Number(process.env['PROOF_RUNS'] ?? 1200);
/** Milliseconds, generous: nothing in here depends on how fast the machine is. */
const TIME_MS = Math.max(480_000, 200 * RUNS);

/** Plays schedules, many at a time; gives what fast-check says about the first that breaks the promise. */
async function play(
  limits: Limits,
  runs: number,
  change = (schedule: Schedule): Schedule => schedule,
): Promise<string | undefined> {
  let found: string | undefined;
  const keeps = fc.asyncProperty(anySchedule(limits), async (schedule: Schedule) => {
    if (found !== undefined) return;
    assert.deepEqual(await runSchedule(change(schedule)), []);
  });
  // Time passes only while everything rests: on a busy machine no time-out comes before a reply that is on its way.
  await inNoTime(() =>
    Promise.all(
      Array.from({ length: PLAYERS }, async (_player, index) => {
        // A smaller schedule may just not hit the moment: it is shown as it was found.
        const details = await fc.check(keeps, {
          seed: SEED + index,
          numRuns: Math.ceil(runs / PLAYERS),
          endOnFailure: true,
        });
        if (details.failed) found ??= `${String(details.errorInstance)}\n${fc.defaultReportMessage(details) ?? ''}`;
      }),
    ),
  );
  return found;
}

describe('the proof: each person has their own face or none, each message one outcome, nothing waits at the end', () => {
  it(`in ${Math.ceil(RUNS * 0.75)} schedules with faults, late requests, resets, redeploys and hold time-outs`, async function () {
    this.timeout(TIME_MS);
    assert.equal(await play({}, RUNS * 0.75), undefined);
  });

  it(`in ${Math.ceil(RUNS * 0.25)} schedules in which others capture on the terminals too`, async function () {
    this.timeout(TIME_MS);
    assert.equal(await play({ foreign: true }, RUNS * 0.25), undefined);
  });
});

/** Far more schedules than it takes: the first that shows the bug ends the search. */
const ENOUGH = 3000;

/** Any capture of ours may be bound by its URL, however old it is. */
function withoutGenerations(): Parameters<typeof withMutant>[0][number][] {
  const captures = new Map<string, CaptureRecord>();
  return [
    replacing(
      Enrolment,
      'noteCaptured',
      (original) =>
        function (this: Enrolment, ...args) {
          const record = original.apply(this, args);
          captures.set(record.id, record);
          return record;
        },
    ),
    replacing(
      Enrolment,
      'newestCapture',
      () =>
        ({ id = '' }) =>
          captures.get(id),
    ),
    replacing(Enrolment, 'assertNewest', () => () => undefined),
  ];
}

describe('the proof finds the bug', () => {
  it('when the generation check is taken out', async function () {
    this.timeout(TIME_MS);
    const found = await withMutant(withoutGenerations(), () => play({ holdMs: [0], faults: false }, ENOUGH));
    assert.match(found ?? 'nothing found', /their own is/);
  });

  it('when the recheck is taken out where others capture too', async function () {
    this.timeout(TIME_MS);
    const found = await play({ foreign: true, faults: false }, ENOUGH, (schedule) => ({ ...schedule, recheck: false }));
    assert.match(found ?? 'nothing found', /their own is/);
  });

  /** The schedule with register-person alone. */
  const registered = (schedule: Schedule): Schedule => ({
    ...schedule,
    messages: schedule.messages.map((message) => ({ ...message, actor: 'register-person' })),
  });

  it('when the recheck is taken out of register-person where others capture too', async function () {
    this.timeout(TIME_MS);
    const found = await play({ foreign: true, faults: false }, ENOUGH, (schedule) => ({
      ...registered(schedule),
      recheck: false,
    }));
    assert.match(found ?? 'nothing found', /their own is/);
  });

  it('when register-person keeps no terminal for its person and the generation check is taken out', async function () {
    this.timeout(TIME_MS);
    const mutant = [...withoutGenerations(), replacing(CaptureLease, 'hold', () => () => undefined)];
    const found = await withMutant(mutant, () => play({ faults: false }, ENOUGH, registered));
    assert.match(found ?? 'nothing found', /their own is/);
  });
});
