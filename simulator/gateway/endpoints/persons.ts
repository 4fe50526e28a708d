import { text, type JsonObject } from '../protocol/input.js';
import { pageOf, type Page } from '../protocol/page.js';
import type { GatewayState } from '../state/gateway-state.js';

/** The id of the new person, as text. */
export function addPerson({ persons }: GatewayState, input: JsonObject): string {
  return persons.add(input);
}

export function updatePerson({ persons }: GatewayState, input: JsonObject): void {
  persons.update(input);
}

export function updateFace({ persons }: GatewayState, input: JsonObject): void {
  persons.setFace(input);
}

export function personById({ persons }: GatewayState, input: JsonObject): object {
  return persons.require(text(input, 'personId'));
}

export function personByCode({ persons }: GatewayState, input: JsonObject): object {
  return persons.findByCode(text(input, 'personCode'));
}

export function listPersons({ persons }: GatewayState, input: JsonObject): Page<object> {
  return pageOf(persons.all(), input);
}

/** With the person go access and what was applied. */
export function deletePerson({ persons, access, applications }: GatewayState, input: JsonObject): void {
  const personId = text(input, 'personId');
  persons.delete(personId);
  access.revokeAll(personId);
  applications.forget(personId);
}
