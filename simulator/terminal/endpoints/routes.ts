import type { RequestKind } from '../behaviour/request-log.js';
import { refuse } from '../protocol/replies.js';
import type { TerminalState } from '../state/terminal-state.js';
import { card, cardCapabilities, countCards, deleteCards, searchCards, withCards } from './cards.js';
import { captureCapabilities } from './capture-replies.js';
import { capture, captureProgress, picture } from './capture.js';
import type { Answer, Endpoint, Handler, TerminalRequest } from './endpoint.js';
import { alertStream, countEvents, eventCapabilities, searchEvents, subscribeEvent } from './events.js';
import {
  countFaces,
  deleteFaces,
  libraryCapabilities,
  listLibraries,
  recordFace,
  searchFaces,
  setUpFace,
} from './faces.js';
import {
  countPersons,
  deletePersonDetail,
  deletePersons,
  deleteProcess,
  person,
  personCapabilities,
  searchPersons,
} from './persons.js';
import { accessCapabilities, deviceInfo, door, DOOR, systemCapabilities, time } from './system.js';

const SMALL = 64 * 1024;
const PICTURE = 1024 * 1024;

/** The endpoint behind a path, whatever the method. */
export function endpointOf(path: string): Endpoint {
  const fixed = FIXED.get(path);
  if (fixed) return fixed;
  if (path.startsWith(DOOR)) return { kind: 'door', bodyLimit: SMALL, methods: { PUT: door }, json: false };
  if (path.startsWith('/LOCALS/')) return { kind: 'picture', bodyLimit: SMALL, methods: { GET: picture }, json: false };
  return { kind: 'other', bodyLimit: PICTURE, methods: {}, json: false };
}

/** Answers a request. @throws Refusal */
export function answer(
  endpoint: Endpoint,
  terminal: TerminalState,
  request: TerminalRequest,
): Answer | Promise<Answer> {
  const absent = terminal.model.absent[request.path];
  if (endpoint.kind === 'other' || absent === 404) throw refuse(4, 'notSupport', 'notSupport', 404);
  if (absent === 400) throw refuse(4, 'notSupport', 'notSupport');
  const handler = Object.hasOwn(endpoint.methods, request.method) ? endpoint.methods[request.method] : undefined;
  if (!handler || absent === 405) throw refuse(4, 'methodNotAllowed', 'methodNotAllowed', 405);
  if (endpoint.json && request.format !== 'json') throw refuse(5, 'badURLFormat', 'format');
  return handler(terminal, request);
}

const ACCESS = '/ISAPI/AccessControl';
const LIBRARY = '/ISAPI/Intelligent/FDLib';

function xml(kind: RequestKind, methods: Record<string, Handler>): Endpoint {
  return { kind, bodyLimit: SMALL, methods, json: false };
}

function json(kind: RequestKind, methods: Record<string, Handler>, bodyLimit = SMALL): Endpoint {
  return { kind, bodyLimit, methods, json: true };
}

const FIXED = new Map<string, Endpoint>([
  [`${ACCESS}/CaptureFaceData`, xml('capture', { POST: capture })],
  [
    `${ACCESS}/CaptureFaceData/capabilities`,
    xml('captureCapabilities', { GET: ({ model }) => captureCapabilities(model) }),
  ],
  [`${ACCESS}/CaptureFaceData/Progress`, xml('captureProgress', { GET: captureProgress })],
  [`${ACCESS}/UserInfo/Record`, json('person', { POST: person('record') })],
  [`${ACCESS}/UserInfo/Modify`, json('person', { PUT: person('modify') })],
  [`${ACCESS}/UserInfo/SetUp`, json('person', { PUT: person('setUp') })],
  [`${ACCESS}/UserInfo/Search`, json('search', { POST: searchPersons })],
  [`${ACCESS}/UserInfo/Count`, json('count', { GET: countPersons })],
  [`${ACCESS}/UserInfo/capabilities`, json('information', { GET: personCapabilities })],
  [`${ACCESS}/UserInfo/Delete`, json('delete', { PUT: deletePersons })],
  [`${ACCESS}/UserInfoDetail/Delete`, json('delete', { PUT: deletePersonDetail })],
  [`${ACCESS}/UserInfoDetail/DeleteProcess`, json('delete', { GET: deleteProcess })],
  [`${ACCESS}/CardInfo/Record`, json('card', { POST: withCards(card('record')) })],
  [`${ACCESS}/CardInfo/Modify`, json('card', { PUT: withCards(card('modify')) })],
  [`${ACCESS}/CardInfo/SetUp`, json('card', { PUT: withCards(card('setUp')) })],
  [`${ACCESS}/CardInfo/Delete`, json('delete', { PUT: withCards(deleteCards) })],
  [`${ACCESS}/CardInfo/Search`, json('search', { POST: withCards(searchCards) })],
  [`${ACCESS}/CardInfo/Count`, json('count', { GET: withCards(countCards) })],
  [`${ACCESS}/CardInfo/capabilities`, json('information', { GET: withCards(cardCapabilities) })],
  [`${ACCESS}/AcsEvent`, json('log', { POST: searchEvents })],
  [`${ACCESS}/AcsEvent/capabilities`, json('information', { GET: eventCapabilities })],
  [`${ACCESS}/AcsEventTotalNum`, json('log', { POST: countEvents })],
  ['/ISAPI/Event/notification/alertStream', xml('stream', { GET: alertStream })],
  ['/ISAPI/Event/notification/subscribeEvent', xml('stream', { POST: subscribeEvent })],
  [LIBRARY, json('information', { GET: listLibraries })],
  [`${LIBRARY}/Count`, json('count', { GET: countFaces })],
  [`${LIBRARY}/FDSetUp`, json('face', { PUT: setUpFace }, PICTURE)],
  [`${LIBRARY}/FaceDataRecord`, json('face', { POST: recordFace }, PICTURE)],
  [`${LIBRARY}/FDSearch`, json('search', { POST: searchFaces })],
  [`${LIBRARY}/FDSearch/Delete`, json('delete', { PUT: deleteFaces })],
  [`${LIBRARY}/capabilities`, json('information', { GET: libraryCapabilities })],
  [`${ACCESS}/capabilities`, xml('information', { GET: accessCapabilities })],
  ['/ISAPI/System/capabilities', xml('information', { GET: systemCapabilities })],
  ['/ISAPI/System/deviceInfo', xml('information', { GET: deviceInfo })],
  ['/ISAPI/System/time', xml('information', { GET: time })],
  ['/ISAPI/Security/userCheck', xml('information', { GET: ({ login }) => login.stateReply(200) })],
]);
