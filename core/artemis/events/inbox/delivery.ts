import { jsonExcess } from '../../../http/document-limits.js';
import { typeOf, type ArrivedEvent } from '../gateway-event.js';
import { isTree, numberIn, textIn, type Tree } from '../tree.js';

/** A delivery that is longer is not read. Pictures come as references. */
export const MOST_DELIVERY_BYTES = 1024 * 1024;
/** Events of one delivery. */
const MOST_EVENTS = 1000;
const LONGEST_ID = 200;
/** Statuses are 0 to this. */
export const LAST_STATUS = 5;

/** What a gateway has posted. */
export interface Delivery {
  events: ArrivedEvent[];
  /** Entries that are no event. */
  unreadable: number;
}

/**
 * Reads a delivery, which anybody may have written who knows the address.
 * @returns undefined where it is none, or where none of its events can be read
 */
export function readDelivery(body: Buffer): Delivery | undefined {
  if (body.length > MOST_DELIVERY_BYTES || jsonExcess(body) !== undefined) return undefined;
  const document = parsed(body);
  if (!isTree(document) || document['method'] !== 'OnEventNotify' || !isTree(document['params'])) return undefined;
  const { events: given } = document['params'];
  if (!Array.isArray(given) || given.length > MOST_EVENTS) return undefined;
  const events = (given as unknown[]).map((each) => (isTree(each) ? readEvent(each) : undefined));
  const readable = events.filter((each) => each !== undefined);
  if (readable.length === 0 && given.length > 0) return undefined;
  return { events: readable, unreadable: events.length - readable.length };
}

/** One event of a delivery, or one record of a search. */
export function readEvent(raw: Tree): ArrivedEvent | undefined {
  const id = textIn(raw, 'eventId');
  const type = typeOf(raw);
  const status = numberIn(raw, 'status') ?? 0;
  const isId = id !== undefined && id.length <= LONGEST_ID && !/\p{Cc}/u.test(id);
  if (!isId || type === undefined || status > LAST_STATUS) return undefined;
  return { id, type, status, raw };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8').replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}
