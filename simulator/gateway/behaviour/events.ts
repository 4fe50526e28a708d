import type { Fault } from './faults.js';

type EventContent =
  | { event: 'person created'; personId: string; personCode: string; name: string; hasFace: boolean }
  | { event: 'person updated'; personId: string }
  | { event: 'person deleted'; personId: string }
  | { event: 'face stored'; personId: string }
  | { event: 'access assigned'; accessLevel: string; id: string }
  | { event: 'access revoked'; accessLevel: string; id: string }
  /** Somebody asked that a person's or visitor's access goes to the devices. */
  | { event: 'applied'; id: string }
  | { event: 'visitor invited'; appointRecordId: string; visitorId: string; name: string; hasFace: boolean }
  | { event: 'visitor checked in'; appointRecordId: string; visitorId: string }
  | { event: 'visitor checked out'; appointRecordId: string; visitorId: string }
  | { event: 'door'; door: string; controlType: number; done: boolean }
  | { event: 'subscribed'; eventTypes: number[] }
  | { event: 'unsubscribed'; eventTypes: number[] }
  /** None is left: by command, as after a restart of the gateway. */
  | { event: 'subscriptions lost' }
  /** Something happened at a door, by command. */
  | { event: 'raised'; eventId: string; eventType: number }
  /** The receiver answered 200. `to` is without the path: a receiver may keep a secret there. */
  | { event: 'delivered'; eventIds: string[]; to: string; attempt: number }
  /** No 200: the status, or why there was none. */
  | { event: 'not delivered'; eventIds: string[]; to: string; attempt: number; why: string; last: boolean }
  /** A request was refused; `why` says more than the reply, in which a gateway keeps it to itself. */
  | { event: 'refused'; code: string; why: string; path: string }
  /** An armed fault was applied to this request. */
  | { event: 'fault'; fault: Fault; path: string };

/** What a simulated gateway emits; `at` is the ISO time. Holds no picture, key or secret. */
export type GatewayEvent = EventContent & { at: string };

export type Emit = (content: EventContent) => void;
