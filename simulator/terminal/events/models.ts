import type { EventBehaviour } from './behaviour.js';
import type { ZoneForm } from './wall-clock.js';

/** How the events of one model were seen to be. */
export interface EventModel {
  firmware: string;
  /** How often a nonce may be used, where that was seen. */
  nonceUses?: number;
  /** What its clock was seen to show. */
  clock?: { aheadSeconds: number; zone: ZoneForm };
  events: Partial<EventBehaviour>;
}

/**
 * Models whose events were recorded; a row can be laid over any model of models.ts, which says how its captures are. What a
 * row does not name is assumed to be as usual; how long a place is held, and that nothing else than what is named in the
 * comment differs, are assumptions, too. Firmware "simulated" where none is known.
 */
export const EVENT_MODELS = {
  /**
   * Seen: sends its whole log to each who connects; no picture on the stream, but in the log; the relay comes before the
   * face; the client's own logins are events.
   */
  'DS-K1T342MWX': {
    firmware: 'V3.16.1',
    events: { replay: 'all', pictures: 'URL', unlockFirst: true, ownLogins: true },
  },
  /** Seen: one stream; the place of a client that was killed stays taken, then 404 or nothing; trying fast prolongs it. */
  'DS-K1T341BM': {
    firmware: 'V3.7.80',
    events: { streams: 1, slotHold: 60, triesProlong: true, heartbeat: 'heartBeat JSON', heartbeatSeconds: 30 },
  },
  /** Seen: nothing but old records, three or four a second; a second stream is deployExceedMax; the clock is 92 s late. */
  'DS-K1T342EFWX': {
    firmware: 'V3.3.5',
    clock: { aheadSeconds: -92, zone: 'offset' },
    events: { replay: 'all', replayRate: 3.5, live: false, streams: 1, refusal: 'deployExceedMax' },
  },
  /** Seen under this name: one stream, heartbeats videoloss in JSON, what is new comes; timeReverseOrder looks ignored. */
  'Time and Attendance Terminal': {
    firmware: 'simulated',
    events: { streams: 1, heartbeat: 'videoloss JSON', reverses: false },
  },
  /** Seen: the bytes of its pictures broke a parser that counted braces; pages are not sorted. */
  'DS-K1T344MBFWX-E': {
    firmware: 'V4.47.0',
    events: { treacherousPictures: true, order: 'mixed up' },
  },
  /** Seen: the zone of the factory; somebody with a card is named, but not the card. */
  'DS-K1T344MX': {
    firmware: 'simulated',
    clock: { aheadSeconds: 0, zone: 'factory' },
    events: { writesCards: false },
  },
  /** Seen: each subscribeEvent is refused and takes a place; the latest records come again when a client comes back. */
  'DS-K1T342MFWX': {
    firmware: 'V4.38.0',
    events: { subscribing: 'refused and counted', streams: 2, slotHold: 60, replay: 5 },
  },
  /** Seen: heartbeats are of the type heartBeat. */
  'DS-K1T343MFWX': {
    firmware: 'V4.38.0',
    events: { heartbeat: 'heartBeat JSON' },
  },
  /** Seen: shortSerialNumber in the envelope. */
  'DS-K1T673DX': {
    firmware: 'V3.18.0',
    events: { extra: { shortSerialNumber: 'SIMULATED' } },
  },
  /** Seen: a heartbeat about every 30 s; a nonce is good for one use. */
  'DS-K2702WX-E1': {
    firmware: 'V1.7.4',
    nonceUses: 1,
    events: { heartbeatSeconds: 30 },
  },
} as const satisfies Record<string, EventModel>;

export type EventModelName = keyof typeof EVENT_MODELS;

/** The row of a model, if its events were recorded. */
export function eventModelOf(name: string): EventModel | undefined {
  return Object.hasOwn(EVENT_MODELS, name) ? EVENT_MODELS[name as EventModelName] : undefined;
}
