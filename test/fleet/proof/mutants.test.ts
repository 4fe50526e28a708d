import assert from 'node:assert/strict';
import path from 'node:path';

import { judge } from '../../harness/fleet/proof/judge.js';
import { play, type RunOptions } from '../../harness/fleet/proof/run.js';
import { terminalName, type Happening, type Schedule } from '../../harness/fleet/proof/schedule.js';

const TERMINALS = 4;
const TIME_MS = 240_000;
const PERSONS = ['101', '102', '103'];
const EVERYWHERE = Array.from({ length: TERMINALS }, (_none, index) => terminalName(index));

/** Two want to register somebody at the same terminal at once, and its capture takes a while. */
const TWO_AT_A_DOOR: Happening[] = [
  { at: 0, what: 'slow', terminal: 0, place: 'capture', for: 1500 },
  { at: 100, what: 'register', instance: 'north', terminal: 0, employeeNo: '9001' },
  { at: 300, what: 'register', instance: 'south', terminal: 0, employeeNo: '9002' },
];
/** Somebody may no longer come in, and the page that names them is not whole. */
const LOST_FROM_A_PAGE: Happening[] = [
  { at: 0, what: 'page', terminal: 1, times: 5 },
  { at: 400, what: 'change', change: { what: 'access', number: '101', terminals: ['T02'] } },
];
const ANOTHER_FACE: Happening[] = [{ at: 0, what: 'change', change: { what: 'face', number: '102' } }];
/** Whoever has the work dies in the middle of it. */
const KILLED_AT_WORK: Happening[] = [
  ...[0, 1, 2].map((terminal): Happening => ({ at: 0, what: 'slow', terminal, place: 'search', for: 4000 })),
  { at: 300, what: 'change', change: { what: 'name', number: '103' } },
  { at: 2300, what: 'kill', instance: 'north', restartAfter: 0 },
  { at: 2300, what: 'kill', instance: 'south', restartAfter: 0 },
];

/** What the judge says of a run in which only this happens. */
async function verdict(happenings: Happening[], more: Partial<RunOptions> = {}): Promise<string> {
  const persons: Schedule['persons'] = PERSONS.map((number) => ({ number, places: EVERYWHERE }));
  const { mutant, ...options } = more;
  const history = await play({
    ...{ terminals: TERMINALS, schedule: { persons, happenings }, ...options },
    ...(mutant === undefined ? {} : { mutant: path.join(__dirname, '../../harness/fleet/proof/mutants', mutant) }),
  });
  return judge(history).join('\n');
}

describe('the proof of the fleet', function () {
  this.timeout(TIME_MS);

  it('has nothing to say where the program is as it is', async () => {
    assert.equal(await verdict([...TWO_AT_A_DOOR, ...LOST_FROM_A_PAGE, ...ANOTHER_FACE]), '');
  });

  it('finds the bug when the advisory lock is off', async () => {
    assert.match(await verdict(TWO_AT_A_DOOR, { mutant: 'no-lock.js' }), /^captures: T01/m);
  });

  it('finds the bug when work is acknowledged as it is received, as MQTT does it', async () => {
    assert.match(await verdict(KILLED_AT_WORK, { variant: 'acknowledged' }), /^at the end: .* 103 has name/m);
  });

  it('finds the bug when somebody counts as gone because a list was not whole', async () => {
    assert.match(
      await verdict(LOST_FROM_A_PAGE, { mutant: 'incomplete-list.js' }),
      /^at the end: T02: 101 is still there/m,
    );
  });

  it('finds the bug when "already there" is taken as success for a face', async () => {
    assert.match(
      await verdict(ANOTHER_FACE, { mutant: 'face-already-there.js' }),
      /^at the end: .* 102 has face P102\.1/m,
    );
  });
});
