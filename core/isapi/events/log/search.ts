import { HikvisionError } from '../../../errors/hikvision-error.js';
import { namingRight } from '../../operations/missing-right.js';
import { headOf, readDocument, type IsapiDocument } from '../../protocol/document.js';
import { isNotSupported } from '../../protocol/reply.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { CodeFilter, Dialect } from './dialect.js';
import { readPage, type LogPage, type Span } from './records.js';

/** What is used of a terminal here. */
export type LogTerminal = Pick<Terminal, 'call' | 'named'>;

const OPERATION = 'read events';
const PATH = '/ISAPI/AccessControl/AcsEvent?format=json';
/** All times that a terminal's clock can show. */
const TIMES = {
  none: {},
  offset: { startTime: '1970-01-01T00:00:00+00:00', endTime: '2037-12-31T23:59:59+00:00' },
  local: { startTime: '1970-01-01T00:00:00', endTime: '2037-12-31T23:59:59' },
};

/** One search in the log of a terminal. */
export interface LogSearch extends Span, CodeFilter, Pick<Dialect, 'times'> {
  /** How many at most. */
  rows: number;
  signal: AbortSignal;
}

/** Firmware that puts pictures into the reply puts all of them there. */
const MOST_BYTES = 8 * 1024 * 1024;

let searches = 0;

/**
 * Asks once; always for the first page, since a span is made as narrow as needed instead of being paged through.
 * @throws HikvisionError; `noLog` where the terminal has none
 */
export async function searchLog(terminal: LogTerminal, search: LogSearch): Promise<LogPage> {
  const { from, to, major, minor, rows, times, signal } = search;
  searches += 1;
  const condition = {
    searchID: `${Date.now().toString(16)}${searches.toString(16)}`,
    ...{ searchResultPosition: 0, maxResults: rows, major, minor },
    ...TIMES[times],
    ...{ ...(from > 0 ? { beginSerialNo: from } : {}), ...(to === undefined ? {} : { endSerialNo: to }) },
  };
  const reply = await terminal
    .call({
      ...{ operation: OPERATION, method: 'POST', path: PATH, contentType: 'application/json', policy: 'repeatable' },
      ...{ body: Buffer.from(JSON.stringify({ AcsEventCond: condition })), signal },
      maxBytes: MOST_BYTES,
    })
    .catch((error: unknown) => {
      if (isNotSupported(error)) throw named(terminal, HikvisionError.of('noLog', { delivery: 'answered' }));
      return namingRight('right.log')(error);
    });
  const document = reply.document ?? firstPart(reply.body);
  if (!document) throw named(terminal, HikvisionError.of('noDocument', { retryable: true }));
  try {
    return readPage(document, search);
  } catch (error) {
    throw named(terminal, error);
  }
}

/** Firmware that has pictures gives a multipart body, with the JSON in its first part. */
function firstPart(body: Buffer): IsapiDocument | undefined {
  if (!headOf(body).startsWith('--')) return undefined;
  const head = body.indexOf('{');
  const end = head < 0 ? -1 : body.indexOf('\n--', head);
  return end < 0 ? undefined : readDocument(body.subarray(head, end));
}

function named(terminal: LogTerminal, error: unknown): HikvisionError {
  return terminal.named(error, OPERATION);
}
