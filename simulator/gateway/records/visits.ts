import type { Emit } from '../behaviour/events.js';
import { isObject, list, optionalText, text, time, wholeNumber, type JsonObject } from '../protocol/input.js';
import { refuse } from '../protocol/replies.js';
import { firstFace } from './pictures.js';
import type { Persons } from './persons.js';

/** Where a visit stands. */
type VisitState = 'invited' | 'in' | 'out';

export interface Visit {
  appointRecordId: string;
  visitorId: string;
  visitorGivenName: string;
  visitorFamilyName: string;
  gender: number;
  phoneNo: string;
  receptionistId: string;
  /** As they were given: of the invitation, and since the check-in those of the visit. */
  visitStartTime: string;
  visitEndTime: string;
  state: VisitState;
  /** What names the face, where one was given. */
  face?: string;
}

/** What the gateway answers to an invitation, and to a check-in without one. */
export interface VisitIds {
  appointRecordId: string;
  visitorId: string;
}

const MOST_VISITS = 10_000;
const LONGEST_WINDOW_MS = 31 * 86_400_000;

/** The visits of one gateway. Every method throws a Refusal for what the gateway refuses. */
export class Visits {
  private readonly stored = new Map<string, Visit>();
  private lastId = 0;

  constructor(
    private readonly persons: Persons,
    private readonly emit: Emit,
  ) {}

  all(): Visit[] {
    return [...this.stored.values()];
  }

  hasVisitor(visitorId: string): boolean {
    // Both ids have the same number.
    return this.stored.get(`a${visitorId.slice(1)}`)?.visitorId === visitorId;
  }

  /** visitor/v2/appointment */
  invite(input: JsonObject): VisitIds {
    const { visitStartTime, visitEndTime } = period(input, 'appointStartTime', 'appointEndTime');
    const visit = this.create(input, { visitStartTime, visitEndTime, state: 'invited' });
    const { appointRecordId, visitorId, face } = visit;
    this.emit({
      event: 'visitor invited',
      appointRecordId,
      visitorId,
      name: nameOf(visit),
      hasFace: face !== undefined,
    });
    return { appointRecordId, visitorId };
  }

  /** visitor/v1/registerment: of somebody who was invited (`appointId`), or of somebody who was not. */
  checkIn(input: JsonObject): VisitIds {
    const during = period(input, 'visitStartTime', 'visitEndTime');
    const appointId = optionalText(input, 'appointId');
    const visit =
      appointId === undefined ? this.create(input, { ...during, state: 'invited' }) : this.require(appointId);
    if (visit.state === 'in') throw refuse('131', 'appointId');
    if (visit.state === 'out') throw refuse('128', 'appointId');
    Object.assign(visit, during);
    visit.state = 'in';
    const { appointRecordId, visitorId } = visit;
    this.emit({ event: 'visitor checked in', appointRecordId, visitorId });
    return { appointRecordId, visitorId };
  }

  /** visitor/v1/visitor/out; once more does no harm. The visitor's id, whose access ends, and whether they were there. */
  checkOut(input: JsonObject): { visitorId: string; wasIn: boolean } {
    const visit = this.require(text(input, 'appointRecordId'));
    const { appointRecordId, visitorId, state } = visit;
    if (state !== 'out') this.emit({ event: 'visitor checked out', appointRecordId, visitorId });
    visit.state = 'out';
    return { visitorId, wasIn: state === 'in' };
  }

  /** Of somebody who was invited. */
  get(appointRecordId: string): Visit {
    return this.require(appointRecordId);
  }

  /** Those who were checked in within the window that is asked for, in the order in which they were invited. */
  records(input: JsonObject): Visit[] {
    const from = Date.parse(time(input, 'visitStartTimeBegin'));
    const to = Date.parse(time(input, 'visitStartTimeEnd'));
    if (to <= from || to - from > LONGEST_WINDOW_MS) throw refuse('0x00072002', 'visitStartTimeEnd');
    return this.all().filter(({ state, visitStartTime }) => {
      const start = Date.parse(visitStartTime);
      return state !== 'invited' && start >= from && start <= to;
    });
  }

  reset(): void {
    this.stored.clear();
    this.lastId = 0;
  }

  private require(appointRecordId: string): Visit {
    const visit = this.stored.get(appointRecordId);
    if (!visit) throw refuse('128');
    return visit;
  }

  private create(input: JsonObject, more: Pick<Visit, 'visitStartTime' | 'visitEndTime' | 'state'>): Visit {
    const receptionistId = text(input, 'receptionistId');
    if (!this.persons.has(receptionistId)) throw refuse('128', 'receptionistId');
    // One visitor: what a gateway answers to several is not known.
    const [entry] = list(input, 'visitorInfoList', 1);
    const given = isObject(entry) ? entry['VisitorInfo'] : undefined;
    if (!isObject(given)) throw refuse('0x00072003', 'VisitorInfo');
    const visitorGivenName = optionalText(given, 'visitorGivenName') ?? '';
    const visitorFamilyName = optionalText(given, 'visitorFamilyName') ?? '';
    if (visitorGivenName === '' && visitorFamilyName === '') throw refuse('0x00072001', 'visitorGivenName');
    const gender = given['gender'] === undefined ? 0 : wholeNumber(given, 'gender', 0, 2);
    const phoneNo = optionalText(given, 'phoneNo') ?? '';
    const face = firstFace(given);
    if (this.stored.size >= MOST_VISITS) throw refuse('132');
    this.lastId += 1;
    const ids = { appointRecordId: `a${this.lastId}`, visitorId: `v${this.lastId}` };
    const visitor = { visitorGivenName, visitorFamilyName, gender, phoneNo, receptionistId };
    const visit = { ...ids, ...visitor, ...more, ...(face !== undefined && { face }) };
    this.stored.set(ids.appointRecordId, visit);
    return visit;
  }
}

function period(input: JsonObject, begin: string, end: string): Pick<Visit, 'visitStartTime' | 'visitEndTime'> {
  const visitStartTime = time(input, begin);
  const visitEndTime = time(input, end);
  if (Date.parse(visitEndTime) <= Date.parse(visitStartTime)) throw refuse('0x00072002', end);
  return { visitStartTime, visitEndTime };
}

function nameOf({ visitorGivenName, visitorFamilyName }: Visit): string {
  return [visitorGivenName, visitorFamilyName].filter((part) => part !== '').join(' ');
}
