import { randomUUID } from 'node:crypto';
import { FACE_PASSED, type Raised } from '../behaviour/raised.js';
import { list, optionalText, optionalTime, time, type JsonObject } from '../protocol/input.js';
import { refuse } from '../protocol/replies.js';
import { greyPicture } from './pictures.js';
import type { Persons } from './persons.js';
import type { Site } from './site.js';
import type { Visit } from './visits.js';

/** iSecure Center's numbers for a visitor who checks in and out. */
export const VISITOR_CAME = 1_392_513_025;
export const VISITOR_LEFT = 1_392_513_026;

/** Something that happened, as the gateway keeps it. */
export interface Happening {
  eventId: string;
  eventType: number;
  /** Milliseconds since 1970: when it happened, and when the gateway learned of it. */
  happenedAt: number;
  receivedAt: number;
  source: { index: string; name: string; parent: string; type: 'door' | 'visitor' };
  person: { id: string; code: string; name: string; card: string };
  reader: string;
  /** Names the picture; blank where there is none. */
  picUri: string;
  /** Of a visitor. */
  visit?: Visit;
}

/** One record of `door/events`. */
export type DoorRecord = Readonly<Record<string, string | number>>;

const MOST_KEPT = 10_000;
const LONGEST_WINDOW_MS = 92 * 86_400_000;
const MOST_DOORS = 10;
const SERVER = 'acs-1';

/** What happened at the doors of one gateway, and with its visitors. Searches throw a Refusal for what the gateway refuses. */
export class DoorEvents {
  private kept: Happening[] = [];
  private readonly pictures = new Map<string, Buffer>();

  constructor(
    private readonly site: Site,
    private readonly persons: Persons,
    private readonly now: () => number,
  ) {}

  /** @throws Error that names what is not there */
  raise(raised: Raised): Happening {
    const { type = FACE_PASSED, card = '', ago = 0, picture = 'none' } = raised;
    const door = this.site.findDoor(raised.door);
    const person = raised.person === undefined ? undefined : this.personOf(raised.person);
    const receivedAt = this.now();
    return this.keep({
      eventId: randomUUID().toUpperCase(),
      eventType: type,
      happenedAt: receivedAt - ago * 1000,
      receivedAt,
      source: { index: door.doorIndexCode, name: door.doorName, parent: door.acsDevIndexCode, type: 'door' },
      person: {
        id: person?.personId ?? '',
        code: person?.personCode ?? '',
        name: person?.personName ?? '',
        card,
      },
      reader: `${door.doorName} reader`,
      picUri: picture === 'none' ? '' : this.newPicture(),
    });
  }

  /** A visitor has checked in or out. */
  visitor(eventType: number, visit: Visit): Happening {
    const receivedAt = this.now();
    const name = [visit.visitorGivenName, visit.visitorFamilyName].filter((part) => part !== '').join(' ');
    return this.keep({
      eventId: randomUUID().toUpperCase(),
      eventType,
      happenedAt: receivedAt,
      receivedAt,
      source: { index: visit.appointRecordId, name: 'Reception', parent: '', type: 'visitor' },
      person: { id: visit.visitorId, code: '', name, card: '' },
      reader: '',
      picUri: '',
      visit: { ...visit },
    });
  }

  /** acs/v1/door/events: by the time at which something happened. Newest first. */
  searchByEventTime(input: JsonObject): DoorRecord[] {
    const from = Date.parse(time(input, 'startTime'));
    const to = Date.parse(time(input, 'endTime'));
    window(from, to, 'endTime');
    const { eventType } = input;
    const types = typeof eventType === 'number' ? [eventType] : undefined;
    return this.found(input, types, ({ happenedAt }) => happenedAt >= from && happenedAt <= to);
  }

