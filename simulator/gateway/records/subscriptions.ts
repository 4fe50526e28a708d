import { isIPv4 } from 'node:net';
import type { Emit } from '../behaviour/events.js';
import { list, wholeNumber, type JsonObject } from '../protocol/input.js';
import { refuse } from '../protocol/replies.js';

/** Who gets which events. */
export interface Subscription {
  eventTypes: number[];
  eventDest: string;
}

const MOST_TYPES = 100;
const MOST_DESTINATIONS = 100;
const LONGEST_DESTINATION = 1024;

/** The subscriptions of one partner. Every method throws a Refusal for what the gateway refuses. */
export class Subscriptions {
  private readonly types = new Map<string, Set<number>>();

  constructor(private readonly emit: Emit) {}

  /** eventSubscriptionByEventTypes: what a destination has already stays. */
  subscribe(input: JsonObject): void {
    const eventTypes = typesIn(input);
    const eventDest = destinationIn(input);
    if (input['passBack'] !== undefined) wholeNumber(input, 'passBack', 0, 1);
    if (!this.types.has(eventDest) && this.types.size >= MOST_DESTINATIONS) throw refuse('132', 'eventDest');
    const known = this.types.get(eventDest) ?? new Set();
    for (const type of eventTypes) known.add(type);
    this.types.set(eventDest, known);
    this.emit({ event: 'subscribed', eventTypes });
  }

  /** eventUnSubscriptionByEventTypes: it names no destination, so that nobody gets these types any more. */
  unsubscribe(input: JsonObject): void {
    const eventTypes = typesIn(input);
    for (const [eventDest, known] of this.types) {
      for (const type of eventTypes) known.delete(type);
      if (known.size === 0) this.types.delete(eventDest);
    }
    this.emit({ event: 'unsubscribed', eventTypes });
  }

  all(): Subscription[] {
    return [...this.types].map(([eventDest, known]) => ({ eventTypes: [...known], eventDest }));
  }

  destinationsOf(type: number): string[] {
    return this.all()
      .filter(({ eventTypes }) => eventTypes.includes(type))
      .map(({ eventDest }) => eventDest);
  }

  lose(): void {
    this.types.clear();
    this.emit({ event: 'subscriptions lost' });
  }

  reset(): void {
    this.types.clear();
  }
}

function typesIn(input: JsonObject): number[] {
  return list(input, 'eventTypes', MOST_TYPES).map((type) => {
    if (typeof type !== 'number' || !Number.isInteger(type)) throw refuse('0x00072003', 'eventTypes');
    return type;
  });
}

/** A simulator sends nothing to anybody else than this computer. */
function destinationIn(input: JsonObject): string {
  const { eventDest } = input;
  if (eventDest === undefined || eventDest === '') throw refuse('0x00072001', 'eventDest');
  if (typeof eventDest !== 'string' || !URL.canParse(eventDest)) throw refuse('0x00072003', 'eventDest');
  if (eventDest.length > LONGEST_DESTINATION) throw refuse('0x00072002', 'eventDest');
  const { protocol, hostname, username, password } = new URL(eventDest);
  const isHttp = protocol === 'http:' || protocol === 'https:';
  const isLoopback =
    hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
  if (!isHttp || !isLoopback || username !== '' || password !== '') throw refuse('0x00072003', 'eventDest');
  return eventDest;
}
