/** A page as the guard needs it. */
export interface PageRead {
  status: string;
  /** Entries on the page. */
  count: number;
  /** How many there are, as this page says. */
  told: number | undefined;
  /** Somebody on it has been on a page before. */
  isKnown: boolean;
}

/** No terminal stores more; a list that goes on is none. */
const MOST_ITEMS = 250_000;

/** Watches a list while its pages are read: one that moves meanwhile is not believed. */
export class ListGuard {
  /** Entries read so far. */
  read = 0;
  /** How many there are, as the terminal says; negative before the first page. */
  told = -1;
  private moved = false;
  private ended = false;

  note({ status, count, told, isKnown }: PageRead): void {
    const isFirst = this.told < 0;
    // Behind the last page nothing matches; how many there were, the pages before it have said.
    const isBehind = !isFirst && count === 0 && status === 'NO MATCH';
    const pageTold = isBehind ? this.told : told;
    const total = pageTold ?? (isFirst ? count : this.told);
    const isOther = !isFirst && pageTold !== undefined && total !== this.told;
    this.told = pageTold === undefined ? Math.max(total, this.read + count) : total;
    this.read += count;
    this.moved = isOther || isKnown || this.read > Math.min(this.told, MOST_ITEMS);
    this.ended = isEnd(status, told, count, this.read);
  }

  /** Whether there is nothing more to read, for good or ill. */
  isOver(): boolean {
    return this.moved || this.ended;
  }

  /**
   * Whether all of it was read, and it stood still.
   * @param count what the terminal has counted by another call, where it has one
   */
  isWhole(count = this.read): boolean {
    return !this.moved && this.ended && this.read === this.told && this.read === count;
  }
}

/** A terminal that says neither whether more follows nor how many there are has no more when it gives none. */
function isEnd(status: string, told: number | undefined, count: number, read: number): boolean {
  if (status !== '') return status === 'OK' || status === 'NO MATCH';
  return told === undefined ? count === 0 && read > 0 : read >= told;
}
