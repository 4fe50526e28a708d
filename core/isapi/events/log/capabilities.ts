import { child, find, isTree, number, text, type Tree } from '../../protocol/document.js';
import { isNotSupported } from '../../protocol/reply.js';
import { isSerial, MOST_PAGE } from './dialect.js';
import type { LogTerminal } from './search.js';

/** What a terminal says of searches in its log; what it does not say is absent. */
export interface LogCapabilities {
  majors: readonly number[];
  /** By major. */
  minors: ReadonlyMap<number, readonly number[]>;
  lastSerial?: number;
  page: number;
}

/** All face terminals that were measured give so many at once. */
const USUAL_PAGE = 30;
const MOST_CODES = 1000;
/** Under these names some firmware tells the minors of each major; others have one list, `minor`. */
const MINORS = { 1: 'minorAlarm', 2: 'minorException', 3: 'minorOperation', 5: 'minorEvent' };

/** What `GET …/AcsEvent/capabilities` says; a terminal that does not know this call says nothing. */
export async function logCapabilities(terminal: LogTerminal, signal: AbortSignal): Promise<LogCapabilities> {
  try {
    const { document } = await terminal.call({
      operation: 'read limits of events',
      method: 'GET',
      path: '/ISAPI/AccessControl/AcsEvent/capabilities?format=json',
      policy: 'repeatable',
      signal,
    });
    return told(document?.content ?? {});
  } catch (error) {
    if (isNotSupported(error)) return told({});
    throw error;
  }
}

function told(content: Tree): LogCapabilities {
  const found = find(content, 'AcsEventCond');
  const condition = isTree(found) ? found : content;
  const limit = (name: string): number | undefined => {
    const value = child(condition, name);
    return isTree(value) ? number(value, '@max') : undefined;
  };
  const lastSerial = limit('endSerialNo') ?? limit('beginSerialNo');
  const page = limit('maxResults');
  const majors = codesIn(condition, 'major').filter((major) => major > 0);
  const all = codesIn(condition, 'minor');
  const minors = Object.entries(MINORS).map(([major, name]): [number, readonly number[]] => {
    const own = codesIn(condition, name);
    return [Number(major), (own.length > 0 ? own : all).filter((minor) => minor > 0)];
  });
  return {
    majors,
    minors: new Map(minors),
    ...(isSerial(lastSerial) && lastSerial > 1 ? { lastSerial } : {}),
    page: page !== undefined && Number.isSafeInteger(page) && page > 0 ? Math.min(page, MOST_PAGE) : USUAL_PAGE,
  };
}

/** `@opt` as `0,1,2,3,5` or in hexadecimal. */
function codesIn(condition: Tree, name: string): number[] {
  const value = child(condition, name);
  const options = isTree(value) ? (text(value, '@opt') ?? '') : '';
  const codes = options
    .slice(0, 8 * MOST_CODES)
    .split(',')
    .map((option) => Number(option.trim() || NaN));
  return codes.filter((code) => Number.isSafeInteger(code) && code >= 0 && code <= 0xffff);
}
