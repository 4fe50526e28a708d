import type { Reply } from '../../server/reply.js';
import { text, type JsonObject } from '../protocol/input.js';
import { pageOf, type Page } from '../protocol/page.js';
import { refuse } from '../protocol/replies.js';
import type { GatewayState } from '../state/gateway-state.js';
import { WholeReply } from './endpoint.js';

/** Where iSecure Center's pictures lie; no part of the OpenAPI. */
const PICTURES = '/simulated-pictures/';

export function subscribe({ subscriptions }: GatewayState, input: JsonObject): void {
  subscriptions.subscribe(input);
}

export function unsubscribe({ subscriptions }: GatewayState, input: JsonObject): void {
  subscriptions.unsubscribe(input);
}

export function viewSubscriptions({ subscriptions }: GatewayState): object {
  return { detail: subscriptions.all() };
}

export function searchDoorEvents({ doorEvents }: GatewayState, input: JsonObject): Page<object> {
  return pageOf(doorEvents.searchByEventTime(input), input);
}

/** Of iSecure Center alone: it knows when an event has arrived. */
export function searchDoorEventsByArrival({ doorEvents, deliveries }: GatewayState, input: JsonObject): Page<object> {
  if (deliveries.product !== 'isecure') throw refuse('8');
  return pageOf(doorEvents.search(input), input);
}

/** HikCentral answers with the picture as text, iSecure Center says where it lies. */
export function eventPicture({ doorEvents, deliveries }: GatewayState, input: JsonObject): WholeReply {
  const picUri = text(input, 'picUri');
  const picture = doorEvents.pictureOf(picUri);
  if (deliveries.product === 'isecure') {
    text(input, 'svrIndexCode');
    const location = `${PICTURES}${encodeURIComponent(picUri)}`;
    return new WholeReply({ status: 302, location, body: Buffer.alloc(0) });
  }
  const body = Buffer.from(`data:image/jpeg;base64,${picture.toString('base64')}`);
  return new WholeReply({ status: 200, contentType: 'text/plain;charset=UTF-8', body });
}

/** A picture of iSecure Center; undefined for any other path. @param path as it came, without the query */
export function pictureAt({ doorEvents, deliveries }: GatewayState, method: string, path: string): Reply | undefined {
  if (method !== 'GET' || deliveries.product !== 'isecure' || !path.startsWith(PICTURES)) return undefined;
  try {
    const body = doorEvents.pictureOf(decodeURIComponent(path.slice(PICTURES.length)));
    return { status: 200, contentType: 'image/jpeg', body };
  } catch {
    return undefined;
  }
}
