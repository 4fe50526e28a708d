import { isTree, type Tree } from '../../protocol/document.js';

/** Serial numbers lie between these; no terminal was seen to count further (its capabilities say 3,000,000,000). */
export const FIRST_SERIAL = 1;
export const LAST_SERIAL = 3_000_000_000;

/** Codes that one search asks for; 0 is all of them. */
export interface CodeFilter {
  major: number;
  minor: number;
}

/**
 * How a search that goes to the newest event has to end: without an end, at one number, or not further from its beginning
 * than so many numbers.
 */
export type SearchEnd = { kind: 'open' } | { kind: 'upTo'; serial: number } | { kind: 'span'; width: number };

/** Whether a search has to name times, and in which form. */
export type SearchTimes = 'none' | 'offset' | 'local';

/** What one terminal wants of a search in its log. */
export interface Dialect {
  /** All of these together find everything: usually one, for all codes. */
  searches: readonly CodeFilter[];
  end: SearchEnd;
  times: SearchTimes;
  /** Events that it gives at once. */
  page: number;
}

/** For reports: no address, no serial number. */
export function describeDialect({ searches, end, times, page }: Dialect): string {
  const [{ major, minor } = { major: 0, minor: 0 }] = searches;
  const codes = major === 0 ? 'all codes' : minor === 0 ? `${searches.length} majors` : `${searches.length} codes`;
  const ends = end.kind === 'open' ? 'no end' : end.kind === 'upTo' ? `end ${end.serial}` : `spans of ${end.width}`;
  return `${codes}, ${ends}, times ${times}, pages of ${page}`;
}

const TIMES: readonly SearchTimes[] = ['none', 'offset', 'local'];
const MOST_SEARCHES = 1000;
export const MOST_PAGE = 100;

/** A dialect as a file holds it; undefined where somebody has edited it into something else. */
export function asDialect(value: unknown): Dialect | undefined {
  if (!isTree(value)) return undefined;
  const { searches, end, times, page } = value;
  const filters = Array.isArray(searches) ? (searches as readonly unknown[]) : [];
  const isUsable =
    filters.length > 0 &&
    filters.length <= MOST_SEARCHES &&
    filters.every(
      (each): each is CodeFilter & Tree => isTree(each) && isCount(each['major']) && isCount(each['minor']),
    );
  const ends = endIn(end);
  const form = TIMES.find((each) => each === times);
  if (!isUsable || !ends || !form || !isCount(page) || page < 1 || page > MOST_PAGE) return undefined;
  return { searches: filters.map(({ major, minor }) => ({ major, minor })), end: ends, times: form, page };
}

function endIn(end: unknown): SearchEnd | undefined {
  if (!isTree(end)) return undefined;
  const { kind, serial, width } = end;
  if (kind === 'open') return { kind };
  if (kind === 'upTo' && isSerial(serial)) return { kind, serial };
  return kind === 'span' && isSerial(width) ? { kind, width } : undefined;
}

export function isSerial(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= FIRST_SERIAL && Number(value) <= LAST_SERIAL;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= 0xffff;
}
