import { HikvisionError } from '../../errors/hikvision-error.js';
import type { GatewayReply } from '../gateway/gateway.js';
import { invalidRequest } from '../../errors/invalid.js';

/** One page of a list. */
export interface Page {
  list: unknown[];
  /** From 0. */
  index: number;
  /** How many pages there are: what the gateway's total promises, and on the last page what there really were. */
  count: number | undefined;
  /** What the gateway says the whole list has; undefined where it does not say. */
  total: number | undefined;
  /** The last page only: whether the gateway's total was reached, or it named none. */
  complete: boolean | undefined;
  reply: GatewayReply;
}

/** Asks for one page; the values are to be put into the body or the query. */
export type AskPage = (paging: Record<string, number>) => Promise<GatewayReply>;

/** No list has so many pages; a gateway that gives more would never stop. */
const MOST_PAGES = 100_000;

/**
 * The pages of a list from the first to the last, which is the one that reaches the total, is empty or short, or repeats
 * the page before it. Where pages of the same length are shorter than asked for and the total promises more, the gateway
 * gives shorter pages. The last page is never an empty one, unless it is the only one.
 * @param pageField what the call names the page number; most say `pageNo`
 * @throws HikvisionError what `ask` throws, after the pages before it; `BAD_REPLY` where a reply holds no list
 */
export async function* pagesOf(ask: AskPage, pageSize: number, pageField: string): AsyncGenerator<Page> {
  let held: Page | undefined;
  let collected = 0;
  /** The length of a full page. */
  let length = pageSize;
  for (let index = 0; index < MOST_PAGES; index += 1) {
    let reply: GatewayReply;
    try {
      reply = await ask({ [pageField]: index + 1, pageSize });
    } catch (error) {
      if (held) yield held;
      throw error;
    }
    const { list, total } = listIn(reply);
    if (held && (list.length === 0 || isSame(list, held.list))) {
      yield { ...held, count: index, complete: isComplete(collected, held.total) };
      return;
    }
    if (held) yield held;
    collected += list.length;
    if (index === 0 && list.length > 0 && total !== undefined && total > list.length) length = list.length;
    const count = total === undefined ? undefined : Math.max(1, Math.ceil(total / length));
    held = { list, index, count, total, complete: undefined, reply };
    if (list.length < length || (total !== undefined && collected >= total)) {
      yield { ...held, count: index + 1, complete: isComplete(collected, total) };
      return;
    }
  }
  throw HikvisionError.of('endlessList', { delivery: 'answered' });
}

/** Pages that are kept together hold at most so much (bytes, as received): a gateway may give them without end. */
const MOST_KEPT_BYTES = 64 * 1024 * 1024;

/**
 * The same pages, for somebody who keeps them all.
 * @throws HikvisionError `TOO_LARGE`, where they are longer than 64 MiB together
 */
export async function* keepablePages(pages: AsyncIterable<Page>, mostBytes = MOST_KEPT_BYTES): AsyncGenerator<Page> {
  let bytes = 0;
  for await (const page of pages) {
    bytes += page.reply.bytes;
    if (bytes > mostBytes) {
      throw HikvisionError.of('listTooLong', { delivery: 'answered', params: { limit: mostBytes >> 20 } });
    }
    yield page;
  }
}

/** The page number as the caller's own body or query names it. */
export function pageFieldOf(parameters: unknown): string {
  return typeof parameters === 'object' && parameters !== null && 'pageIndex' in parameters ? 'pageIndex' : 'pageNo';
}

/** The body or query with the values of one page. @throws HikvisionError `INVALID_INPUT` where it is no object */
export function withPaging(parameters: unknown, paging: Record<string, number>): Record<string, unknown> {
  if (parameters === undefined || parameters === null || parameters === '') return paging;
  if (typeof parameters !== 'object' || Array.isArray(parameters) || Buffer.isBuffer(parameters)) {
    throw invalidRequest('paging');
  }
  return { ...parameters, ...paging };
}

/** Whether the list is what the gateway promised. */
function isComplete(collected: number, total: number | undefined): boolean {
  return total === undefined || collected === total;
}

function isSame(one: unknown[], other: unknown[]): boolean {
  return one.length === other.length && JSON.stringify(one) === JSON.stringify(other);
}

/** `data` is a list itself, or holds one: as `list`, or as the only list in it. Without any data the list is empty. */
function listIn(reply: GatewayReply): { list: unknown[]; total: number | undefined } {
  const { data } = reply;
  if (Array.isArray(data)) return { list: data as unknown[], total: undefined };
  if (data === null || data === '') return { list: [], total: undefined };
  if (typeof data === 'object' && !Buffer.isBuffer(data)) {
    const tree = data as Record<string, unknown>;
    const total = totalOf(tree['total']) ?? totalOf(tree['totalNum']);
    const lists = Object.values(tree).filter((value) => Array.isArray(value)) as unknown[][];
    const list = Array.isArray(tree['list']) ? (tree['list'] as unknown[]) : lists.length === 1 ? lists[0] : undefined;
    if (list) return { list, total };
    // An empty list is sometimes left out, or null.
    if (total === 0 || tree['list'] === null) return { list: [], total };
  }
  throw HikvisionError.of('noList', {
    httpStatus: reply.httpStatus,
    delivery: 'answered',
  });
}

function totalOf(value: unknown): number | undefined {
  const total = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof total === 'number' && Number.isInteger(total) && total >= 0 ? total : undefined;
}