  /** acs/v2/door/events: by when it happened, by when it arrived, or both. Newest first. */
  search(input: JsonObject): DoorRecord[] {
    const begin = optionalTime(input, 'startTime');
    const end = optionalTime(input, 'endTime');
    const receivedFrom = optionalTime(input, 'receiveStartTime');
    const receivedTo = optionalTime(input, 'receiveEndTime');
    if ((receivedFrom === undefined) !== (receivedTo === undefined)) throw refuse('0x00072001', 'receiveEndTime');
    if (receivedFrom !== undefined) window(Date.parse(receivedFrom), Date.parse(receivedTo ?? ''), 'receiveEndTime');
    const types = input['eventTypes'] === undefined ? undefined : list(input, 'eventTypes', 100);
    const isWithin = (at: number, from?: string, to?: string): boolean =>
      (from === undefined || at >= Date.parse(from)) && (to === undefined || at <= Date.parse(to));
    return this.found(
      input,
      types,
      ({ happenedAt, receivedAt }) =>
        isWithin(happenedAt, begin, end) && isWithin(receivedAt, receivedFrom, receivedTo),
    );
  }

  /** A JPEG. @throws Refusal 128 */
  pictureOf(picUri: string): Buffer {
    const picture = this.pictures.get(picUri);
    if (picture === undefined) throw refuse('128', 'picUri');
    return picture;
  }

  reset(): void {
    this.kept = [];
    this.pictures.clear();
  }

  private keep(happening: Happening): Happening {
    this.kept.push(happening);
    if (this.kept.length > MOST_KEPT) this.kept.shift();
    return happening;
  }

  private found(input: JsonObject, types: unknown[] | undefined, isIn: (each: Happening) => boolean): DoorRecord[] {
    const doors = input['doorIndexCodes'] === undefined ? undefined : list(input, 'doorIndexCodes', MOST_DOORS);
    const name = optionalText(input, 'personName');
    return this.kept
      .filter(
        (each) =>
          each.source.type === 'door' &&
          isIn(each) &&
          (types?.includes(each.eventType) ?? true) &&
          (doors?.includes(each.source.index) ?? true) &&
          (name === undefined || each.person.name.includes(name)),
      )
      .map(recordOf)
      .reverse();
  }

  private newPicture(): string {
    const picUri = `Vsm://${randomUUID()}`;
    this.pictures.set(picUri, greyPicture(picUri));
    if (this.pictures.size > MOST_KEPT) this.pictures.delete(this.pictures.keys().next().value ?? '');
    return picUri;
  }

  private personOf(idOrCode: string): { personId: string; personCode: string; personName: string } {
    const found = this.persons
      .all()
      .find(({ personId, personCode }) => personId === idOrCode || personCode === idOrCode);
    if (!found) throw new Error(`There is no person ${JSON.stringify(idOrCode)}`);
    return found;
  }
}

function recordOf(happening: Happening): DoorRecord {
  const { eventId, eventType, happenedAt, receivedAt, source, person, reader, picUri } = happening;
  return {
    eventId,
    eventName: `acs.${eventType}`,
    eventType,
    eventTime: isoTime(happenedAt),
    receiveTime: isoTime(receivedAt),
    personId: person.id,
    personCode: person.code,
    personName: person.name,
    cardNo: person.card,
    doorName: source.name,
    doorIndexCode: source.index,
    readerDevName: reader,
    readerDevIndexCode: `r${source.index}`,
    picUri,
    svrIndexCode: SERVER,
    inAndOutType: 1,
  };
}

/** ISO 8601 with this computer's own offset, as gateways write it. @param at milliseconds since 1970 */
export function isoTime(at: number): string {
  const offset = -new Date(at).getTimezoneOffset();
  const two = (value: number): string => String(value).padStart(2, '0');
  const shown = `${offset < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return new Date(at + offset * 60_000).toISOString().replace('Z', shown);
}

function window(from: number, to: number, field: string): void {
  if (to <= from || to - from > LONGEST_WINDOW_MS) throw refuse('0x00072002', field);
}
