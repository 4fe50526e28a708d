import { HikvisionError } from '../../../errors/hikvision-error.js';
import { child, isTree, list, number, text, type Tree } from '../../protocol/document.js';
import { namingRight } from '../../operations/missing-right.js';
import type { Terminal } from '../../terminal/terminal.js';

/** A search that comes in pages, as all of them do. */
export interface Search {
  operation: string;
  /** Path and query. */
  path: string;
  /** The key around the condition, and the one around the reply. */
  condition: string;
  reply: string;
  /** What a page holds. */
  items: string;
}

export const PERSONS: Search = {
  operation: 'read persons',
  path: '/ISAPI/AccessControl/UserInfo/Search?format=json',
  condition: 'UserInfoSearchCond',
  reply: 'UserInfoSearch',
  items: 'UserInfo',
};

export const CARDS: Search = {
  operation: 'read cards',
  path: '/ISAPI/AccessControl/CardInfo/Search?format=json',
  condition: 'CardInfoSearchCond',
  reply: 'CardInfoSearch',
  items: 'CardInfo',
};

/** How a walk through all pages has ended: with all of them, or with the list having moved meanwhile. */
export interface Walk {
  isWhole: boolean;
  /** What the terminal said how many there are. */
  told: number;
  /** How many were read. */
  read: number;
}

export interface WalkOptions {
  terminal: Terminal;
  search: Search;
  /** On a page. */
  size: number;
  /** Added to the condition: what is looked for. */
  where?: Tree;
  signal: AbortSignal;
  /** Called for each entry; false where it has been there before, so that the list has moved. */
  onItem: (item: Tree) => boolean;
  onPage?: (read: number, told: number) => void;
}

interface Page {
  status: string;
  items: Tree[];
  told: number | undefined;
}

/** No terminal stores more; a list that goes on is none. */
const MOST_ITEMS = 250_000;

/**
 * Walks through all pages until the terminal itself says `OK` or `NO MATCH`; a page with fewer entries than asked for is no end.
 * @throws HikvisionError
 */
export async function walkPages({ onItem, onPage, ...options }: WalkOptions): Promise<Walk> {
  const searchID = `${Date.now().toString(16)}${Math.trunc(Math.random() * 1e9).toString(16)}`;
  let [read, told] = [0, -1];
  for (;;) {
    const page = await readPage(options, searchID, read);
    const isFirst = told < 0;
    const isEmpty = page.items.length === 0;
    // Behind the last page nothing matches; how many there were, the pages before it have said.
    const isBehind = !isFirst && isEmpty && page.status === 'NO MATCH';
    const pageTold = isBehind ? told : page.told;
    const total = pageTold ?? (isFirst ? page.items.length : told);
    const hasMoved = !isFirst && pageTold !== undefined && total !== told;
    told = pageTold === undefined ? Math.max(total, read + page.items.length) : total;
    const isKnown = page.items.map(onItem).includes(false);
    read += page.items.length;
    if (hasMoved || isKnown || read > Math.min(told, MOST_ITEMS)) return { isWhole: false, told, read };
    onPage?.(read, told);
    if (isEnd(page, read)) return { isWhole: read === told, told, read };
    if (isEmpty) return { isWhole: false, told, read };
  }
}

/** A terminal that says neither whether more follows nor how many there are has no more when it gives none. */
function isEnd({ status, told, items }: Page, read: number): boolean {
  if (status !== '') return status === 'OK' || status === 'NO MATCH';
  return told === undefined ? items.length === 0 && read > 0 : read >= told;
}

/** A list that moves is read so often. */
const MOST_READS = 3;

/**
 * What a walk through all pages finds; walked again, twice, where it has not come to its end.
 * @throws HikvisionError `LIST_INCOMPLETE`
 */
export async function readWhole<T>(read: () => Promise<{ found: T; walk: Walk }>): Promise<T> {
  let last: Walk = { isWhole: false, told: 0, read: 0 };
  for (let reads = 1; reads <= MOST_READS; reads += 1) {
    const { found, walk } = await read();
    if (walk.isWhole) return found;
    last = walk;
  }
  const params = { reads: MOST_READS, told: last.told, found: last.read };
  throw HikvisionError.of('listIncomplete', { retryable: true, delivery: 'answered', params });
}

async function readPage(options: Omit<WalkOptions, 'onItem'>, searchID: string, position: number): Promise<Page> {
  const { terminal, search, size, where = {}, signal } = options;
  const condition = { searchID, searchResultPosition: position, maxResults: size, ...where };
  const { document } = await terminal
    .call({
      operation: search.operation,
      method: 'POST',
      path: search.path,
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify({ [search.condition]: condition })),
      policy: 'repeatable',
      signal,
    })
    .catch(namingRight('right.persons'));
  if (!document) throw terminal.named(HikvisionError.of('noDocument', { retryable: true }), search.operation);
  const found = child(document.content, search.reply);
  const content = isTree(found) ? found : document.content;
  return {
    status: (text(content, 'responseStatusStrg') ?? '').trim().toUpperCase().replace('_', ' '),
    items: list(content, search.items).filter(isTree),
    told: number(content, 'totalMatches'),
  };
}
