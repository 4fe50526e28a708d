import { invalid } from '../../errors/invalid.js';

/** UserInfo as it goes to the terminal. */
export interface UserInfo {
  employeeNo: string;
  name: string;
  userType: string;
  gender: string;
  localUIRight: false;
  Valid: { enable: true; beginTime: string; endTime: string; timeType: string };
  doorRight: string;
  RightPlan: { doorNo: number; planTemplateNo: string }[];
  groupId?: number;
}

/** What a flow gives: values of any type, to be validated. */
export interface PersonInput {
  employeeNo: unknown;
  fullName: unknown;
  userType: unknown;
  gender: unknown;
  groupId: unknown;
  beginTime: unknown;
  endTime: unknown;
  timeType: unknown;
  doorRight: unknown;
  planTemplateNo: unknown;
  extra: unknown;
}

const USER_TYPES: Record<string, string> = { normal: 'normal', visitor: 'visitor', blacklist: 'blackList' };
const GENDERS: Record<string, string> = { male: 'male', female: 'female', unknown: 'unknown' };
const TIME_TYPES: Record<string, string> = { local: 'local', utc: 'UTC' };
const EARLIEST = '2000-01-01T00:00:00';
const LATEST = '2037-12-31T23:59:59';
const VALID_YEARS = 10;

/**
 * Checks every field before anything is sent and fills in what is blank: valid from now on for ten years, and with
 * `doorRight` and `RightPlan` both set, because a person without them is stored and cannot open the door.
 * @throws HikvisionError `INVALID_INPUT`, naming the field
 */
export function userInfo(input: PersonInput, now: Date = new Date()): UserInfo {
  const employeeNo = validEmployeeNo(input.employeeNo);
  const timeType = word('timeType', input.timeType, TIME_TYPES, 'local');
  const { beginTime, endTime } = validity(input, timeType === 'UTC', now);
  const planTemplateNo = digits('planTemplateNo', input.planTemplateNo, '1');
  const doors = doorNumbers(input.doorRight);
  const groupId = optionalNumber('groupId', input.groupId);
  const person: UserInfo = {
    employeeNo,
    name: personName(input.fullName),
    userType: word('userType', input.userType, USER_TYPES, 'normal'),
    gender: word('gender', input.gender, GENDERS, 'unknown'),
    localUIRight: false,
    Valid: { enable: true, beginTime, endTime, timeType },
    doorRight: doors.join(','),
    RightPlan: doors.map((doorNo) => ({ doorNo, planTemplateNo })),
    ...(groupId === undefined ? {} : { groupId }),
  };
  return { ...person, ...extraFields(input.extra, employeeNo) };
}

/**
 * The number under which a terminal knows a person: text of 1..32 ASCII characters, leading zeros kept. A whole
 * number is taken as its digits.
 * @throws HikvisionError `INVALID_INPUT`
 */
export function validEmployeeNo(value: unknown): string {
  const text = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? String(value) : value;
  if (isBlank(text)) throw invalid('employeeNoMissing', 'employeeNo');
  if (typeof text !== 'string') throw invalid('notText', 'employeeNo');
  if (text.length > 32) throw invalid('employeeNoLong', 'employeeNo', { length: text.length });
  if (!/^[\x21-\x7e]+$/.test(text)) throw invalid('employeeNoCharacters', 'employeeNo');
  return text;
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function personName(value: unknown): string {
  if (isBlank(value)) return '';
  if (typeof value !== 'string') throw invalid('notText', 'fullName');
  if (value.length > 128) throw invalid('nameLong', 'fullName', { length: value.length });
  if (/\p{Cc}/u.test(value)) throw invalid('controlCharacters', 'fullName');
  return value;
}

function word(field: string, value: unknown, allowed: Record<string, string>, blank: string): string {
  if (isBlank(value)) return blank;
  const key = typeof value === 'string' ? value.trim().toLowerCase() : '';
  const found = Object.hasOwn(allowed, key) ? allowed[key] : undefined;
  if (found === undefined) throw invalid('notAllowed', field, { allowed: Object.values(allowed).join(', ') });
  return found;
}

function digits(field: string, value: unknown, blank: string): string {
  if (isBlank(value)) return blank;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,5}$/.test(text)) throw invalid('notNumber', field);
  return text;
}

function optionalNumber(field: string, value: unknown): number | undefined {
  return isBlank(value) ? undefined : Number(digits(field, value, ''));
}

/** `"1"` or `"1,2"`: the doors of this terminal that the person may open. */
function doorNumbers(value: unknown): number[] {
  if (isBlank(value)) return [1];
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\s*\d{1,3}(\s*,\s*\d{1,3})*\s*$/.test(text)) throw invalid('doors', 'doorRight');
  return [...new Set(text.split(',').map(Number))];
}

function validity(input: PersonInput, utc: boolean, now: Date): { beginTime: string; endTime: string } {
  const beginTime = isBlank(input.beginTime) ? stamp(now, utc) : moment('beginTime', input.beginTime, utc);
  const endTime = isBlank(input.endTime) ? yearsAfter(beginTime) : moment('endTime', input.endTime, utc);
  if (endTime <= beginTime) throw invalid('endBeforeBegin', 'endTime', { beginTime, endTime });
  return { beginTime, endTime };
}

function yearsAfter(begin: string): string {
  const end = `${String(Number(begin.slice(0, 4)) + VALID_YEARS)}${begin.slice(4).replace(/^-02-29/, '-02-28')}`;
  return end > LATEST ? LATEST : end;
}

function moment(field: string, value: unknown, utc: boolean): string {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return inRange(field, stamp(value, utc));
  if (typeof value === 'number' && Number.isFinite(value)) return inRange(field, stamp(new Date(value), utc));
  const text = typeof value === 'string' ? value.trim().replace(' ', 'T') : '';
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(text)) throw invalid('time', field);
  const parsed = new Date(`${text}Z`);
  const exists = !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
  if (!exists) throw invalid('time', field);
  return inRange(field, text);
}

function inRange(field: string, text: string): string {
  if (text < EARLIEST || text > LATEST) throw invalid('timeRange', field);
  return text;
}

/** `2025-01-01T00:00:00`, as terminals want it, in local time or UTC. */
function stamp(date: Date, utc: boolean): string {
  const shifted = utc ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return Number.isNaN(shifted.getTime()) ? '' : shifted.toISOString().slice(0, 19);
}

function extraFields(value: unknown, employeeNo: string): Record<string, unknown> {
  if (isBlank(value)) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('extra', 'extra');
  const entries = Object.entries(value).filter(([key]) => key !== '__proto__');
  if (entries.some(([key, inner]) => key === 'employeeNo' && inner !== employeeNo)) {
    throw invalid('extraEmployeeNo', 'extra');
  }
  const fields: Record<string, unknown> = Object.fromEntries(entries);
  const { password } = fields;
  const isPin = typeof password === 'string' && /^\d{0,8}$/.test(password);
  if (password !== undefined && !isPin) throw invalid('pin', 'extra.password');
  return fields;
}
