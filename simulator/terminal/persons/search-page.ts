import type { ListFault } from '../behaviour/faults.js';
import { refuse } from '../protocol/replies.js';
import type { JsonObject } from '../protocol/request-documents.js';

/** How many places later than asked a faulty page begins. */
const SHIFTS: Partial<Record<ListFault, number>> = { skipped: 1, missing: 1, repeated: -1 };
/** How many more than there are it says there are. */
const TOTALS: Partial<Record<ListFault, number>> = { skipped: -1, repeated: 1, total: 1 };

interface SearchPage<Item> {
  items: Item[];
  /** The counts of the reply, and whether anything follows this page. */
  counts: { responseStatusStrg: 'OK' | 'MORE' | 'NO MATCH'; numOfMatches: number; totalMatches: number };
}

/**
 * The page of `matches` that a search condition asks for.
 * @param limit whoever asks for more is served this many
 * @param fault what is wrong with this page, as faults.ts says
 * @throws Refusal that names the wrong field
 */
export function searchPage<Item>(
  { maxResults, searchResultPosition }: JsonObject,
  matches: readonly Item[],
  limit: number,
  fault?: ListFault,
): SearchPage<Item> {
  const most = Math.min(limit, wholeNumber('maxResults', maxResults, 1));
  const position = wholeNumber('searchResultPosition', searchResultPosition, 0);
  const start = Math.max(0, position + (fault ? (SHIFTS[fault] ?? 0) : 0));
  const length = fault === 'hollow' ? 0 : fault === 'short' ? Math.ceil(most / 2) : most;
  const items = matches.slice(start, start + length);
  const isLast = fault !== 'hollow' && start + items.length >= matches.length;
  return {
    items: fault === 'unsorted' ? mixedUp(items) : items,
    counts: {
      responseStatusStrg: items.length === 0 && isLast ? 'NO MATCH' : isLast ? 'OK' : 'MORE',
      numOfMatches: items.length,
      totalMatches: matches.length + (fault ? (TOTALS[fault] ?? 0) : 0),
    },
  };
}

/** The same in another order: two or more never stay as they were. */
export function mixedUp<Item>(items: readonly Item[]): Item[] {
  return [...items.filter((_, index) => index % 2 === 1), ...items.filter((_, index) => index % 2 === 0)];
}

function wholeNumber(name: string, value: unknown, least: number): number {
  if (value === undefined) throw refuse(6, 'MessageParametersLack', name);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > 1_000_000) {
    throw refuse(6, 'badParameters', name);
  }
  return value;
}
