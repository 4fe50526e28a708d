import { choice, optionalWholeNumber, trueOrFalse } from './kinds.js';
import { rule, type Given, type Reading, type Rule } from './rule.js';
import { isBlank, trimmed } from './values.js';

/** Doors that a person may open, each with the number of its schedule; as a terminal's RightPlan wants it. */
export type RightPlan = { doorNo: number; planTemplateNo: string }[];

const NUMBER_LENGTH = 32;
const NAME_LENGTH = 128;
const EARLIEST = '2000-01-01T00:00:00';
export const LATEST = '2037-12-31T23:59:59';

/**
 * The number under which a terminal knows a person: text of 1..32 ASCII characters, leading zeros kept. A whole number is
 * taken as its digits.
 */
export const employeeNo: Rule<string> = rule(
  'text',
  { refused: 'employeeNoMissing' },
  (value) => {
    const number = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? String(value) : value;
    if (typeof number !== 'string') return { refused: 'notText' };
    if (number.length > NUMBER_LENGTH) return { refused: 'employeeNoLong', params: { length: number.length } };
    return /^[\x21-\x7e]+$/.test(number) ? { value: number } : { refused: 'employeeNoCharacters' };
  },
  { max: NUMBER_LENGTH },
);

/** The person's name, which has to be there: a misspelt property would store somebody whom nobody can tell from others. */
export const fullName: Rule<string> = rule(
  'text',
  { refused: 'nameMissing' },
  (value) => {
    if (typeof value !== 'string') return { refused: 'notText' };
    if (value.length > NAME_LENGTH) return { refused: 'nameLong', params: { length: value.length } };
    const refused = unusable(value);
    return refused ? { refused } : { value };
  },
  { max: NAME_LENGTH },
);

export const userType = choice(['normal', 'visitor', 'blackList']);
export const gender = choice(['unknown', 'female', 'male']);
export const timeType = choice(['local', 'UTC']);
/** The department; terminals have limits of their own, this one is that of the number's type. */
export const groupId = optionalWholeNumber({ min: 0, max: 2_147_483_647 });

/** `1` or `1,2`: the doors of this terminal that the person may open. Blank: none. */
export const doorRight: Rule<number[]> = rule(
  'text',
  { value: [] },
  (value) => {
    const doors = numberList(value, 3);
    return doors ? { value: [...new Set(doors.map(Number))] } : { refused: 'doors' };
  },
  { default: '1' },
);

/** The schedules of the doors: `1` for all of them, or one for each, `1,2`. Blank: 1, the factory's "always". */
export const planTemplateNo: Rule<string[]> = rule(
  'text',
  { value: ['1'] },
  (value, given) => {
    const schedules = numberList(value, 5);
    if (!schedules) return { refused: 'schedules' };
    const doors = given && doorRight.read(given('doorRight')).value;
    const fits = !doors?.length || schedules.length === 1 || schedules.length === doors.length;
    return fits
      ? { value: schedules }
      : { refused: 'scheduleCount', params: { schedules: schedules.length, doors: doors.length } };
  },
  { default: '1' },
);

/** Each door with its schedule: the only one for all of them, or one for each. */
export function rightPlan(doors: readonly number[], schedules: readonly string[]): RightPlan {
  const [first = '1'] = schedules;
  return doors.map((doorNo, index) => ({ doorNo, planTemplateNo: schedules[index] ?? first }));
}

/** From when on; blank: from now on. */
export const beginTime: Rule<string | undefined> = rule<string | undefined>('text', { value: undefined }, deviceTime, {
  min: EARLIEST,
  max: LATEST,
});

/** Until when; blank is for the one who asks to fill in. */
export const endTime: Rule<string | undefined> = rule<string | undefined>(
  'text',
  { value: undefined },
  (value, given) => {
    const end = deviceTime(value, given);
    const begin = given && beginOf(given);
    if (end.refused !== undefined || begin === undefined || end.value > begin) return end;
    return { refused: 'endBeforeBegin', params: { beginTime: begin, endTime: end.value } };
  },
  { min: EARLIEST, max: LATEST },
);

