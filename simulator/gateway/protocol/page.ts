import { wholeNumber, type JsonObject } from './input.js';

/** Pages are no longer than this; whoever asks for more is refused. */
const LONGEST_PAGE = 500;

export interface Page<Item> {
  total: number;
  pageNo: number;
  pageSize: number;
  list: Item[];
}

/** The page that pageNo (from 1) and pageSize ask for. @throws Refusal that names the wrong field */
export function pageOf<Item>(all: readonly Item[], input: JsonObject): Page<Item> {
  const pageNo = wholeNumber(input, 'pageNo', 1, 1_000_000);
  const pageSize = wholeNumber(input, 'pageSize', 1, LONGEST_PAGE);
  const from = (pageNo - 1) * pageSize;
  return { total: all.length, pageNo, pageSize, list: all.slice(from, from + pageSize) };
}
