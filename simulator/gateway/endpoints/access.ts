import { ids, wholeNumber, type JsonObject } from '../protocol/input.js';
import { pageOf, type Page } from '../protocol/page.js';
import { refuse } from '../protocol/replies.js';
import type { GatewayState } from '../state/gateway-state.js';

export function listAccessLevels({ access }: GatewayState, input: JsonObject): Page<object> {
  return pageOf(access.listed(input), input);
}

export function assignAccess({ access }: GatewayState, input: JsonObject): void {
  access.assign(input);
}

export function revokeAccess({ access }: GatewayState, input: JsonObject): void {
  access.revoke(input);
}

/** Accepted at once, on the devices some seconds later. */
export function apply({ persons, visits, applications, emit }: GatewayState, input: JsonObject): void {
  const named = ids(input, 'personIds');
  if (input['ImmediateDownload'] !== undefined) wholeNumber(input, 'ImmediateDownload', 0, 1);
  if (!named.every((id) => persons.has(id) || visits.hasVisitor(id))) throw refuse('128', 'personIds');
  for (const id of named) {
    applications.apply(id);
    emit({ event: 'applied', id });
  }
}

export function applyResult({ applications }: GatewayState, input: JsonObject): { total: number; list: object[] } {
  const list = ids(input, 'personIds').flatMap((id) => applications.resultsOf(id));
  return { total: list.length, list };
}
