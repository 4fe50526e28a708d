import type { LogRecord } from '../options.js';

/** Pauses before a number that is missing is looked for again (milliseconds): records appear late, or out of order. */
const PAUSES = [300, 1000, 3000];
/** With so many records behind it, a number that is missing is not late: it is looked for once more, at once. */
const LONG_AGO = 30;

interface Hole {
  from: number;
  to: number;
  /** How often it was looked at. */
  looks: number;
}

/** What of a part of the log may be delivered now. */
export interface Ready {
  records: readonly LogRecord[];
  /** Before the rest, numbers are missing: they are to be looked for again after so many milliseconds. */
  lookAgainMs?: number;
}

/**
 * Numbers that are missing between two records: nothing behind them is delivered until they have been looked for again,
 * three times; then they count as never given.
 */
export class Holes {
  private known: readonly Hole[] = [];

  /**
   * @param after the number that was delivered last
   * @param records what follows it, sorted
   * @param ahead how many follow behind those
   * @param expected a number that the terminal has announced; it may still have to come
   */
  ready(after: number, records: readonly LogRecord[], ahead: number, expected = 0): Ready {
    const last = records.at(-1)?.serial ?? after;
    const ends = [...records.map(({ serial }) => serial), ...(expected > last ? [expected + 1] : [])];
    const found = ends.flatMap((end, index) => {
      const from = (ends[index - 1] ?? after) + 1;
      return end > from ? [{ index, ...this.seen(from, end - 1) }] : [];
    });
    this.known = found.map(({ from, to, looks }) => ({ from, to, looks }));
    const open = found.find(({ index, looks }) => pauseAfter(looks, records.length - index + ahead) !== undefined);
    if (!open) return { records };
    const lookAgainMs = pauseAfter(open.looks, records.length - open.index + ahead) ?? 0;
    return { records: records.slice(0, open.index), lookAgainMs };
  }

  private seen(from: number, to: number): Hole {
    const before = this.known.find((hole) => hole.from <= from && to <= hole.to);
    return { from, to, looks: (before?.looks ?? 0) + 1 };
  }
}

/** Undefined where it was looked for often enough. */
function pauseAfter(looks: number, behind: number): number | undefined {
  if (behind >= LONG_AGO) return looks > 1 ? undefined : 0;
  return PAUSES[looks - 1];
}
