import type { HikvisionError } from '../../errors/hikvision-error.js';

export const EVENT_KINDS = [
  ...(['accepted', 'denied', 'door', 'alarm', 'exception', 'operation', 'call', 'other'] as const),
];
export type EventKind = (typeof EVENT_KINDS)[number];

/** How the reader is woken; what it reads is always the terminal's own log. */
export type Route = 'stream' | 'poll';

/** One record of the terminal's log, as every form of it is read. */
export interface LogRecord {
  /** The terminal's own number of the event. */
  serial: number;
  major: number;
  minor: number;
  /** As the terminal wrote it. */
  time: string;
  /** All of it, as it came. */
  raw: Readonly<Record<string, unknown>>;
}

/** One event, as a flow gets it but for the words (`name`). */
export interface TerminalEvent {
  /** `<serial number of the terminal>:<epoch>:<serial>`: the same over restarts and redelivery. */
  id: string;
  terminal: string;
  serial: number;
  kind: EventKind;
  /** Major and minor: `5-75`. */
  code: string;
  /** ISO 8601 in UTC, corrected by what the terminal's clock is wrong by. */
  time: string;
  /** As the terminal wrote it. */
  deviceTime: string;
  /** ISO 8601 in UTC. */
  receivedAt: string;
  /** Seconds from `time` to `receivedAt`. */
  age: number;
  employeeNo?: string;
  personName?: string;
  card?: string;
  door?: number;
  reader?: number;
  /** By what somebody was recognised; from the code, never from the mode that the terminal is set to. */
  method?: string;
  /** A JPEG. */
  picture?: Buffer;
  /** It happened while nobody listened: too late to open a door. */
  recovered: boolean;
  /** A flow may have had it before. */
  redelivered: boolean;
  raw: LogRecord['raw'];
}

export type TerminalNotice = { terminal: string } & (
  | { notice: 'connected'; route: Route; newest: number }
  | { notice: 'disconnected'; failure: HikvisionError }
  | {
      notice: 'route';
      route: Route;
      why: 'asked' | 'silent' | 'replayOnly' | 'slotTaken' | 'refused' | 'lost' | 'works';
    }
  /** The terminal no longer has these. */
  | { notice: 'gap'; from: number; to: number }
  /** It counts anew, or another terminal hangs there. */
  | { notice: 'renumbered'; why: 'identity' | 'anchor' | 'serials'; epoch: number; serialNumber: string; after: number }
  /** Its clock is wrong by so many seconds (positive: ahead), or has jumped to that. */
  | { notice: 'clock'; seconds: number; before?: number; serial?: number }
  /** Delivered four times and never acknowledged; the reader goes on. */
  | { notice: 'unacknowledged'; id: string; serial: number }
);
