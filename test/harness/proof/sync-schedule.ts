import fc from 'fast-check';

import { parseFault, type Fault, type ModelName } from '../../../simulator/simulated-terminal.js';

/** A person as a list has them; each face is named after its person. */
export interface ListedPlan {
  number: number;
  name: string;
  doorRight: '' | '1';
  endTime: string;
  /** Which of the pictures of that person; 0: the list says nothing of a face. */
  face: number;
  /** Undefined: the list says nothing of cards. */
  cards: string[] | undefined;
  remove: boolean;
}

/** One message to terminal-sync, with what goes wrong meanwhile. */
export interface RunPlan {
  persons: ListedPlan[];
  scope: 'listed' | 'all';
  faces: 'missing' | 'changed' | 'all';
  full: boolean;
  /** What the node is set to. */
  maxRemovals: number;
  /** More than so many may not go; a mutant is set to something else. */
  mostRemovals: number;
  faults: readonly Fault[];
  /** Cancelled after so many words about its progress. */
  cancelAfter: number | undefined;
  /** Node-RED was restarted before: another connection, and what is remembered is read from its file. */
  restarted: boolean;
  /** A registration goes on beside: of somebody in the list, or of a stranger, with a capture at this terminal. */
  registers: number | undefined;
}

export interface SyncSchedule {
  model: ModelName;
  /** Persons whom others have made on the terminal; nobody lists those of 20 and above. */
  byHand: number[];
  retries: number;
  runs: RunPlan[];
}

const MODELS: ModelName[] = ['DS-K1T342MFWX-E1', 'DS-K1T673DX', 'DS-K1T342MFX-E1', 'DS-K1T323'];
const LISTED = 8;
const STRANGERS = [20, 21, 22];
const OK = { statusCode: 1, subStatusCode: 'ok' };

const anyFault = (): fc.Arbitrary<Fault> =>
  fc
    .oneof(
      fc.record({
        kind: fc.constantFrom('busy', 'reset', 'lost', 'empty', 'garbage', 'html', 'timeout'),
        at: fc.constantFrom('person', 'face', 'card', 'delete', 'search', 'count', 'any'),
        times: fc.integer({ min: 1, max: 2 }),
      }),
      fc.record({
        kind: fc.constantFrom('skipped', 'repeated', 'missing', 'total', 'short'),
        times: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({ kind: fc.constant('modelling'), times: fc.integer({ min: 1, max: 3 }) }),
      // Taken, and not done. A face that takes the place of another is not told apart by its number.
      fc.record({
        kind: fc.constant('status'),
        status: fc.constant(200),
        code: fc.constant(OK),
        at: fc.constantFrom('person', 'card', 'delete'),
      }),
      fc.record({
        kind: fc.constant('slow'),
        at: fc.constantFrom('person', 'face', 'card', 'delete'),
        seconds: fc.integer({ min: 1, max: 900 }),
      }),
      fc.record({ kind: fc.constant('edit'), edit: anyEdit() }),
    )
    .map(parseFault);

/** Of a stranger, so that nobody can say which of two who wrote the same person was right. */
function anyEdit(): fc.Arbitrary<object> {
  const number = fc.constantFrom(...STRANGERS.map(String));
  return fc.oneof(
    number.map((employeeNo) => ({ person: { employeeNo, name: `By hand ${employeeNo}` } })),
    number.map((remove) => ({ remove })),
  );
}

const anyPerson = (number: number): fc.Arbitrary<ListedPlan> =>
  fc.record({
    number: fc.constant(number),
    name: fc.constantFrom('Anna', 'Борис', 'Очень длинное имя человека, которое не помещается на терминал целиком'),
    doorRight: fc.constantFrom('', '1'),
    endTime: fc.constantFrom('2020-01-01T00:00:00', '2030-01-01T00:00:00', '2035-12-31T23:59:59'),
    face: fc.integer({ min: 0, max: 2 }),
    cards: fc.option(fc.subarray([`1${number}`, `2${number}`, 'AA']), { nil: undefined }),
    remove: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
  });

const anyRun = (faults: boolean): fc.Arbitrary<RunPlan> =>
  fc
    .record({
      persons: fc
        .subarray(Array.from({ length: LISTED }, (_none, index) => index + 1))
        .chain((numbers) => fc.tuple(...numbers.map(anyPerson)))
        .map(oneHolder),
      scope: fc.constantFrom('listed', 'all'),
      faces: fc.constantFrom('missing', 'changed', 'changed', 'all'),
      full: fc.boolean(),
      maxRemovals: fc.constantFrom(0, 1, 3, 20),
      faults: faults ? fc.array(anyFault(), { maxLength: 4 }) : fc.constant<Fault[]>([]),
      cancelAfter: faults
        ? fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined, freq: 4 })
        : fc.constant(undefined),
      restarted: fc.boolean(),
      registers: fc.option(fc.constantFrom(1, 2, ...STRANGERS), { nil: undefined, freq: 3 }),
    })
    .map((run) => ({ ...run, mostRemovals: run.maxRemovals }));

/** A card stands at one person of a list only. */
function oneHolder(persons: ListedPlan[]): ListedPlan[] {
  const first = persons.find(({ cards, remove }) => !remove && cards?.includes('AA'));
  return persons.map((person) =>
    person === first || !person.cards ? person : { ...person, cards: person.cards.filter((card) => card !== 'AA') },
  );
}

export function anySyncSchedule({ faults = true }: { faults?: boolean } = {}): fc.Arbitrary<SyncSchedule> {
  return fc.record({
    model: fc.constantFrom(...MODELS),
    byHand: fc.subarray([1, 2, ...STRANGERS]),
    retries: fc.integer({ min: 0, max: 2 }),
    runs: fc.array(anyRun(faults), { minLength: 1, maxLength: 4 }),
  });
}
