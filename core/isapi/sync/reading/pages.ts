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
    const total = page.told ?? (isFirst ? page.items.length : told);
    const hasMoved = !isFirst && total !== told;
    told = total;
    const isKnown = page.items.map(onItem).includes(false);
    read += page.items.length;
    if (hasMoved || isKnown || read > MOST_ITEMS) return { isWhole: false, told, read };
    onPage?.(read, told);
    const isEnd = page.status === 'OK' || page.status === 'NO MATCH' || (page.status === '' && read >= told);
    if (isEnd) return { isWhole: read === told || page.told === undefined, told, read };
    if (page.items.length === 0) return { isWhole: false, told, read };
  }
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
