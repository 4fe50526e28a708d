import type { JsonObject } from '../protocol/input.js';
import { pageOf } from '../protocol/page.js';
import type { GatewayState } from '../state/gateway-state.js';

/** The QR code is left blank: nothing here could read it. */
const NO_QR_CODE = '';

export function inviteVisitor({ visits }: GatewayState, input: JsonObject): object {
  return { ...visits.invite(input), qrCodeImage: NO_QR_CODE };
}

/** The ids, for somebody who was not invited and so has none yet. */
export function checkVisitorIn({ visits }: GatewayState, input: JsonObject): object {
  return visits.checkIn(input);
}

/** With the visitor goes the access. */
export function checkVisitorOut({ visits, access }: GatewayState, input: JsonObject): void {
  access.revokeAll(visits.checkOut(input));
}

/** This list names its total otherwise than all others. */
export function visitorRecords({ visits }: GatewayState, input: JsonObject): object {
  const { total: totalNum, pageNo, pageSize, list } = pageOf(visits.records(input), input);
  return { totalNum, pageNo, pageSize, list: list.map((visit) => ({ ...visit, face: undefined })) };
}
