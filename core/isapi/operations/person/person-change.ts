import { HikvisionError } from '../../../errors/hikvision-error.js';
import { invalid } from '../../../errors/invalid.js';
import * as person from '../../../settings/person.js';
import type { Given } from '../../../settings/rule.js';
import { take } from '../../../settings/take.js';
import { isBlank } from '../../../settings/values.js';
import { child, isTree, list, number, text, type Tree } from '../../protocol/document.js';
import { merged, type PersonInput } from './user-info.js';

/** What is asked for somebody who is on the terminal already. What is absent stays as the terminal has it. */
export interface PersonChange {
  name: string;
  userType?: string;
  gender?: string;
  groupId?: number;
  /** None where the list is empty. */
  doors?: number[];
  schedules?: string[];
  /** For doors that the person has not had, where no schedule is asked for. */
  usualSchedules?: string[];
  enabled?: boolean;
  beginTime?: string;
  endTime?: string;
  timeType?: string;
  extra?: Tree;
}

/** Where the values of a person come from. */
export interface Asked {
  /** The fields whose value came with the message or from the flow; the others stand in the dialog. */
  fromMessage: ReadonlySet<string>;
  /** What stands in the dialog is meant for persons who are there, too. */
  alsoExisting: boolean;
}

/** Counts, and the address of the stored picture: a terminal shows them and takes none of them. */
const READ_ONLY = /^(?:numOf|faceURL$)/i;

/**
 * What changes for somebody who is there: only what the message gives, unless the dialog is meant for them too. A blank
 * value gives nothing, but for the doors: there it means "no door".
 * @throws HikvisionError `INVALID_INPUT`, naming the field
 */
export function personChange(input: PersonInput, { fromMessage, alsoExisting }: Asked): PersonChange {
  const given: Given = (name) => input[name as keyof PersonInput];
  const isAsked = (field: keyof PersonInput): boolean => {
    const value = input[field];
    const isGiven = fromMessage.has(field) || alsoExisting;
    if (field !== 'doorRight') return isGiven && !isBlank(value);
    return fromMessage.has(field) ? value !== undefined && value !== null : alsoExisting;
  };
  const asked = <T>(field: keyof PersonInput, read: () => T): T | undefined => (isAsked(field) ? read() : undefined);
  const times = isAsked('beginTime') && isAsked('endTime');
  return {
    name: take('fullName', person.fullName, input.fullName),
    ...present({
      userType: asked('userType', () => take('userType', person.userType, input.userType)),
      gender: asked('gender', () => take('gender', person.gender, input.gender)),
      groupId: asked('groupId', () => take('groupId', person.groupId, input.groupId)),
      doors: asked('doorRight', () => take('doorRight', person.doorRight, input.doorRight)),
      schedules: asked('planTemplateNo', () => take('planTemplateNo', person.planTemplateNo, input.planTemplateNo)),
      usualSchedules: take('planTemplateNo', person.planTemplateNo, input.planTemplateNo),
      enabled: asked('validEnabled', () => take('validEnabled', person.validEnabled, input.validEnabled)),
      beginTime: asked('beginTime', () => take('beginTime', person.beginTime, input.beginTime, given)),
      endTime: asked('endTime', () => take('endTime', person.endTime, input.endTime, given)),
      // Both times mean nothing without the zone that they are written in.
      timeType: times || isAsked('timeType') ? take('timeType', person.timeType, input.timeType) : undefined,
      extra: asked('extra', () => take('extra', person.extra, input.extra, given)),
    }),
  };
}

/**
 * The whole person as they are to be written: what the terminal has, fields that nobody here knows too, with what is asked.
 * @param stored undefined where the terminal does not show the person: then only what is asked is written
 * @throws HikvisionError `INVALID_INPUT`, or `BAD_REPLY` where one could only guess what the person may do besides
 */
export function changedPerson(employeeNo: string, stored: Tree | undefined, change: PersonChange): Tree {
  const shown = stored ?? { employeeNo };
  const kept = Object.fromEntries(Object.entries(shown).filter(([name]) => !READ_ONLY.test(name)));
  const { name, userType, gender, groupId, extra = {} } = change;
  const own = present({ name, userType, gender, groupId });
  return merged(
    { ...kept, ...own, ...rights(employeeNo, stored, change), ...validity(employeeNo, stored, change) },
    extra,
  );
}

