import type { Camera } from '../enrolment/camera.js';
import { captureCapabilities, captureReply } from './capture-replies.js';
import type { Emit } from '../behaviour/events.js';
import { ENROLMENT_PATH, type FaceLibrary } from '../enrolment/face-library.js';
import type { DataType, Model } from '../behaviour/models.js';
import type { Persons } from '../enrolment/persons.js';
import { jsonReply, refuse, statusReply, xmlReply, type Format, type Reply } from '../protocol/replies.js';
import { readJson, readXml } from '../protocol/request-documents.js';
import type { Counters, RequestKind } from '../behaviour/request-log.js';

/** What the endpoints work on. */
export interface TerminalState {
  modelName: string;
  model: Model;
  camera: Camera;
  persons: Persons;
  faceLibrary: FaceLibrary;
  counters: () => Counters;
  urlOf: (count: number) => string;
  emit: Emit;
  lockState: (httpStatus: number) => Reply;
}

/** A request that passed the login. */
export interface TerminalRequest {
  method: string;
  target: string;
  path: string;
  format: Format;
  contentType: string;
  body: Buffer;
}

export interface Endpoint {
  kind: RequestKind;
  /** Greatest body in bytes. */
  bodyLimit: number;
  methods: Partial<Record<string, Handler>>;
  /** JSON only: the request must say format=json. */
  json: boolean;
}

type Handler = (terminal: TerminalState, request: TerminalRequest) => Reply | Promise<Reply>;

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
export function answer(endpoint: Endpoint, terminal: TerminalState, request: TerminalRequest): Reply | Promise<Reply> {
  if (endpoint.kind === 'other') throw refuse(4, 'notSupport', 'notSupport', 404);
  const handler = Object.hasOwn(endpoint.methods, request.method) ? endpoint.methods[request.method] : undefined;
  if (!handler) throw refuse(4, 'methodNotAllowed', 'methodNotAllowed', 405);
  if (endpoint.json && request.format !== 'json') throw refuse(5, 'badURLFormat', 'format');
  return handler(terminal, request);
}

const DOOR = '/ISAPI/AccessControl/RemoteControl/door/';
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
  [`${LIBRARY}/FDSetUp`, json('face', { PUT: setUpFace }, PICTURE)],
  [`${LIBRARY}/FDSearch`, json('search', { POST: searchFaces })],
  [`${LIBRARY}/capabilities`, json('information', { GET: libraryCapabilities })],
  [`${ACCESS}/capabilities`, xml('information', { GET: accessCapabilities })],
  ['/ISAPI/System/deviceInfo', xml('information', { GET: deviceInfo })],
  ['/ISAPI/System/time', xml('information', { GET: time })],
  ['/ISAPI/Security/userCheck', xml('information', { GET: (terminal) => terminal.lockState(200) })],
]);

async function capture(terminal: TerminalState, { target, contentType, body }: TerminalRequest): Promise<Reply> {
  const { model, camera } = terminal;
  if (contentType.split(';', 1)[0]?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw refuse(5, 'badXmlFormat', 'Content-Type');
  }
  const asked = readXml(body, 'CaptureFaceDataCond', true);
  if (booleanIn(asked, 'cancelFlag')) {
    if (!model.knowsCancel) throw refuse(6, 'badParameters', 'cancelFlag');
    camera.cancel();
    return ok(terminal, 'xml', target);
  }
  const infrared = booleanIn(asked, 'captureInfrared');
  const dataType = model.dataTypes.find((type: DataType) => type === asked['dataType']);
  if (dataType === undefined) throw refuse(6, 'badParameters', 'dataType');
  if (camera.blocked) terminal.counters().captureOverlaps += 1;
  return captureReply(await camera.post(dataType), model, { dataType, infrared }, terminal.urlOf);
}

function booleanIn(children: Record<string, string>, name: string): boolean {
  const value = children[name] ?? 'false';
  if (value !== 'true' && value !== 'false') throw refuse(6, 'badParameters', name);
  return value === 'true';
}

function captureProgress({ model, camera }: TerminalState): Reply {
  if (!model.knowsProgress) throw refuse(4, 'notSupport', 'notSupport', 404);
  return xmlReply(model.replyRoot, { captureProgress: camera.progress, isCurRequestOver: camera.progress === 100 });
}

function person(method: 'record' | 'modify' | 'setUp'): Handler {
  return (terminal, { target, body }) => {
    terminal.persons[method](readJson(body, 'UserInfo'));
    return ok(terminal, 'json', target);
  };
}

