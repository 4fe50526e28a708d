import fc from 'fast-check';

import type { LogQuirks } from './scripted-log.js';

/** Something that happens to a terminal, its line or the process that reads it. */
export type Step =
  /** Events; `late`: of every third, so many milliseconds pass until it is found. */
  | { kind: 'happen'; count: number; late: number; announced: boolean }
  | { kind: 'skip'; count: number }
  | { kind: 'pass'; ms: number }
  /** Factory defaults, and so many events after that. */
  | { kind: 'reset'; count: number }
  /** Another unit hangs at the address, or the former one again. */
  | { kind: 'swap' }
  | { kind: 'cut'; calls: number }
  | { kind: 'emptyPages'; count: number }
  | { kind: 'restart' }
  /** The process dies at its next so many things that it does with the world. */
  | { kind: 'kill'; after: number };

export interface LogSchedule {
  quirks: LogQuirks;
  begin: 'now' | 'kept';
  acknowledge: 'sent' | 'acked';
  inFlight: number;
  route: 'auto' | 'poll';
  /** How many the terminal keeps. */
  capacity: number;
  /** Milliseconds that the flow needs for each; events whose number can be divided by `lost` are never acknowledged. */
  ackMs: number;
  lost: number;
  before: number;
  steps: Step[];
}

const count = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('happen' as const),
      count: count(50),
      late: fc.constantFrom(0, 0, 0, 200, 900, 2500),
      announced: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: count(20_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('skip' as const), count: count(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const), count: fc.integer({ min: 0, max: 120 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'swap' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), calls: count(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('emptyPages' as const), count: count(3) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('kill' as const), after: fc.integer({ min: 0, max: 40 }) }) },
);

const anyQuirks: fc.Arbitrary<LogQuirks> = fc.record(
  {
    page: fc.constantFrom(30, 30, 7, 2, 1),
    named: fc.constantFrom('major' as const, 'minor' as const),
    endRequired: fc.boolean(),
    largestEnd: fc.constantFrom(3_000_000_000, 999_999_999, 100_000_000),
    unsorted: fc.integer({ min: 0, max: 100 }),
    mute: fc.boolean(),
    timesRequired: fc.constantFrom('offset' as const, 'local' as const),
    multipart: fc.boolean(),
  },
  { requiredKeys: [] },
);

export const anyLogSchedule: fc.Arbitrary<LogSchedule> = fc.record({
  quirks: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: anyQuirks }),
  begin: fc.constantFrom('now', 'kept'),
  acknowledge: fc.constantFrom('sent', 'acked'),
  inFlight: count(25),
  route: fc.constantFrom('auto', 'poll'),
  capacity: fc.constantFrom(Infinity, Infinity, 200, 40, 10),
  ackMs: fc.constantFrom(0, 50, 700, 3000),
  lost: fc.constantFrom(1000, 1000, 17),
  before: fc.integer({ min: 0, max: 60 }),
  steps: fc.array(anyStep, { minLength: 1, maxLength: 25 }),
});