/** When the validity begins; undefined where that cannot be told. `given('now')` may say what "from now on" means. */
export function beginOf(given: Given): string | undefined {
  const raw = given('beginTime');
  if (!isBlank(raw)) return beginTime.read(raw, given).value;
  const now = given('now');
  return stamp(now instanceof Date ? now : new Date(), isUtc(given));
}

/** Whether the person may enter at all; a terminal keeps who may not, with face and cards. */
export const validEnabled: Rule<boolean> = trueOrFalse(true);

/** Fields that are merged into UserInfo last, inside objects too. */
export const extra: Rule<Record<string, unknown>> = rule(
  'json',
  { value: {} },
  (value, given) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { refused: 'extra' };
    const fields = Object.fromEntries(Object.entries(value).filter(([key]) => key !== '__proto__'));
    const number = given && employeeNo.read(given('employeeNo'), given).value;
    if ('employeeNo' in fields && number !== undefined && fields['employeeNo'] !== number) {
      return { refused: 'extraEmployeeNo' };
    }
    const { password } = fields;
    const isPin = password === undefined || (typeof password === 'string' && /^\d{0,8}$/.test(password));
    if (!isPin) return { refused: 'pin', field: 'extra.password' };
    const wrong = unusableIn(fields, 'extra');
    return wrong ?? { value: fields };
  },
  { default: '{}' },
);

/** Why a text cannot be stored: U+FFFD is what is left of text that was read in another encoding than it was written in. */
function unusable(text: string): 'controlCharacters' | 'notReadable' | undefined {
  if (/\p{Cc}/u.test(text)) return 'controlCharacters';
  return /[\uFFFD\p{Cs}]/u.test(text) ? 'notReadable' : undefined;
}

/** The first text inside that cannot be stored, whatever the depth. */
function unusableIn(
  value: unknown,
  field: string,
): { refused: 'controlCharacters' | 'notReadable'; field: string } | undefined {
  if (typeof value === 'string') {
    const refused = unusable(value);
    return refused && { refused, field };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, each] of Object.entries(value)) {
    const wrong = unusable(name) ? { refused: 'notReadable' as const, field } : unusableIn(each, `${field}.${name}`);
    if (wrong) return wrong;
  }
  return undefined;
}

/** A time as terminals write it, `2025-01-01T00:00:00`, without a zone; a Date or milliseconds since 1970 are written so. */
function deviceTime(value: unknown, given?: Given): Reading<string> {
  const date = typeof value === 'number' ? new Date(value) : value;
  const isDate = date instanceof Date && !Number.isNaN(date.getTime());
  const written = isDate ? stamp(date, isUtc(given)) : (trimmed(value) ?? '').replace(' ', 'T');
  const known = judgedTimes.get(written);
  if (known) return known;
  const reading = judgeTime(written);
  if (judgedTimes.size === MOST_JUDGED) judgedTimes.clear();
  judgedTimes.set(written, reading);
  return reading;
}

/** A list has the same few times again and again, and each of them is read several times. */
const judgedTimes = new Map<string, Reading<string>>();
const MOST_JUDGED = 100;

function judgeTime(written: string): Reading<string> {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(written)) return { refused: 'time' };
  const parsed = new Date(`${written}Z`);
  const exists = !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(written);
  if (!exists) return { refused: 'time' };
  return written < EARLIEST || written > LATEST ? { refused: 'timeRange' } : { value: written };
}

function isUtc(given: Given | undefined): boolean {
  return given !== undefined && timeType.read(given('timeType')).value === 'UTC';
}

/** In local time or UTC; '' for a date that there is not. */
function stamp(date: Date, utc: boolean): string {
  const shifted = utc ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return Number.isNaN(shifted.getTime()) ? '' : shifted.toISOString().slice(0, 19);
}

/** The numbers of a list such as `1, 2`, of so many digits each at most. */
function numberList(value: unknown, digits: number): string[] | undefined {
  const numbers =
    trimmed(value)
      ?.split(',')
      .map((each) => each.trim()) ?? [];
  const isList = numbers.length > 0 && numbers.every((each) => /^\d+$/.test(each) && each.length <= digits);
  return isList ? numbers : undefined;
}
