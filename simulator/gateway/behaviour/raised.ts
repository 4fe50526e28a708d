import { isObject } from '../protocol/input.js';

/** Something that happens at a door, and what becomes of the news of it. */
export interface Raised {
  /** The number of the kind of event; default 196893, a face that passed. */
  type?: number;
  /** The id or code of a person whom the gateway knows; a stranger where absent. */
  person?: string;
  card?: string;
  /** Index code or name; default the first one. */
  door?: string;
  /** It happened so many seconds ago, and arrives at the gateway only now: the door was offline. Default 0. */
  ago?: number;
  /** `late`: it comes afterwards, as a second delivery of the same event with status 5. Default `none`. */
  picture?: 'none' | 'at once' | 'late';
  /** As a rule of the gateway sends it: what happened stands in `eventDetails`. */
  linkage?: boolean;
  /** The same event is delivered so many times more. */
  repeats?: number;
  /** It stands in the records, and is never delivered. */
  lost?: boolean;
}

/** What the simulator raises where a command names no type. */
export const FACE_PASSED = 196_893;
const PICTURES = ['none', 'at once', 'late'] as const;
const FIELDS = ['type', 'person', 'card', 'door', 'ago', 'picture', 'linkage', 'repeats', 'lost'];
/** Events of one command; they go out in one delivery. */
const MOST_RAISED = 100;

/** One event from a message, or several for one delivery. @throws Error that says what is wrong with it */
export function parseRaised(value: unknown): Raised[] {
  const given: unknown[] = Array.isArray(value) ? (value as unknown[]) : [value];
  if (given.length === 0 || given.length > MOST_RAISED) throw new Error(`raise is 1 to ${MOST_RAISED} events`);
  return given.map(oneRaised);
}

function oneRaised(value: unknown): Raised {
  if (value === true) return {};
  if (!isObject(value)) throw new Error('raise is an object such as { "type": 196893, "person": "R001" }, or a list');
  for (const name of Object.keys(value)) {
    if (!FIELDS.includes(name)) throw new Error(`An event has no property ${JSON.stringify(name.slice(0, 40))}`);
  }
  const { type, person, card, door, ago, picture, linkage, repeats, lost } = value;
  const shown = PICTURES.find((each) => each === picture);
  if (picture !== undefined && shown === undefined) throw new Error(`picture is one of ${PICTURES.join(', ')}`);
  return {
    ...(type !== undefined && { type: numberIn('type', type, 0, 0xffff_ffff) }),
    ...(person !== undefined && { person: textIn('person', person) }),
    ...(card !== undefined && { card: textIn('card', card) }),
    ...(door !== undefined && { door: textIn('door', door) }),
    ...(ago !== undefined && { ago: numberIn('ago', ago, 0, 366 * 86_400) }),
    ...(shown !== undefined && { picture: shown }),
    ...(linkage === true && { linkage }),
    ...(repeats !== undefined && { repeats: numberIn('repeats', repeats, 0, 100) }),
    ...(lost === true && { lost }),
  };
}

function numberIn(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${name} of an event is a whole number from ${least} to ${most}`);
}

function textIn(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= 64) return value;
  throw new Error(`${name} of an event is a text of at most 64 characters`);
}
