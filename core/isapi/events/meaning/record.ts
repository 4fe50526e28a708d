import { printable } from '../../../errors/printable.js';
import { isTree, number, text, type Tree } from '../../protocol/document.js';
import type { LogRecord } from '../options.js';

/** Longer than any that a terminal keeps: what is longer was not written by one. */
const LIMITS = { employeeNo: 64, personName: 128, card: 64, deviceTime: 40, userName: 64 } as const;
/** What the terminal's numbers stay under. */
const MOST = 2 ** 48;
/** Of doors and readers. */
const MOST_NUMBER = 65_535;

/** An intercom call has no codes: the stream sends it as an event of its own sort. */
const CALL_MAJOR = 0;

/**
 * One event as it stands in the log (`major`, `minor`, `time`) or comes by the stream (`majorEventType`, `subEventType`,
 * `dateTime`; inside of `AccessControllerEvent`, or of `VoiceTalkEvent` without codes).
 * @returns undefined where it has no serial number or no codes
 */
export function readRecord(raw: Tree): LogRecord | undefined {
  const inner = innerOf(raw);
  const whole = (value: number | undefined): number | undefined =>
    value !== undefined && Number.isSafeInteger(value) && value >= 0 && value < MOST ? value : undefined;
  const either = (...names: string[]): number | undefined =>
    names.map((name) => whole(number(inner, name))).find((found) => found !== undefined);
  const serial = either('serialNo');
  const major = either('major', 'majorEventType') ?? (callOf(raw) && CALL_MAJOR);
  const minor = either('minor', 'subEventType') ?? (callOf(raw) && 0);
  if (serial === undefined || major === undefined || minor === undefined) return undefined;
  const time = [inner, raw].flatMap((each) => [text(each, 'time'), text(each, 'dateTime')]).find((each) => each);
  return { serial, major, minor, time: short(time ?? '', LIMITS.deviceTime), raw };
}

/** The words of an intercom call, where the record is one. */
export function callOf(raw: Tree): Tree | undefined {
  const call = raw['VoiceTalkEvent'];
  return isTree(call) ? call : undefined;
}

/** Who and where, in one form whatever the terminal's; what it leaves blank, or fills with zero, is left away. */
export function detailsOf(raw: Tree): {
  employeeNo?: string;
  personName?: string;
  card?: string;
  door?: number;
  reader?: number;
} {
  const inner = innerOf(raw);
  const said = (name: keyof typeof LIMITS, ...fields: string[]): string | undefined =>
    fields.map((field) => short(text(inner, field) ?? '', LIMITS[name])).find((each) => each !== '');
  const numbered = (field: string): number | undefined => {
    const found = number(inner, field);
    return found !== undefined && Number.isInteger(found) && found > 0 && found <= MOST_NUMBER ? found : undefined;
  };
  const employeeNo = [said('employeeNo', 'employeeNoString'), said('employeeNo', 'employeeNo')].find(isGiven);
  const personName = said('personName', 'name');
  const card = [said('card', 'cardNo')].find((each) => isGiven(each) && !/^0+$/.test(each));
  const door = numbered('doorNo');
  const reader = numbered('cardReaderNo');
  return {
    ...(employeeNo !== undefined && { employeeNo }),
    ...(personName !== undefined && { personName }),
    ...(card !== undefined && { card }),
    ...(door !== undefined && { door }),
    ...(reader !== undefined && { reader }),
  };
}

const LOGINS = new Set(['3-112', '3-113', '4-1061', '4-1062', '4-1063', '4-1064']);

/** Whether such a code is a login or logout over the network, whoever's. */
export function isLogin({ major, minor }: Pick<LogRecord, 'major' | 'minor'>): boolean {
  return LOGINS.has(`${major}-${minor}`);
}

/**
 * Whether a record is a login or logout of ours: of the user whom we log in as, or of one whom the terminal does not name.
 * Each request may make one.
 */
export function isOwnLogin(record: Pick<LogRecord, 'major' | 'minor' | 'raw'>, userName: string | undefined): boolean {
  if (!isLogin(record)) return false;
  const inner = innerOf(record.raw);
  const user = ['netUser', 'userName', 'user'].map((name) => text(inner, name)?.trim()).find((each) => each);
  return user === undefined || user === userName;
}

/** More of a text is not looked at: to clean a megabyte takes a tenth of a second. */
const MOST_LOOKED_AT = 1024;

function short(given: string, limit: number): string {
  return printable(given.slice(0, MOST_LOOKED_AT), limit);
}

/** Some firmware writes 0 where there is none. */
function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '0';
}

function innerOf(raw: Tree): Tree {
  const event = raw['AccessControllerEvent'];
  return isTree(event) ? event : (callOf(raw) ?? raw);
}
