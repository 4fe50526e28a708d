import assert from 'node:assert/strict';

import { judge } from '../../harness/fleet/proof/judge.js';
import { play } from '../../harness/fleet/proof/run.js';
import { scheduleOf } from '../../harness/fleet/proof/schedule.js';

const TERMINALS = Number(process.env['FLEET_PROOF_TERMINALS'] ?? 50);
const SECONDS = Number(process.env['FLEET_PROOF_SECONDS'] ?? 60);
/** The same in every run; any other can be tried, and a failure repeated. */
const SEED = Number(process.env['FLEET_PROOF_SEED'] ?? process.env['PROOF_SEED'] ?? 20_260_101);
/** To start, to reach the first state, and to come to rest. */
const AROUND_MS = 600_000;
/** A folder for all that can be known of the run; then all that happens is said, too. */
const KEEP = process.env['FLEET_PROOF_KEEP'];

function say(words: string): void {
  process.stdout.write(`      ${words}\n`);
}

describe('the proof: two Node-REDs keep each terminal as the list says, whatever fails', () => {
  it(`${TERMINALS} terminals, ${SECONDS} s of faults, FLEET_PROOF_SEED=${SEED}`, async function () {
    this.timeout(AROUND_MS + SECONDS * 1000);
    const schedule = scheduleOf(SEED, { seconds: SECONDS, terminals: TERMINALS });
    const history = await play({
      terminals: TERMINALS,
      schedule,
      ...(KEEP === undefined ? {} : { keep: KEEP, log: say }),
    });
    const { captures, registered, journal, troubles, endedAt } = history;
    const faults = troubles.filter(({ what }) => what !== 'registration');
    const last = Math.max(...faults.map(({ to }) => to));
    say(
      `${faults.length} troubles, ${journal.length} entries, ${captures.length} captures, ${registered.length} registered, ` +
        `at rest ${((endedAt - last) / 1000).toFixed(1)} s after the last`,
    );
    assert.deepEqual(judge(history), []);
  });
});
