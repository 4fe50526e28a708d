import { refuse } from '../protocol/replies.js';
import type { JsonObject } from '../protocol/request-documents.js';

interface SearchPage<Item> {
  items: Item[];
  /** The counts of the reply, and whether anything follows this page. */
  counts: { responseStatusStrg: 'OK' | 'MORE' | 'NO MATCH'; numOfMatches: number; totalMatches: number };
}

/**
 * The page of `matches` that a search condition asks for.
 * @param limit whoever asks for more is served this many
 * @throws Refusal that names the wrong field
 */
export function searchPage<Item>(
  { maxResults, searchResultPosition }: JsonObject,
  matches: readonly Item[],
  limit: number,
): SearchPage<Item> {
  const most = Math.min(limit, wholeNumber('maxResults', maxResults, 1));
  const position = wholeNumber('searchResultPosition', searchResultPosition, 0);
  const items = matches.slice(position, position + most);
  const isLast = position + items.length >= matches.length;
  return {
    items,
    counts: {
      responseStatusStrg: items.length === 0 ? 'NO MATCH' : isLast ? 'OK' : 'MORE',
      numOfMatches: items.length,
      totalMatches: matches.length,
    },
  };
}

function wholeNumber(name: string, value: unknown, least: number): number {
  if (value === undefined) throw refuse(6, 'MessageParametersLack', name);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > 1_000_000) {
    throw refuse(6, 'badParameters', name);
  }
  return value;
}
