import type { LogRecord } from '../options.js';

/** Pauses before a number that is missing is looked for again (milliseconds): records appear late, or out of order. */
const PAUSES = [300, 1000, 3000];
/** A number that was passed so long ago is not late (milliseconds): it is looked for once more, at once. */
const LATEST_MS = PAUSES.reduce((sum, each) => sum + each);

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
  private passed = { serial: 0, at: 0 };

  /** The terminal has given this number by now. */
  passedBy(serial: number): void {
    this.passed = { serial, at: performance.now() };
  }

  /**
   * @param after the number that was delivered last
   * @param records what follows it, sorted
   * @param expected a number that the terminal has announced; it may still have to come
   */
  ready(after: number, records: readonly LogRecord[], expected = 0): Ready {
    const last = records.at(-1)?.serial ?? after;
    const ends = [...records.map(({ serial }) => serial), ...(expected > last ? [expected + 1] : [])];
    const found = ends.flatMap((end, index) => {
      const from = (ends[index - 1] ?? after) + 1;
      return end > from ? [{ index, ...this.seen(from, end - 1) }] : [];
    });
    this.known = found.map(({ from, to, looks }) => ({ from, to, looks }));
    const open = found.find((hole) => this.pauseAfter(hole) !== undefined);
    if (!open) return { records };
    return { records: records.slice(0, open.index), lookAgainMs: this.pauseAfter(open) ?? 0 };
  }

  /** Undefined where it was looked for often enough. */
  private pauseAfter({ to, looks }: Hole): number | undefined {
    const { serial, at } = this.passed;
    const isLongAgo = to < serial && performance.now() - at >= LATEST_MS;
    return isLongAgo && looks === 1 ? 0 : isLongAgo ? undefined : PAUSES[looks - 1];
  }

  private seen(from: number, to: number): Hole {
    const before = this.known.find((hole) => hole.from <= from && to <= hole.to);
    return { from, to, looks: (before?.looks ?? 0) + 1 };
  }
}
