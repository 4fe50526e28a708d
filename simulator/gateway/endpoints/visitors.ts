import { text, type JsonObject } from '../protocol/input.js';
import { pageOf } from '../protocol/page.js';
import { VISITOR_CAME, VISITOR_LEFT } from '../records/door-events.js';
import type { GatewayState } from '../state/gateway-state.js';

/** The QR code is left blank: nothing here could read it. */
const NO_QR_CODE = '';

export function inviteVisitor({ visits }: GatewayState, input: JsonObject): object {
  return { ...visits.invite(input), qrCodeImage: NO_QR_CODE };
}

/** The ids, for somebody who was not invited and so has none yet. */
export function checkVisitorIn(gateway: GatewayState, input: JsonObject): object {
  const ids = gateway.visits.checkIn(input);
  tell(gateway, VISITOR_CAME, ids.appointRecordId);
  return ids;
}

/** With the visitor goes the access. Of somebody who never came nobody is told that they have gone. */
export function checkVisitorOut(gateway: GatewayState, input: JsonObject): void {
  const { visits, access } = gateway;
  const { visitorId, wasIn } = visits.checkOut(input);
  access.revokeAll(visitorId);
  if (wasIn) tell(gateway, VISITOR_LEFT, text(input, 'appointRecordId'));
}

function tell({ visits, doorEvents, deliveries }: GatewayState, eventType: number, appointRecordId: string): void {
  const happening = doorEvents.visitor(eventType, visits.get(appointRecordId));
  deliveries.tell([{ happening, raised: {} }]);
}

/** This list names its total otherwise than all others. */
export function visitorRecords({ visits }: GatewayState, input: JsonObject): object {
  const { total: totalNum, pageNo, pageSize, list } = pageOf(visits.records(input), input);
  return { totalNum, pageNo, pageSize, list: list.map((visit) => ({ ...visit, face: undefined })) };
}
