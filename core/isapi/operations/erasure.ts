import { invalid } from '../../errors/invalid.js';

/** The one shape in which an erasing call may leave: a single root with a single list, and nothing beside them. */
interface ErasingCall {
  /** The end of the path, in lower case. */
  path: string;
  root: string;
  /** Further keys that have to stand beside the list, with their value. */
  fixed: Readonly<Record<string, string>>;
  /** Each list that may be the one, with the key that names an entry. */
  lists: Readonly<Record<string, string>>;
}

const ERASING_CALLS: readonly ErasingCall[] = [
  {
    path: '/accesscontrol/userinfo/delete',
    root: 'UserInfoDelCond',
    fixed: {},
    lists: { EmployeeNoList: 'employeeNo' },
  },
  {
    path: '/accesscontrol/userinfodetail/delete',
    root: 'UserInfoDetail',
    fixed: { mode: 'byEmployeeNo' },
    lists: { EmployeeNoList: 'employeeNo' },
  },
  {
    path: '/accesscontrol/cardinfo/delete',
    root: 'CardInfoDelCond',
    fixed: {},
    lists: { EmployeeNoList: 'employeeNo', CardNoList: 'cardNo' },
  },
  { path: '/intelligent/fdlib/fdsearch/delete', root: '', fixed: {}, lists: { FPID: 'value' } },
];

/** What a query of an erasing call may say; without `format=json` a terminal may pass over the body, and the list in it. */
const QUERY = /^format=json(?:&(?:FDID=[\w.-]{1,64}|faceLibType=[A-Za-z]{1,32})){0,2}$/;
/** A path that erases, however it is written: persons, cards, faces, events, settings, a whole terminal. */
const ERASING_PATH = /delete|clear|erase|format$|factory|restore/;
/** Where DELETE takes away persons, rights or whole face libraries. */
const ERASING_ROOMS = /^\/isapi\/(?:accesscontrol|intelligent)\//;
/** Keys by which a call that writes erases what it names. */
const ERASING_KEYS = /["<](?:\w+:)?delete(?:user|card|fp|face|all)/i;
const NAME = /^[\x21-\x7e]{1,64}$/;

export interface CheckedCall {
  method: string;
  /** As it is sent, with its query. */
  path: string;
  /** Without its query, and with its percent signs resolved. */
  plainPath: string;
  body: Buffer | undefined;
  /** What the body is said to be. */
  kind: string;
}

/**
 * Lets a call through that erases nothing, or exactly the persons, cards or faces that its body names: without its list, such
 * a call erases everybody. The bytes that are looked at are those that are sent.
 * @throws HikvisionError `INVALID_INPUT`
 */
export function assertErasesOnlyNamed({ method, path, plainPath, body, kind }: CheckedCall): void {
  if (method === 'GET') return;
  const plain = plainPath.toLowerCase();
  const isErasing =
    ERASING_PATH.test(plain) ||
    (method === 'DELETE' && ERASING_ROOMS.test(plain)) ||
    ERASING_KEYS.test(withoutEscapes(body));
  if (!isErasing) return;
  const call = ERASING_CALLS.find((each) => plain === `/isapi${each.path}`);
  if (!call) throw invalid('erases', 'path');
  const [, query = ''] = path.split('?', 2);
  const isAsRecorded =
    method === 'PUT' && kind === 'json' && path.toLowerCase().startsWith(`/isapi${call.path}?`) && QUERY.test(query);
  if (!isAsRecorded || !body || !namesEntries(call, body)) throw invalid('deletesEverybody', 'body');
}

/** Whether the body is this call's root with one list that is not empty and names each entry, written plainly. */
function namesEntries({ root, fixed, lists }: ErasingCall, body: Buffer): boolean {
  const document = plainJson(body);
  const content = root === '' ? document : onlyChild(document, root);
  if (!content) return false;
  const others = Object.keys(content).filter((key) => !Object.hasOwn(fixed, key));
  const [listName = ''] = others;
  const key = Object.hasOwn(lists, listName) ? lists[listName] : undefined;
  const isFixed = Object.entries(fixed).every(([name, value]) => content[name] === value);
  const entries: unknown = content[listName];
  if (!isFixed || others.length !== 1 || key === undefined || !Array.isArray(entries) || entries.length === 0) {
    return false;
  }
  return entries.every((entry: unknown) => isNamed(onlyChildValue(entry, key)));
}

function isNamed(value: unknown): boolean {
  return (typeof value === 'string' && NAME.test(value)) || (Number.isSafeInteger(value) && Number(value) >= 0);
}

/**
 * The object that a JSON text holds, where it is written so that everybody reads the same in it: no key twice, none with
 * escapes, nothing before or behind. Undefined otherwise.
 */
function plainJson(body: Buffer): Record<string, unknown> | undefined {
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isPlain = Buffer.from(text, 'utf8').equals(body) && JSON.stringify(value) === withoutBlanks(text);
  return isPlain && isObject(value) ? value : undefined;
}

/** A JSON text without the blanks between its parts. */
function withoutBlanks(json: string): string {
  const parts: string[] = [];
  for (let i = 0; i < json.length; i += 1) {
    const char = json.charAt(i);
    if (char === '"') {
      const start = i;
      for (i += 1; i < json.length && json.charAt(i) !== '"'; i += 1) if (json.charAt(i) === '\\') i += 1;
      parts.push(json.slice(start, i + 1));
    } else if (!/\s/.test(char)) {
      parts.push(char);
    }
  }
  return parts.join('');
}

/** A body as text, with JSON's escapes of letters resolved: to look for keys that are written with them. */
export function withoutEscapes(body: Buffer | undefined): string {
  const text = body?.toString('latin1') ?? '';
  return text.replace(/\\u00([2-7][0-9a-f])/gi, (_whole, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function onlyChild(value: unknown, key: string): Record<string, unknown> | undefined {
  const inner = onlyChildValue(value, key);
  return isObject(inner) ? inner : undefined;
}

function onlyChildValue(value: unknown, key: string): unknown {
  return isObject(value) && Object.keys(value).length === 1 && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