/** What tells whether a person may do what was written, as each field is to be read for that. */
const ACCESS_READERS = Object.entries<(person: Tree) => string | undefined>({
  doorRight: (each) => rightsOf(each)?.join(),
  'Valid.enable': (each) => text(validOf(each), 'enable')?.toLowerCase(),
  'Valid.beginTime': (each) => text(validOf(each), 'beginTime')?.slice(0, 19),
  'Valid.endTime': (each) => text(validOf(each), 'endTime')?.slice(0, 19),
  userType: (each) => text(each, 'userType')?.toLowerCase(),
  groupId: (each) => text(each, 'groupId'),
});

/** What of the access that was written the terminal does not show; undefined where all is as written, or is not shown. */
export function unchangedField(stored: Tree, written: Tree): string | undefined {
  const changed = ACCESS_READERS.find(([, read]) => {
    const [is, wanted] = [read(stored), read(written)];
    return is !== undefined && wanted !== undefined && is !== wanted;
  });
  return changed?.[0];
}

function rights(employeeNo: string, stored: Tree | undefined, change: PersonChange): Tree {
  const { doors, schedules, usualSchedules = ['1'] } = change;
  if (doors?.length === 0) return { doorRight: '', RightPlan: [] };
  if (doors && schedules) return { doorRight: doors.join(','), RightPlan: person.rightPlan(doors, schedules) };
  if (!doors && !schedules) return {};
  const plans = stored && plansOf(stored);
  if (!plans) throw unreadable(employeeNo);
  if (doors) {
    // A door that is new to the person opens when their others do.
    const all = [...new Set([...plans.values()].map((plan) => text(plan, 'planTemplateNo') ?? ''))];
    const [only] = all.length === 1 && all[0] !== '' ? all : [];
    const fresh = person.rightPlan(doors, only === undefined ? usualSchedules : [only]);
    return { doorRight: doors.join(','), RightPlan: fresh.map((plan) => plans.get(plan.doorNo) ?? plan) };
  }
  return { RightPlan: rescheduled(plans, schedules ?? []) };
}

/** The doors that the person opens now, each with its new schedule. */
function rescheduled(plans: ReadonlyMap<number, Tree>, schedules: readonly string[]): Tree[] {
  const doors = [...plans.keys()];
  if (doors.length > 0 && schedules.length !== 1 && schedules.length !== doors.length) {
    throw invalid('scheduleCount', 'planTemplateNo', { schedules: schedules.length, doors: doors.length });
  }
  return person.rightPlan(doors, schedules).map((plan) => ({ ...plans.get(plan.doorNo), ...plan }));
}

function validity(employeeNo: string, stored: Tree | undefined, change: PersonChange): Tree {
  const { enabled: enable, beginTime, endTime, timeType } = change;
  const asked = present({ enable, beginTime, endTime, timeType });
  if (Object.keys(asked).length === 0) return {};
  const isWhole = enable !== undefined && beginTime !== undefined && endTime !== undefined;
  const has = stored && child(stored, 'Valid');
  if (!isTree(has) && !isWhole) throw unreadable(employeeNo);
  const next: Tree = { ...(isTree(has) ? has : {}), ...asked };
  const [begin = '', end = ''] = [text(next, 'beginTime'), text(next, 'endTime')].map((time) => time?.slice(0, 19));
  if (begin !== '' && end !== '' && end <= begin) {
    throw invalid('endBeforeBegin', 'endTime', { beginTime: begin, endTime: end });
  }
  return { Valid: next };
}

/** The plans of the doors that the person can open: those that doorRight names, too. */
function plansOf(stored: Tree): Map<number, Tree> | undefined {
  if (child(stored, 'RightPlan') === undefined && child(stored, 'doorRight') === undefined) return undefined;
  const right = text(stored, 'doorRight');
  const doors = right?.split(',').map((door) => door.trim());
  const plans = list(stored, 'RightPlan').filter(isTree);
  const open = plans.filter((plan) => doors?.includes(text(plan, 'doorNo') ?? '') ?? true);
  return new Map(open.map((plan) => [number(plan, 'doorNo') ?? 0, plan]));
}

/** `door:schedule` for each door that the person can open. */
function rightsOf(each: Tree): string[] | undefined {
  const plans = plansOf(each);
  if (!plans || child(each, 'doorRight') === undefined || child(each, 'RightPlan') === undefined) return undefined;
  return [...plans].map(([door, plan]) => `${door}:${text(plan, 'planTemplateNo') ?? ''}`).sort();
}

function validOf(each: Tree): Tree {
  const valid = child(each, 'Valid');
  return isTree(valid) ? valid : {};
}

function unreadable(employeeNo: string): HikvisionError {
  return HikvisionError.of('personUnreadable', { delivery: 'answered', params: { employeeNo } });
}

/** Only the fields that have a value. */
function present<T extends object>(fields: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) found[name] = value;
  return found as ReturnType<typeof present<T>>;
}
