import { list, wholeNumber, type JsonObject } from '../protocol/input.js';
import { pageOf, type Page } from '../protocol/page.js';
import { refuse } from '../protocol/replies.js';
import type { DoorResult } from '../records/site.js';
import type { GatewayState } from '../state/gateway-state.js';

/** Doors that one call may name, as the guide says. */
const MOST_DOORS = 10;

export function version({ version: softVersion }: GatewayState): object {
  return { softVersion, productName: 'HikCentral Professional' };
}

export function listOrganisations({ site }: GatewayState, input: JsonObject): Page<object> {
  return pageOf(site.organisations, input);
}

export function listDevices({ site }: GatewayState, input: JsonObject): Page<object> {
  const shown = site.devices.map(({ acsDevIndexCode, acsDevName }) => ({ acsDevIndexCode, acsDevName }));
  return pageOf(shown, input);
}

/** A result for each door: success of the call does not mean that each door did it. */
export function controlDoors({ site, emit }: GatewayState, input: JsonObject): DoorResult[] {
  const controlType = wholeNumber(input, 'controlType', 0, 3);
  const doors = list(input, 'doorIndexCodes', MOST_DOORS);
  return doors.map((door) => {
    if (typeof door !== 'string' || door.length > 64) throw refuse('0x00072003', 'doorIndexCodes');
    const result = site.controlDoor(door);
    emit({ event: 'door', door, controlType, done: result.controlResultCode === 0 });
    return result;
  });
}
