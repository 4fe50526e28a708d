/**
 * Why something failed, for programs to decide upon: each reason with the code that a Catch node sees and the parameters
 * that its text names. The texts stand in the locales under `errors.<reason>`; nodes/common says them.
 */

/** Codes of ours, used where the terminal or gateway named none itself. */
type OwnCode =
  | 'INVALID_INPUT'
  | 'NOT_CONFIGURED'
  | 'UNAUTHORIZED'
  | 'LOCKED'
  | 'CERTIFICATE'
  | 'TIMEOUT'
  | 'UNREACHABLE'
  | 'BAD_REPLY'
  | 'TOO_LARGE'
  | 'FACE_SUPERSEDED'
  | 'FOREIGN_FACE_URL'
  | 'NOT_VERIFIED'
  | 'QUEUE_FULL'
  | 'CANCELLED'
  | 'BASIC_REFUSED'
  | 'LIST_INCOMPLETE'
  | 'TOO_MANY_REMOVALS'
  | 'CAPACITY'
  | 'TERMINAL_REPLACED'
  | 'EMPTY_LIST'
  | 'NO_DOOR'
  | 'NOT_CONVERGED'
  | 'NOT_SAVED'
  | 'NOT_OWNER';

interface ReasonRule {
  /** `device`: the code is the terminal's or gateway's own. */
  code: OwnCode | 'device';
  params: readonly string[];
}

/** Said of terminals and of gateways, each in its own words. */
export const CONNECTION_REASONS = {
  unusableRequest: { code: 'INVALID_INPUT', params: [] },
  settings: { code: 'NOT_CONFIGURED', params: ['name', 'field'] },
  certificateUntrusted: { code: 'CERTIFICATE', params: ['fingerprint', 'reason'] },
  certificateChanged: { code: 'CERTIFICATE', params: ['fingerprint', 'pinned'] },
  tlsSettings: { code: 'CERTIFICATE', params: ['reason'] },
  noAnswer: { code: 'TIMEOUT', params: ['address', 'seconds'] },
  connectTimeout: { code: 'TIMEOUT', params: ['address', 'seconds'] },
  unreachable: { code: 'UNREACHABLE', params: ['address', 'reason'] },
  connectionLost: { code: 'UNREACHABLE', params: ['address', 'reason'] },
  notTls: { code: 'UNREACHABLE', params: ['address', 'reason'] },
  notHttp: { code: 'BAD_REPLY', params: ['address', 'reason'] },
  inTrouble: { code: 'BAD_REPLY', params: ['status'] },
  redirect: { code: 'BAD_REPLY', params: ['status'] },
  unexpected: { code: 'BAD_REPLY', params: ['detail'] },
  tooLarge: { code: 'TOO_LARGE', params: ['limit'] },
  tooDeep: { code: 'BAD_REPLY', params: ['limit'] },
  tooManyValues: { code: 'BAD_REPLY', params: [] },
  cancelled: { code: 'CANCELLED', params: [] },
} as const satisfies Record<string, ReasonRule>;

