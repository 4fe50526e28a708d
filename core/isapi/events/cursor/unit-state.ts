import { isTree } from '../../protocol/document.js';
import { isSerial } from '../log/dialect.js';

/** A number in the log; with what stood there, where something did: that it still does shows that it is the same log. */
export interface Place {
  /** 0: before the first of all. */
  serial: number;
  time?: string;
  /** Major and minor. */
  code?: string;
  /** Nothing stood there, and the next number was in the log. */
  isFollowed?: true;
}

/** How far the events of one unit have been delivered. */
export interface UnitState {
  /** How often it has begun to count anew, from 1. */
  epoch: number;
  /** Everything up to here is done with. */
  cursor: Place;
  /** Up to here everything has been sent or passed over; */
  passed: number;
  /** but these are not yet done with. */
  open: readonly number[];
  /** Up to here, something may have been sent: with what stood there, to know the log by where the cursor is long gone. */
  out: Place;
}

export interface CursorState {
  /** The serial number of the unit that was there last. */
  current: string;
  units: ReadonlyMap<string, UnitState>;
}

/** No address has so many units, one after another. */
const MOST_UNITS = 100;
const MOST_OPEN = 10_000;

export function asText({ current, units }: CursorState): string {
  return JSON.stringify({ current, units: Object.fromEntries([...units].slice(-MOST_UNITS)) });
}

/** What a file holds, if it is what `asText` gives. Somebody may have edited it. */
export function cursorStateIn(value: unknown): CursorState | undefined {
  if (!isTree(value)) return undefined;
  const { current, units } = value;
  if (typeof current !== 'string' || !isTree(units)) return undefined;
  const found = Object.entries(units).map(([unit, state]) => [unit, unitIn(state)] as const);
  const known = found.flatMap(([unit, state]) => (state ? [[unit, state] as const] : []));
  return known.length === found.length ? { current, units: new Map(known) } : undefined;
}

function unitIn(value: unknown): UnitState | undefined {
  if (!isTree(value)) return undefined;
  const { epoch, passed, open } = value;
  const [cursor, out] = [placeIn(value['cursor']), placeIn(value['out'])];
  const numbers = Array.isArray(open) ? (open as readonly unknown[]) : [NaN];
  const isUsable = isSerial(epoch) && isPlace(passed) && numbers.length <= MOST_OPEN;
  if (!cursor || !out || !isUsable || !numbers.every(isSerial)) return undefined;
  return { epoch, cursor, passed, open: numbers, out };
}

function placeIn(value: unknown): Place | undefined {
  if (!isTree(value)) return undefined;
  const { serial, time, code, isFollowed } = value;
  if (!isPlace(serial)) return undefined;
  if (typeof time === 'string' && typeof code === 'string') return { serial, time, code };
  return isFollowed === true ? { serial, isFollowed } : { serial };
}

function isPlace(value: unknown): value is number {
  return value === 0 || isSerial(value);
}
