import type { Group } from '../behaviour/faults.js';
import type { JsonObject } from '../protocol/input.js';
import { refuse } from '../protocol/replies.js';
import type { GatewayState } from '../state/gateway-state.js';
import { apply, applyResult, assignAccess, listAccessLevels, revokeAccess } from './access.js';
import type { Endpoint, Handler } from './endpoint.js';
import {
  eventPicture,
  searchDoorEvents,
  searchDoorEventsByArrival,
  subscribe,
  unsubscribe,
  viewSubscriptions,
} from './events.js';
import { addPerson, deletePerson, listPersons, personByCode, personById, updateFace, updatePerson } from './persons.js';
import { controlDoors, listDevices, listOrganisations, version } from './system.js';
import { checkVisitorIn, checkVisitorOut, inviteVisitor, visitorRecords } from './visitors.js';

/** Where the OpenAPI begins. */
export const BASE_PATH = '/artemis';
const API = `${BASE_PATH}/api/`;
/** Bytes of a body without, and with a picture in base64. */
const SMALL = 256 * 1024;
const PICTURE = 2 * 1024 * 1024;

/** The call behind a path; undefined where the gateway has none. */
export function endpointOf(path: string): Endpoint | undefined {
  return path.startsWith(API) ? CALLS.get(path.slice(API.length)) : undefined;
}

/** So many bytes of a body are read before anybody looks at who sends it. */
export function bodyLimitOf(endpoint: Endpoint | undefined): number {
  return endpoint?.bodyLimit ?? SMALL;
}

/** Carries a call out. @throws Refusal 8 for a path or verb that it does not have, and what the call throws */
export function carryOut(
  endpoint: Endpoint | undefined,
  method: string,
  gateway: GatewayState,
  input: () => JsonObject,
): unknown {
  if (!endpoint || method !== 'POST') throw refuse('8');
  if (endpoint.group === 'visitors' && !gateway.hasVisitors) throw refuse('8');
  return endpoint.handle(gateway, input());
}

function call(group: Group, handle: Handler, bodyLimit = SMALL): Endpoint {
  return { group, bodyLimit, handle };
}

/** The calls that integrators use; odd spellings in paths are the vendor's own. */
const CALLS = new Map<string, Endpoint>([
  ['common/v1/version', call('system', version)],
  ['resource/v1/org/orgList', call('system', listOrganisations)],
  ['resource/v1/person/single/add', call('persons', addPerson, PICTURE)],
  ['resource/v1/person/single/update', call('persons', updatePerson, PICTURE)],
  ['resource/v1/person/single/delete', call('persons', deletePerson)],
  ['resource/v1/person/face/update', call('persons', updateFace, PICTURE)],
  ['resource/v1/person/personId/personInfo', call('persons', personById)],
  ['resource/v1/person/personCode/personInfo', call('persons', personByCode)],
  ['resource/v1/person/personList', call('persons', listPersons)],
  ['resource/v1/acsDevice/acsDeviceList', call('devices', listDevices)],
  ['acs/v1/privilege/group', call('access', listAccessLevels)],
  ['acs/v1/privilege/group/single/addPersons', call('access', assignAccess)],
  ['acs/v1/privilege/group/single/deletePersons', call('access', revokeAccess)],
  ['visitor/v1/auth/reapplication', call('access', apply)],
  ['acs/v1/auth/applicationResult', call('access', applyResult)],
  ['visitor/v2/appointment', call('visitors', inviteVisitor, PICTURE)],
  ['visitor/v1/registerment', call('visitors', checkVisitorIn, PICTURE)],
  ['visitor/v1/visitor/out', call('visitors', checkVisitorOut)],
  ['visitor/v1/register/getVistorRegisterRecord', call('visitors', visitorRecords)],
  ['acs/v1/door/doControl', call('doors', controlDoors)],
  ['acs/v1/door/events', call('events', searchDoorEvents)],
  ['acs/v2/door/events', call('events', searchDoorEventsByArrival)],
  ['acs/v1/event/pictures', call('events', eventPicture)],
  ['eventService/v1/eventSubscriptionByEventTypes', call('events', subscribe)],
  ['eventService/v1/eventUnSubscriptionByEventTypes', call('events', unsubscribe)],
  ['eventService/v1/eventSubscriptionView', call('events', viewSubscriptions)],
]);