export const TERMINAL_REASONS = {
  noTerminal: { code: 'NOT_CONFIGURED', params: [] },
  terminalUnknown: { code: 'NOT_CONFIGURED', params: ['name', 'known'] },
  terminalAmbiguous: { code: 'NOT_CONFIGURED', params: ['name'] },
  directoryRow: { code: 'NOT_CONFIGURED', params: ['name', 'directory', 'line', 'column'] },
  noDirectory: { code: 'NOT_CONFIGURED', params: [] },
  noSource: { code: 'NOT_CONFIGURED', params: [] },
  directoryEmpty: { code: 'NOT_CONFIGURED', params: ['directory'] },
  loginWanted: { code: 'NOT_CONFIGURED', params: [] },
  rejected: { code: 'UNAUTHORIZED', params: [] },
  rejectedTries: { code: 'UNAUTHORIZED', params: ['tries'] },
  lastTry: { code: 'UNAUTHORIZED', params: [] },
  locked: { code: 'LOCKED', params: ['minutes', 'seconds'] },
  lockedForLong: { code: 'LOCKED', params: [] },
  noChallenge: { code: 'BAD_REPLY', params: [] },
  basicOnly: { code: 'BASIC_REFUSED', params: [] },
  noDocument: { code: 'BAD_REPLY', params: [] },
  noPicture: { code: 'BAD_REPLY', params: [] },
  httpStatus: { code: 'BAD_REPLY', params: ['status'] },
  superseded: { code: 'FACE_SUPERSEDED', params: [] },
  faceReplaced: { code: 'FACE_SUPERSEDED', params: [] },
  foreignURL: { code: 'FOREIGN_FACE_URL', params: ['host', 'terminal'] },
  notVerified: { code: 'NOT_VERIFIED', params: ['employeeNo'] },
  personUnreadable: { code: 'BAD_REPLY', params: ['employeeNo'] },
  facesUnreadable: { code: 'BAD_REPLY', params: ['employeeNo'] },
  personNotChanged: { code: 'NOT_VERIFIED', params: ['employeeNo', 'field'] },
  listIncomplete: { code: 'LIST_INCOMPLETE', params: ['reads', 'told', 'found'] },
  personsNotListed: { code: 'device', params: [] },
  tooManyRemovals: { code: 'TOO_MANY_REMOVALS', params: ['removals', 'limit', 'found'] },
  capacity: { code: 'CAPACITY', params: ['capacity', 'found', 'removals', 'additions'] },
  accessUnreadable: { code: 'BAD_REPLY', params: ['employeeNo'] },
  notRemoved: { code: 'NOT_VERIFIED', params: ['employeeNo'] },
  facesLeft: { code: 'NOT_VERIFIED', params: ['count'] },
  cardNotVerified: { code: 'NOT_VERIFIED', params: ['employeeNo'] },
  cardElsewhere: { code: 'device', params: ['holder'] },
  pictureUnreadable: { code: 'INVALID_INPUT', params: ['file', 'detail'] },
  terminalReplaced: { code: 'TERMINAL_REPLACED', params: ['serial', 'before'] },
  emptyList: { code: 'EMPTY_LIST', params: ['found'] },
  notSaved: { code: 'NOT_SAVED', params: ['detail'] },
  noLog: { code: 'BAD_REPLY', params: [] },
  logRefused: { code: 'BAD_REPLY', params: ['detail'] },
  logSerials: { code: 'BAD_REPLY', params: [] },
  logUnreadable: { code: 'BAD_REPLY', params: ['serial'] },
  placeNotSaved: { code: 'NOT_SAVED', params: ['detail'] },
  placeUnreadable: { code: 'NOT_SAVED', params: ['detail'] },
  noDoor: { code: 'NO_DOOR', params: ['count'] },
  noSerialNumber: { code: 'NOT_OWNER', params: [] },
  otherUnit: { code: 'NOT_OWNER', params: [] },
  holdEnded: { code: 'NOT_OWNER', params: [] },
  queueFull: { code: 'QUEUE_FULL', params: ['limit'] },
  refused: { code: 'device', params: ['code', 'detail'] },
  picturesNotTaken: { code: 'device', params: [] },
  simulatorStart: { code: 'INVALID_INPUT', params: ['detail'] },
  'input.employeeNoMissing': { code: 'INVALID_INPUT', params: ['field'] },
  'input.employeeNoLong': { code: 'INVALID_INPUT', params: ['field', 'length'] },
  'input.employeeNoCharacters': { code: 'INVALID_INPUT', params: ['field'] },
  'input.notText': { code: 'INVALID_INPUT', params: ['field'] },
  'input.nameMissing': { code: 'INVALID_INPUT', params: ['field'] },
  'input.notReadable': { code: 'INVALID_INPUT', params: ['field'] },
  'input.nameLong': { code: 'INVALID_INPUT', params: ['field', 'length'] },
  'input.controlCharacters': { code: 'INVALID_INPUT', params: ['field'] },
  'input.notAllowed': { code: 'INVALID_INPUT', params: ['field', 'allowed'] },
  'input.number': { code: 'INVALID_INPUT', params: ['field', 'min', 'max'] },
  'input.username': { code: 'INVALID_INPUT', params: ['field'] },
  'input.wholeNumber': { code: 'INVALID_INPUT', params: ['field', 'min', 'max'] },
  'input.doors': { code: 'INVALID_INPUT', params: ['field'] },
  'input.schedules': { code: 'INVALID_INPUT', params: ['field'] },
  'input.scheduleCount': { code: 'INVALID_INPUT', params: ['field', 'schedules', 'doors'] },
  'input.time': { code: 'INVALID_INPUT', params: ['field'] },
  'input.timeRange': { code: 'INVALID_INPUT', params: ['field'] },
  'input.endBeforeBegin': { code: 'INVALID_INPUT', params: ['field', 'beginTime', 'endTime'] },
  'input.extra': { code: 'INVALID_INPUT', params: ['field'] },
  'input.extraEmployeeNo': { code: 'INVALID_INPUT', params: ['field'] },
  'input.pin': { code: 'INVALID_INPUT', params: ['field'] },
  'input.faceMissing': { code: 'INVALID_INPUT', params: ['field'] },
  'input.faceKind': { code: 'INVALID_INPUT', params: ['field'] },
  'input.faceURL': { code: 'INVALID_INPUT', params: ['field'] },
  'input.captureEmpty': { code: 'INVALID_INPUT', params: ['field'] },
  'input.captureChanged': { code: 'INVALID_INPUT', params: ['field'] },
  'input.notJpeg': { code: 'INVALID_INPUT', params: ['field'] },
  'input.pictureLarge': { code: 'INVALID_INPUT', params: ['field', 'size', 'limit'] },
  'input.persons': { code: 'INVALID_INPUT', params: ['field', 'count', 'list'] },
  'input.personsMissing': { code: 'INVALID_INPUT', params: ['field'] },
  'input.personKind': { code: 'INVALID_INPUT', params: ['field'] },
  'input.personTwice': { code: 'INVALID_INPUT', params: ['field', 'row'] },
  'input.personProperty': { code: 'INVALID_INPUT', params: ['field', 'known'] },
  'input.cards': { code: 'INVALID_INPUT', params: ['field'] },
  'input.cardsMany': { code: 'INVALID_INPUT', params: ['field', 'limit'] },
  'input.cardTwice': { code: 'INVALID_INPUT', params: ['field', 'row'] },
  'input.faceFolder': { code: 'INVALID_INPUT', params: ['field'] },
  'input.faceFile': { code: 'INVALID_INPUT', params: ['field'] },
  'input.eventTypes': { code: 'INVALID_INPUT', params: ['field'] },
  'input.eventAddress': { code: 'INVALID_INPUT', params: ['field'] },
  'input.eventAddressMissing': { code: 'INVALID_INPUT', params: ['field'] },
  'input.path': { code: 'INVALID_INPUT', params: ['field'] },
  'input.body': { code: 'INVALID_INPUT', params: ['field'] },
  'input.deletesEverybody': { code: 'INVALID_INPUT', params: ['field'] },
  'input.erases': { code: 'INVALID_INPUT', params: ['field'] },
  'input.useBind': { code: 'INVALID_INPUT', params: ['field'] },
  'input.fileMissing': { code: 'INVALID_INPUT', params: ['field'] },
  'input.rows': { code: 'INVALID_INPUT', params: ['field'] },
  'input.eventId': { code: 'INVALID_INPUT', params: ['field'] },
  'input.replayFrom': { code: 'INVALID_INPUT', params: ['field'] },
  'input.site': { code: 'INVALID_INPUT', params: ['field', 'site', 'known'] },
  'input.property': { code: 'INVALID_INPUT', params: ['field', 'detail'] },
  'input.simulator': { code: 'INVALID_INPUT', params: ['detail'] },
} as const satisfies Record<string, ReasonRule>;

