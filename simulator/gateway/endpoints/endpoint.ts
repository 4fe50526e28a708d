import type { Reply } from '../../server/reply.js';
import type { Group } from '../behaviour/faults.js';
import type { JsonObject } from '../protocol/input.js';
import type { GatewayState } from '../state/gateway-state.js';

/** A reply that is no document of the gateway, such as a picture. */
export class WholeReply {
  constructor(readonly reply: Reply) {}
}

/** Carries a call out and gives `data` of its reply, or the whole of it; undefined is a blank one. Throws a Refusal. */
export type Handler = (gateway: GatewayState, input: JsonObject) => unknown;

export interface Endpoint {
  group: Group;
  /** Greatest body in bytes. */
  bodyLimit: number;
  handle: Handler;
}
