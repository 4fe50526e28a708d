import { invalid } from '../../../errors/invalid.js';
import * as person from '../../../settings/person.js';
import type { Given } from '../../../settings/rule.js';
import { take } from '../../../settings/take.js';
import { isTree, type Tree } from '../../protocol/document.js';

/** UserInfo as it goes to the terminal. */
export interface UserInfo {
  employeeNo: string;
  name: string;
  userType: string;
  gender: string;
  localUIRight: false;
  Valid: { enable: boolean; beginTime: string; endTime: string; timeType: string };
  doorRight: string;
  RightPlan: person.RightPlan;
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
  validEnabled: unknown;
  doorRight: unknown;
  planTemplateNo: unknown;
  extra: unknown;
}

const VALID_YEARS = 10;

/**
 * Checks every field before anything is sent and fills in what is blank: valid from now on for ten years. A person opens a
 * door only where `doorRight` and `RightPlan` both name it; without a door both are sent empty.
 * @throws HikvisionError `INVALID_INPUT`, naming the field
 */
export function userInfo(input: PersonInput, now: Date = new Date()): UserInfo {
  const given: Given = (name) => (name === 'now' ? now : input[name as keyof PersonInput]);
  const employeeNo = take('employeeNo', person.employeeNo, input.employeeNo);
  const timeType = take('timeType', person.timeType, input.timeType);
  const doors = take('doorRight', person.doorRight, input.doorRight);
  const schedules = take('planTemplateNo', person.planTemplateNo, input.planTemplateNo, given);
  const groupId = take('groupId', person.groupId, input.groupId);
  const info: UserInfo = {
    employeeNo,
    name: take('fullName', person.fullName, input.fullName),
    userType: take('userType', person.userType, input.userType),
    gender: take('gender', person.gender, input.gender),
    localUIRight: false,
    Valid: {
      enable: take('validEnabled', person.validEnabled, input.validEnabled),
      ...validity(input, given),
      timeType,
    },
    doorRight: doors.join(','),
    RightPlan: person.rightPlan(doors, schedules),
    ...(groupId === undefined ? {} : { groupId }),
  };
  return merged({ ...info }, take('extra', person.extra, input.extra, given)) as unknown as UserInfo;
}

/** Both objects as one: what `extra` has is taken, inside objects too; a list takes the place of a list. */
export function merged(base: Tree, extra: Tree): Tree {
  const result: Tree = { ...base };
  for (const [name, value] of Object.entries(extra)) {
    if (name === '__proto__') continue;
    const own = Object.hasOwn(base, name) ? base[name] : undefined;
    result[name] = isTree(value) && isTree(own) ? merged(own, value) : value;
  }
  return result;
}

function validity(input: PersonInput, given: Given): { beginTime: string; endTime: string } {
  const beginTime = take('beginTime', person.beginTime, input.beginTime, given) ?? person.beginOf(given) ?? '';
  const endTime = take('endTime', person.endTime, input.endTime, given) ?? yearsAfter(beginTime);
  // Only the last second that terminals know is not before an end that is filled in.
  if (endTime <= beginTime) throw invalid('endBeforeBegin', 'endTime', { beginTime, endTime });
  return { beginTime, endTime };
}

function yearsAfter(begin: string): string {
  const end = `${String(Number(begin.slice(0, 4)) + VALID_YEARS)}${begin.slice(4).replace(/^-02-29/, '-02-28')}`;
  return end > person.LATEST ? person.LATEST : end;
}
