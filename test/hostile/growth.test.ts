import assert from 'node:assert/strict';

import fc from 'fast-check';

import { bytesOf, costOf, patternsFor, READERS, UNITS, type Pattern } from '../harness/hostile/readers.js';

/** The same cases in every run; FUZZ_SEED tries others. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_101);
const SHORT_BYTES = 4 * 1024;
const TIMES_LONGER = 16;
/** What grows as the length does takes 16 times as long, what grows with its square 256 times. */
const MOST_TIMES = 64;
/** What the longer bytes may cost (milliseconds) without being looked at more closely. */
const UNSUSPICIOUS_MS = 4;
/** What costs more than this (milliseconds) is not tried with still longer bytes. */
const HOPELESS_MS = 200;
const REPEATS = 3;

type Reader = (bytes: Buffer) => unknown;

/** The least of several: whatever else runs on the machine makes some of them longer. */
function leastCost(read: Reader, bytes: Buffer): number {
  return Math.min(...Array.from({ length: REPEATS }, () => costOf(read, bytes)));
}

/** How many times as long the reader takes for the longer bytes; undefined where it is quick. */
function growthOf(read: Reader, pattern: Pattern): number | undefined {
  const long = bytesOf(pattern, SHORT_BYTES * TIMES_LONGER);
  if (costOf(read, long) < UNSUSPICIOUS_MS) return undefined;
  const cost = leastCost(read, long);
  if (cost < UNSUSPICIOUS_MS) return undefined;
  const growth = cost / leastCost(read, bytesOf(pattern, SHORT_BYTES));
  // Short bytes may fit where longer ones leave work to the garbage collector: then still longer ones tell.
  if (growth < MOST_TIMES || cost > HOPELESS_MS) return growth;
  return costOf(read, bytesOf(pattern, SHORT_BYTES * TIMES_LONGER * TIMES_LONGER)) / cost;
}

function assertLinear(name: string, read: Reader, pattern: Pattern): void {
  const growth = growthOf(read, pattern);
  assert.ok(
    growth === undefined || growth < MOST_TIMES,
    `${name} takes ${growth?.toFixed(0)} times as long for ${TIMES_LONGER} times ${JSON.stringify(pattern)}`,
  );
}

describe('what a device sends is read in a time that grows as its length does', () => {
  for (const [name, read] of Object.entries(READERS)) {
    const patterns = patternsFor(name);
    if (patterns.length === 0) continue;
    it(name, () => {
      for (const pattern of patterns) assertLinear(name, read, pattern);
    }).timeout(60_000);
  }

  it('each of them, with patterns that nobody thought of', () => {
    const text = fc.array(fc.constantFrom(...UNITS), { maxLength: 3 }).map((units) => units.join(''));
    const pattern = fc.record({ before: text, unit: text.filter((unit) => unit !== ''), after: text });
    fc.assert(
      fc.property(fc.constantFrom(...Object.entries(READERS)), pattern, ([name, read], each) =>
        assertLinear(name, read, each),
      ),
      { seed, numRuns: 1000 },
    );
  }).timeout(60_000);
});
