import { asFailure, HikvisionError, type FailureItem } from '../../../errors/hikvision-error.js';
import { invalid } from '../../../errors/invalid.js';
import { printable } from '../../../errors/printable.js';
import * as rules from '../../../settings/person.js';
import type { Given } from '../../../settings/rule.js';
import { take } from '../../../settings/take.js';
import { isBlank } from '../../../settings/values.js';
import { personChange, type PersonChange } from '../../operations/person/person-change.js';
import { userInfo, type PersonInput, type UserInfo } from '../../operations/person/user-info.js';
import { unhurried } from '../unhurried.js';
import { cardsOf } from './cards.js';
import { faceOf, type WantedFace } from './face.js';

/** One person of a list, judged. What the list does not say stays as the terminal has it. */
export interface WantedPerson {
  employeeNo: string;
  /** The person is to go. */
  remove: boolean;
  /** The person as they are written where the terminal has nobody of that number. */
  created: UserInfo;
  /** What changes where it has. */
  change: PersonChange;
  /** Nothing is said of doors: a new person can open none. */
  isWithoutDoors: boolean;
  /** Exactly these cards; undefined: whichever there are. */
  cards?: readonly string[];
  face?: WantedFace;
}

export interface ReadingOptions {
  /** Where picture files may lie; undefined: nowhere. */
  folder: string | undefined;
  now?: Date;
  signal: AbortSignal;
}

/** Mistakes that are named; further ones are counted. */
const MOST_NAMED = 20;
/** For somebody whose access has ended and who is new: a beginning before the end. */
const LONG_AGO = '2000-01-01T00:00:00';
/** The properties of a person in a list, with the field that an operation knows them by. */
const FIELDS = {
  name: 'fullName',
  userType: 'userType',
  gender: 'gender',
  groupId: 'groupId',
  beginTime: 'beginTime',
  endTime: 'endTime',
  timeType: 'timeType',
  validEnabled: 'validEnabled',
  doorRight: 'doorRight',
  planTemplateNo: 'planTemplateNo',
  extra: 'extra',
} as const satisfies Record<string, keyof PersonInput>;
const PROPERTIES = Object.entries(FIELDS);
/** All of them come with the list; a beginning that was filled in does not. */
const ALL_FIELDS: ReadonlySet<string> = new Set(Object.values(FIELDS));
const ALL_BUT_BEGIN: ReadonlySet<string> = new Set([...ALL_FIELDS].filter((field) => field !== FIELDS.beginTime));
const KNOWN = ['employeeNo', ...Object.keys(FIELDS), 'cards', 'face', 'faceVersion', 'remove'];
const KNOWN_EXACTLY = new Set<string>(KNOWN);
const KNOWN_PLAIN = new Map(KNOWN.map((name) => [plainName(name), name]));

/**
 * Judges a whole list before anything is sent.
 * @throws HikvisionError `INVALID_INPUT` that names each bad person, 20 at most
 */
export async function readPersons(
  given: unknown,
  { folder, now = new Date(), signal }: ReadingOptions,
): Promise<WantedPerson[]> {
  if (!Array.isArray(given)) throw invalid('personsMissing', 'persons');
  const rows = given as readonly unknown[];
  const persons: WantedPerson[] = [];
  const mistakes: FailureItem[] = [];
  let count = 0;
  const seen: Seen = { numbers: new Map(), cards: new Map() };
  await unhurried(rows.entries(), signal, ([index, row]) => {
    try {
      persons.push(readPerson(row, index + 1, seen, folder, now));
    } catch (error) {
      count += 1;
      if (mistakes.length < MOST_NAMED) mistakes.push({ label: labelOf(row, index + 1), failure: asFailure(error) });
    }
  });
  if (count === 0) return persons;
  throw HikvisionError.of('input.persons', {
    delivery: 'unsent',
    params: { field: 'persons', count, list: '' },
    items: mistakes,
  });
}

/** Which row a number or a card stands in. */
interface Seen {
  numbers: Map<string, number>;
  cards: Map<string, number>;
}

function readPerson(row: unknown, place: number, seen: Seen, folder: string | undefined, now: Date): WantedPerson {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) throw invalid('personKind', 'person');
  const given = row as Readonly<Record<string, unknown>>;
  assertKnown(given);
  const employeeNo = take('employeeNo', rules.employeeNo, given['employeeNo']);
  const twice = seen.numbers.get(employeeNo);
  if (twice !== undefined) throw invalid('personTwice', 'employeeNo', { row: twice });
  seen.numbers.set(employeeNo, place);
  const remove = isTrue(given['remove']);
  // Of whoever is to go, nothing but the number matters.
  const input = personInput(employeeNo, remove ? { name: employeeNo } : given);
  const dated = withBegin(input, now);
  const fromMessage = isBlank(input.beginTime) ? ALL_BUT_BEGIN : ALL_FIELDS;
  const person: WantedPerson = {
    employeeNo,
    remove,
    created: userInfo(dated, now),
    change: personChange(dated, { fromMessage, alsoExisting: false }),
    isWithoutDoors: input.doorRight === undefined,
  };
  if (remove) return person;
  const cards = cardsOf(given['cards'], place, seen.cards);
  const face = faceOf(given['face'], given['faceVersion'], folder);
  return { ...person, ...(cards ? { cards } : {}), ...(face ? { face } : {}) };
}

/** An absent property and null are the same: nothing is said. A blank text says "none" only of doors. */
function personInput(employeeNo: string, given: Readonly<Record<string, unknown>>): PersonInput {
  const input: Record<string, unknown> = { employeeNo };
  for (const [property, field] of PROPERTIES) {
    const value = given[property] ?? undefined;
    input[field] = isBlank(value) && field !== 'doorRight' ? undefined : value;
  }
  return input as unknown as PersonInput;
}

/** Who is in the list with an end that has passed is somebody whose access has ended, and no mistake. */
function withBegin(input: PersonInput, now: Date): PersonInput {
  if (!isBlank(input.beginTime) || isBlank(input.endTime)) return input;
  const given: Given = (name) => (name === 'now' ? now : input[name as keyof PersonInput]);
  const end = rules.endTime.read(input.endTime).value;
  const begin = rules.beginOf(given);
  return end !== undefined && begin !== undefined && end <= begin ? { ...input, beginTime: LONG_AGO } : input;
}

/** A property that is spelt nearly like one of ours is a mistake: what it says would be passed over in silence. */
function assertKnown(given: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(given)) {
    if (KNOWN_EXACTLY.has(name)) continue;
    const meant = KNOWN_PLAIN.get(plainName(name));
    if (meant !== undefined) {
      throw invalid('personProperty', printable(name, 40), { known: meant });
    }
  }
}

function plainName(name: string): string {
  return name
    .slice(0, 40)
    .toLowerCase()
    .replace(/[_\s-]/g, '');
}

function isTrue(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 'false') return false;
  if (value === true || value === 'true') return true;
  throw invalid('notAllowed', 'remove', { allowed: 'true, false' });
}

function labelOf(row: unknown, place: number): string {
  const given: unknown = typeof row === 'object' && row !== null && 'employeeNo' in row ? row.employeeNo : undefined;
  const number = typeof given === 'string' || typeof given === 'number' ? printable(String(given), 32) : '';
  return number === '' ? String(place) : `${place} (${number})`;
}