export const GATEWAY_REASONS = {
  noGateway: { code: 'NOT_CONFIGURED', params: [] },
  addressMissing: { code: 'NOT_CONFIGURED', params: ['name'] },
  address: { code: 'NOT_CONFIGURED', params: ['name', 'given'] },
  addressPath: { code: 'NOT_CONFIGURED', params: ['name', 'given', 'host', 'basePath'] },
  addressPort: { code: 'NOT_CONFIGURED', params: ['name', 'given', 'host', 'port', 'other'] },
  'credentials.missing': { code: 'NOT_CONFIGURED', params: [] },
  'credentials.characters': { code: 'NOT_CONFIGURED', params: [] },
  notGateway: { code: 'BAD_REPLY', params: ['status'] },
  refusedOnTheWay: { code: 'UNAUTHORIZED', params: ['status'] },
  noList: { code: 'BAD_REPLY', params: [] },
  endlessList: { code: 'BAD_REPLY', params: [] },
  listTooLong: { code: 'TOO_LARGE', params: ['limit'] },
  /** `meaning` names the gateway's code as its table does: `errors.codes.<meaning>`. */
  gatewayRefused: { code: 'device', params: ['code', 'meaning', 'detail'] },
  'events.noEndpoint': { code: 'NOT_CONFIGURED', params: [] },
  'events.endpointLogin': { code: 'NOT_CONFIGURED', params: [] },
  'events.unreadable': { code: 'BAD_REPLY', params: [] },
  'events.tooMany': { code: 'QUEUE_FULL', params: [] },
  'events.notSaved': { code: 'NOT_SAVED', params: ['detail'] },
  'events.stillSent': { code: 'NOT_VERIFIED', params: ['types'] },
  'gatewaySimulator.start': { code: 'INVALID_INPUT', params: ['detail'] },
  'gatewaySimulator.command': { code: 'INVALID_INPUT', params: ['detail'] },
  'request.method': { code: 'INVALID_INPUT', params: [] },
  'request.path': { code: 'INVALID_INPUT', params: ['path', 'basePath'] },
  'request.fields': { code: 'INVALID_INPUT', params: [] },
  'request.fieldTwice': { code: 'INVALID_INPUT', params: ['field'] },
  'request.fieldValue': { code: 'INVALID_INPUT', params: ['field'] },
  'request.characters': { code: 'INVALID_INPUT', params: [] },
  'request.body': { code: 'INVALID_INPUT', params: ['kind'] },
  'request.header': { code: 'INVALID_INPUT', params: ['field'] },
  'request.paging': { code: 'INVALID_INPUT', params: [] },
} as const satisfies Record<string, ReasonRule>;

