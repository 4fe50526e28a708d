import { text, type Tree } from '../../protocol/document.js';
import type { LogRecord, TerminalEvent } from '../options.js';
import { codeOf, kindOf, methodOf } from './codes.js';
import { callOf, detailsOf } from './record.js';
import type { TerminalClock } from './terminal-clock.js';

/** What a record does not say itself. */
export interface EventContext {
  /** The terminal's name. */
  terminal: string;
  /** The serial number of the unit, and how often its log has been numbered anew. */
  unit: string;
  epoch: number;
  clock: TerminalClock;
  /** When it was read, in milliseconds since 1970. */
  receivedAt: number;
  recovered: boolean;
  redelivered: boolean;
  /** A JPEG. */
  picture?: Buffer;
}

/** What happens in an intercom call (`cmdType`); each has a name of its own. */
export const CALL_COMMANDS = [
  ...(['request', 'cancel', 'answer', 'reject', 'bellTimeout', 'hangUp', 'deviceOnCall', 'callFailed'] as const),
];

/** A record as flows get it. Never throws, whatever stands in it. */
export function toEvent(record: LogRecord, context: EventContext): TerminalEvent {
  const { terminal, unit, epoch, clock, receivedAt, recovered, redelivered, picture } = context;
  const { serial, major, minor, time: deviceTime, raw } = record;
  const call = callOf(raw);
  const happened = clock.instantOf(deviceTime, receivedAt, !recovered);
  const method = methodOf(major, minor);
  return {
    id: `${unit}:${epoch}:${serial}`,
    terminal,
    serial,
    kind: call ? 'call' : kindOf(major, minor),
    code: call ? callCode(call) : codeOf(major, minor),
    time: new Date(happened).toISOString(),
    deviceTime,
    receivedAt: new Date(receivedAt).toISOString(),
    age: Math.max(0, Math.round((receivedAt - happened) / 1000)),
    ...detailsOf(raw),
    ...(method !== undefined && { method }),
    ...(picture && { picture }),
    recovered,
    redelivered,
    raw,
  };
}

/** Calls have no codes of their own: `call-request`; `call` where the terminal says something else. */
function callCode(call: Tree): string {
  const said = text(call, 'cmdType')?.trim();
  const known = CALL_COMMANDS.find((each) => each === said);
  return known === undefined ? 'call' : `call-${known}`;
}
