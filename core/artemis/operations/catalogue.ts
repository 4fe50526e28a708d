/** A call of the OpenAPI that the editor offers. */
export interface Operation {
  id: string;
  group: 'system' | 'person' | 'access' | 'visitor' | 'door' | 'event';
  method: 'POST';
  /** Below the base path. */
  path: string;
  /** A template to complete. */
  body: Readonly<Record<string, unknown>>;
}

interface Entry extends Operation {
  /** Whether it does no harm to make the call twice. */
  idempotent: boolean;
}

const PAGE = { pageNo: 1, pageSize: 100 };
const BEGIN = '2026-01-01T00:00:00+00:00';
const END = '2026-01-31T23:59:59+00:00';
const PERSON = {
  personCode: '',
  personGivenName: '',
  personFamilyName: '',
  gender: 0,
  orgIndexCode: '1',
  phoneNo: '',
  email: '',
  beginTime: BEGIN,
  endTime: '2035-12-31T23:59:59+00:00',
};

function entry(
  group: Operation['group'],
  id: string,
  path: string,
  body: Operation['body'],
  { once = false }: { once?: boolean } = {},
): Entry {
  return { id, group, method: 'POST', path: `/api/${path}`, body, idempotent: !once };
}

const ONCE = { once: true };
const ACCESS = { privilegeGroupId: '', type: 1, list: [{ id: '' }] };

/** The calls that integrators use, from the vendor's documentation; odd spellings in paths are the vendor's own. */
const CATALOGUE: readonly Entry[] = [
  entry('system', 'version', 'common/v1/version', {}),
  entry('system', 'orgList', 'resource/v1/org/orgList', PAGE),
  entry('person', 'personAdd', 'resource/v1/person/single/add', { ...PERSON, faces: [{ faceData: '' }] }, ONCE),
  entry('person', 'personUpdate', 'resource/v1/person/single/update', { personId: '', ...PERSON }),
  entry('person', 'personFace', 'resource/v1/person/face/update', { personId: '', faceData: '' }),
  entry('person', 'personById', 'resource/v1/person/personId/personInfo', { personId: '' }),
  entry('person', 'personByCode', 'resource/v1/person/personCode/personInfo', { personCode: '' }),
  entry('person', 'personList', 'resource/v1/person/personList', PAGE),
  entry('person', 'personDelete', 'resource/v1/person/single/delete', { personId: '' }),
  entry('access', 'accessLevels', 'acs/v1/privilege/group', { ...PAGE, type: 1 }),
  entry('access', 'accessAssign', 'acs/v1/privilege/group/single/addPersons', ACCESS),
  entry('access', 'accessRevoke', 'acs/v1/privilege/group/single/deletePersons', ACCESS),
  entry('access', 'applyToDevices', 'visitor/v1/auth/reapplication', { personIds: '', ImmediateDownload: 1 }),
  entry('access', 'applyResult', 'acs/v1/auth/applicationResult', { personIds: '' }),
  entry(
    'visitor',
    'visitorAppointment',
    'visitor/v2/appointment',
    {
      receptionistId: '',
      appointStartTime: BEGIN,
      appointEndTime: END,
      visitorInfoList: [{ VisitorInfo: { visitorGivenName: '', visitorFamilyName: '', gender: 0, phoneNo: '' } }],
    },
    ONCE,
  ),
  entry(
    'visitor',
    'visitorCheckIn',
    'visitor/v1/registerment',
    { appointId: '', visitStartTime: BEGIN, visitEndTime: END },
    ONCE,
  ),
  entry('visitor', 'visitorCheckOut', 'visitor/v1/visitor/out', { appointRecordId: '' }),
  entry('visitor', 'visitorRecords', 'visitor/v1/register/getVistorRegisterRecord', {
    ...PAGE,
    visitStartTimeBegin: BEGIN,
    visitStartTimeEnd: END,
  }),
  // Repeated seconds later, it may let somebody else in.
  entry('door', 'doorControl', 'acs/v1/door/doControl', { doorIndexCodes: [''], controlType: 2 }, ONCE),
  entry('event', 'eventSubscribe', 'eventService/v1/eventSubscriptionByEventTypes', {
    eventTypes: [196893],
    eventDest: '',
    token: '',
    passBack: 0,
  }),
];

/** What the editor offers. */
export const operations: readonly Operation[] = CATALOGUE.map(({ id, group, method, path, body }) => ({
  id,
  group,
  method,
  path,
  body,
}));

/** How the last part of a path reads where a call that is not in the catalogue changes nothing. */
const READING = /^(?:get|query|search|find)(?=[A-Z]|$)|(?:List|Info|version)$/;

/**
 * Whether a call may be sent again when nobody knows if it took effect.
 * @param path with or without the base path
 */
export function isIdempotent(method: string, path: string): boolean {
  if (method.toUpperCase() === 'GET') return true;
  const known = operationOf(path);
  if (known) return known.idempotent;
  const last = lastSegment(path);
  return READING.test(last) && !/^(?:add|create|delete|update|set|save|do|batch)(?=[A-Z]|$)/.test(last);
}

/** What a call does, for errors: the id of a known operation, else method and path. */
export function operationName(method: string, path: string): string {
  return operationOf(path)?.id ?? `${method.toUpperCase()} ${withoutQuery(path)}`;
}

function operationOf(path: string): Entry | undefined {
  const whole = `/${withoutQuery(path).replace(/^\/+|\/+$/g, '')}`;
  return CATALOGUE.find((known) => whole.endsWith(known.path));
}

function lastSegment(path: string): string {
  return withoutQuery(path).split('/').filter(Boolean).at(-1) ?? '';
}

function withoutQuery(path: string): string {
  return path.trim().split('?')[0] ?? '';
}