/** Of several Node-REDs that share terminals (the companion package). */
export const FLEET_REASONS = {
  noFleet: { code: 'NOT_CONFIGURED', params: [] },
  fleetSettings: { code: 'NOT_CONFIGURED', params: ['name', 'field'] },
  fleetTwice: { code: 'NOT_CONFIGURED', params: [] },
  notConverged: { code: 'NOT_CONVERGED', params: ['failed', 'toCapture'] },
  'input.job': { code: 'INVALID_INPUT', params: ['field'] },
  'input.workFor': { code: 'INVALID_INPUT', params: ['field'] },
  ownershipLost: { code: 'NOT_OWNER', params: ['serial'] },
  ownershipUnknown: { code: 'NOT_OWNER', params: [] },
  schemaName: { code: 'NOT_CONFIGURED', params: ['given', 'longest'] },
  instanceTaken: { code: 'NOT_CONFIGURED', params: ['name'] },
  databaseUrl: { code: 'NOT_CONFIGURED', params: [] },
  databaseMissing: { code: 'NOT_CONFIGURED', params: ['address', 'detail'] },
  databaseOld: { code: 'NOT_CONFIGURED', params: ['found', 'least'] },
  databaseSchemaNewer: { code: 'NOT_CONFIGURED', params: ['schema', 'found', 'known'] },
  databasePooler: { code: 'NOT_CONFIGURED', params: [] },
  databaseReadOnly: { code: 'NOT_CONFIGURED', params: ['address'] },
  databaseLocks: { code: 'NOT_CONFIGURED', params: ['detail'] },
  databaseRefused: { code: 'UNAUTHORIZED', params: ['address', 'detail'] },
  databaseRights: { code: 'UNAUTHORIZED', params: ['detail'] },
  databaseTls: { code: 'CERTIFICATE', params: ['address', 'reason'] },
  databaseUnreachable: { code: 'UNREACHABLE', params: ['address', 'reason'] },
  databaseFull: { code: 'UNREACHABLE', params: ['address', 'detail'] },
  databaseSilent: { code: 'TIMEOUT', params: ['address'] },
  databaseBusy: { code: 'TIMEOUT', params: ['detail'] },
  databaseFailed: { code: 'BAD_REPLY', params: ['code', 'detail'] },
  fleetTerminalUnknown: { code: 'NOT_CONFIGURED', params: ['name'] },
  fleetJobTimeout: { code: 'TIMEOUT', params: ['terminal', 'seconds'] },
  fleetDeadLetter: { code: 'device', params: ['terminal', 'attempts', 'detail'] },
} as const satisfies Record<string, ReasonRule>;

export const REASONS = { ...CONNECTION_REASONS, ...TERMINAL_REASONS, ...GATEWAY_REASONS, ...FLEET_REASONS };

export type Reason = keyof typeof REASONS;

type ParamNames<R extends Reason> = (typeof REASONS)[R]['params'][number];

/** What the text of this reason needs. */
export type ParamsOf<R extends Reason> = Readonly<Record<ParamNames<R>, string | number>>;

/** What to do, where more is known than the reason says; with the parameters that its text names. */
export const ADVICE = {
  notRepeated: [],
  'signature.secret': [],
  'signature.onlyOurs': ['line', 'ours'],
  'signature.onlyServer': ['line', 'server'],
  'signature.line': ['line', 'server', 'ours'],
  'signature.otherShape': ['shape'],
  'authentication.blanks': ['keyLength', 'secretLength', 'address', 'certificate', 'difference', 'shape'],
  'authentication.clock': ['keyLength', 'secretLength', 'address', 'certificate', 'difference', 'shape'],
  'authentication.facts': ['keyLength', 'secretLength', 'address', 'certificate', 'difference', 'shape'],
} as const satisfies Record<string, readonly string[]>;

/** The same for terminals; what their own codes call for stands in terminal-codes.ts. */
export const TERMINAL_ADVICE = {
  pictureGone: [],
  bindPicture: [],
  nobodyCame: [],
  stayedBusy: [],
  'right.persons': [],
  'right.faces': [],
  'right.capture': [],
  'right.log': [],
} as const satisfies Record<string, readonly string[]>;

type AllAdvice = typeof ADVICE & typeof TERMINAL_ADVICE;

export type TerminalAdvice = keyof typeof TERMINAL_ADVICE;
export type Advice = keyof AllAdvice;

export type AdviceParams<A extends Advice> = Readonly<Record<AllAdvice[A][number], string | number>>;
