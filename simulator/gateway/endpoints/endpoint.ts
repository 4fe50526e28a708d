import type { Group } from '../behaviour/faults.js';
import type { JsonObject } from '../protocol/input.js';
import type { GatewayState } from '../state/gateway-state.js';

/** Carries a call out and gives `data` of its reply; undefined is a blank one. Throws a Refusal. */
export type Handler = (gateway: GatewayState, input: JsonObject) => unknown;

export interface Endpoint {
  group: Group;
  /** Greatest body in bytes. */
  bodyLimit: number;
  handle: Handler;
}
