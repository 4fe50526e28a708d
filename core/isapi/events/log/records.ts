import { HikvisionError } from '../../../errors/hikvision-error.js';
import { child, isTree, list, number, text, type IsapiDocument, type Tree } from '../../protocol/document.js';
import { readRecord } from '../meaning/record.js';
import type { LogRecord } from '../options.js';
import { isSerial, LAST_SERIAL } from './dialect.js';

/** Serial numbers from and to, both included; without an end to the newest. */
export interface Span {
  from: number;
  to?: number | undefined;
}

/** What a terminal gives at once. */
export interface LogPage {
  /** Sorted by serial number, each once: terminals sort by time, and not well (DS-K1T344). */
  records: LogRecord[];
  /** How many there are in the span, as the terminal says; at least those that it gave. */
  total: number;
  /** Nothing more is in the span than this. */
  isWhole: boolean;
}

const MOST_CODE = 0xffff;

/**
 * The records of one reply. Those without a serial number or a code are none.
 * @throws HikvisionError `logSerials` where it gave what was not asked for, or nothing that has a number
 */
export function readPage(document: IsapiDocument, { from, to = LAST_SERIAL }: Span): LogPage {
  const inner = child(document.content, 'AcsEvent');
  const content = isTree(inner) ? inner : document.content;
  const items = list(content, 'InfoList');
  const found = items.flatMap((item) => (isTree(item) ? (recordIn(item) ?? []) : []));
  const isOutside = found.some(({ serial }) => serial < from || serial > to);
  const isNumbered = items.length === 0 || items.some((item) => isTree(item) && isSerial(number(item, 'serialNo')));
  if (isOutside || !isNumbered) {
    throw HikvisionError.of('logSerials', { delivery: 'answered' });
  }
  const status = (text(content, 'responseStatusStrg') ?? '').trim().toUpperCase().replace('_', ' ');
  const told = number(content, 'totalMatches');
  const total = told !== undefined && Number.isSafeInteger(told) && told > items.length ? told : items.length;
  return {
    records: [...new Map(found.map((record) => [record.serial, record])).values()].sort(bySerial),
    total: status === 'MORE' ? Math.max(total, items.length + 1) : total,
    isWhole: status !== 'MORE' && total === items.length,
  };
}

export function bySerial(one: LogRecord, other: LogRecord): number {
  return one.serial - other.serial;
}

function recordIn(item: Tree): LogRecord | undefined {
  const record = readRecord(item);
  const isUsable = record && isSerial(record.serial) && record.major <= MOST_CODE && record.minor <= MOST_CODE;
  return isUsable ? record : undefined;
}
