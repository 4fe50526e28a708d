import { HikvisionError } from '../../../errors/hikvision-error.js';
import { child, isTree, list, number, text, type Tree } from '../../protocol/document.js';
import { isNotSupported } from '../../protocol/reply.js';
import { namingRight, type Right } from '../../operations/missing-right.js';
import type { RequestLine, Terminal } from '../../terminal/terminal.js';
import { ListGuard } from './list-guard.js';

/** A search that comes in pages, as all of them do. */
export interface Search {
  operation: string;
  /** Path and query. */
  path: string;
  /** The key around the condition, where there is one, and the one around the reply. */
  condition: string | undefined;
  reply: string;
  /** What a page holds. */
  items: string;
  right: Right;
}

export const PERSONS: Search = {
  operation: 'read persons',
  path: '/ISAPI/AccessControl/UserInfo/Search?format=json',
  condition: 'UserInfoSearchCond',
  reply: 'UserInfoSearch',
  items: 'UserInfo',
  right: 'right.persons',
};

/** How a page of persons is read, or some of them by their numbers. */
export const PERSONS_LINE: RequestLine = { method: 'POST', target: PERSONS.path };

export const CARDS: Search = {
  operation: 'read cards',
  path: '/ISAPI/AccessControl/CardInfo/Search?format=json',
  condition: 'CardInfoSearchCond',
  reply: 'CardInfoSearch',
  items: 'CardInfo',
  right: 'right.persons',
};

/** The fields stand by themselves in the clients that work in the field; in others within a key. */
export const FACES: Search = {
  operation: 'read faces',
  path: '/ISAPI/Intelligent/FDLib/FDSearch?format=json',
  condition: undefined,
  reply: 'FaceInfoSearch',
  items: 'MatchList',
  right: 'right.faces',
};

export const FACES_NESTED: Search = { ...FACES, condition: 'FaceInfoSearchCond' };

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

/**
 * Walks through all pages until the terminal itself says `OK` or `NO MATCH`; a page with fewer entries than asked for is no end.
 * @throws HikvisionError
 */
export async function walkPages({ onItem, onPage, ...options }: WalkOptions): Promise<ListGuard> {
  const searchID = `${Date.now().toString(16)}${Math.trunc(Math.random() * 1e9).toString(16)}`;
  const guard = new ListGuard();
  for (;;) {
    const { status, items, told } = await readPage(options, searchID, guard.read);
    const isKnown = items.map(onItem).includes(false);
    guard.note({ status, count: items.length, told, isKnown });
    if (!guard.isOver() || guard.isWhole()) onPage?.(guard.read, guard.told);
    if (guard.isOver() || items.length === 0) return guard;
  }
}

/** A list that moves is read so often. */
const MOST_READS = 3;

/**
 * What a walk through all pages finds; walked again, twice, where it has not come to its end.
 * @throws HikvisionError `LIST_INCOMPLETE`
 */
export async function readWhole<T>(read: () => Promise<{ found: T; walk: ListGuard }>): Promise<T> {
  let last = { told: 0, read: 0 };
  for (let reads = 1; reads <= MOST_READS; reads += 1) {
    const { found, walk } = await read();
    if (walk.isWhole()) return found;
    last = walk;
  }
  const params = { reads: MOST_READS, told: last.told, found: last.read };
  throw HikvisionError.of('listIncomplete', { retryable: true, delivery: 'answered', params });
}

async function readPage(options: Omit<WalkOptions, 'onItem'>, searchID: string, position: number): Promise<Page> {
  const { terminal, search, size, where = {}, signal } = options;
  const condition = { searchResultPosition: position, maxResults: size, ...where };
  const content = search.condition === undefined ? condition : { [search.condition]: { searchID, ...condition } };
  const { document } = await terminal
    .call({
      operation: search.operation,
      method: PERSONS_LINE.method,
      path: search.path,
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify(content)),
      policy: 'repeatable',
      signal,
    })
    .catch((error: unknown) => {
      if (search === PERSONS && error instanceof HikvisionError && isNotSupported(error)) {
        throw error.as('personsNotListed');
      }
      return namingRight(search.right)(error);
    });
  if (!document) throw terminal.named(HikvisionError.of('noDocument', { retryable: true }), search.operation);
  const found = child(document.content, search.reply);
  const told = isTree(found) ? found : document.content;
  return {
    status: (text(told, 'responseStatusStrg') ?? '').trim().toUpperCase().replace('_', ' '),
    items: list(told, search.items).filter(isTree),
    told: number(told, 'totalMatches'),
  };
}