function searchPersons({ persons }: TerminalState, { body }: TerminalRequest): Reply {
  return jsonReply({ UserInfoSearch: persons.search(readJson(body, 'UserInfoSearchCond')) });
}

function countPersons({ persons }: TerminalState): Reply {
  const all = persons.all();
  return jsonReply({
    UserInfoCount: { userNumber: all.length, bindFaceUserNumber: all.filter(({ face }) => face).length },
  });
}

function personCapabilities({ model }: TerminalState): Reply {
  return jsonReply({
    UserInfo: {
      supportFunction: { '@opt': 'post,delete,put,get,setUp' },
      UserInfoSearchCond: { maxResults: { '@min': 1, '@max': 30 } },
      employeeNo: { '@min': 1, '@max': 32 },
      name: { '@min': 0, '@max': 128 },
      userType: { '@opt': 'normal,visitor,blackList' },
      gender: { '@opt': 'male,female,unknown' },
      maxRecordNum: model.maxPersons,
    },
  });
}

function deletePersons(terminal: TerminalState, { target, body }: TerminalRequest): Reply {
  terminal.persons.delete(readJson(body, 'UserInfoDelCond'));
  return ok(terminal, 'json', target);
}

function deletePersonDetail(terminal: TerminalState, { target, body }: TerminalRequest): Reply {
  terminal.persons.deleteDetail(readJson(body, 'UserInfoDetail'));
  return ok(terminal, 'json', target);
}

function deleteProcess({ persons }: TerminalState): Reply {
  return jsonReply({ UserInfoDetailDeleteProcess: { status: persons.deleting ? 'processing' : 'success' } });
}

function setUpFace(terminal: TerminalState, { target, contentType, body }: TerminalRequest): Reply {
  terminal.faceLibrary.setUp(contentType, body);
  return ok(terminal, 'json', target);
}

function searchFaces({ faceLibrary }: TerminalState, { body }: TerminalRequest): Reply {
  return jsonReply(faceLibrary.search(readJson(body)));
}

function libraryCapabilities({ model }: TerminalState): Reply {
  return jsonReply({
    FDLibCap: {
      supportFDFunction: 'setUp,search',
      faceLibType: 'blackFD',
      FDMaxNum: 1,
      FDRecordDataMaxNum: model.maxPersons,
      isSupportFDSetUpPicture: model.takesPicture,
    },
  });
}

function accessCapabilities(): Reply {
  return xmlReply('AccessControl', {
    isSupportUserInfo: true,
    isSupportFDLib: true,
    isSupportCaptureFace: true,
    isSupportRemoteControlDoor: true,
  });
}

function deviceInfo({ modelName, model }: TerminalState): Reply {
  return xmlReply('DeviceInfo', {
    deviceName: 'Simulated terminal',
    deviceID: '00000000-0000-0000-0000-000000000000',
    model: modelName,
    serialNumber: `${modelName}-SIMULATED`,
    macAddress: '02:00:00:00:00:01',
    firmwareVersion: model.firmware,
    deviceType: 'ACS',
  });
}

/** The zone is UTC+5, which the terminal writes with the sign of POSIX. */
function time(): Reply {
  const local = new Date(Date.now() + 5 * 3600 * 1000).toISOString().slice(0, 19);
  return xmlReply('Time', { timeMode: 'manual', localTime: `${local}+05:00`, timeZone: 'CST-5:00:00' });
}

function door(terminal: TerminalState, { target, path, body }: TerminalRequest): Reply {
  if (path !== `${DOOR}1`) throw refuse(6, 'badParameters', 'doorID');
  const { cmd = '' } = readXml(body, 'RemoteControlDoor', false);
  if (!['open', 'close', 'alwaysOpen', 'alwaysClose', 'resume'].includes(cmd)) throw refuse(6, 'badParameters', 'cmd');
  terminal.emit({ event: 'door', door: 1, cmd });
  return ok(terminal, 'xml', target);
}

function picture({ camera }: TerminalState, { path }: TerminalRequest): Reply {
  const stored = ENROLMENT_PATH.test(path) ? camera.picture : undefined;
  if (!stored) throw refuse(4, 'notSupport', 'notSupport', 404);
  return { status: 200, contentType: 'image/jpeg', body: stored.jpeg };
}

function ok({ model }: TerminalState, format: Format, target: string): Reply {
  return statusReply(200, { statusCode: 1, subStatusCode: 'ok' }, format, target, model.statusNamespace);
}
