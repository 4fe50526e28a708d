import { invalid } from '../../errors/invalid.js';
import * as person from '../../settings/person.js';
import type { Given } from '../../settings/rule.js';
import { take } from '../../settings/take.js';

/** UserInfo as it goes to the terminal. */
export interface UserInfo {
  employeeNo: string;
  name: string;
  userType: string;
  gender: string;
  localUIRight: false;
  Valid: { enable: true; beginTime: string; endTime: string; timeType: string };
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
  doorRight: unknown;
  planTemplateNo: unknown;
  extra: unknown;
}

const VALID_YEARS = 10;

/**
 * Checks every field before anything is sent and fills in what is blank: valid from now on for ten years. A person opens a
 * door only where `doorRight` and `RightPlan` both name it; without a door both are sent empty, so that a person who is
 * updated loses the doors that they had.
 * @throws HikvisionError `INVALID_INPUT`, naming the field
 */
export function userInfo(input: PersonInput, now: Date = new Date()): UserInfo {
  const given: Given = (name) => (name === 'now' ? now : input[name as keyof PersonInput]);
  const employeeNo = take('employeeNo', person.employeeNo, input.employeeNo);
  const timeType = take('timeType', person.timeType, input.timeType);
  const doors = take('doorRight', person.doorRight, input.doorRight);
  const schedules = take('planTemplateNo', person.planTemplateNo, input.planTemplateNo, given);
  const groupId = take('groupId', person.groupId, input.groupId);
  return {
    employeeNo,
    name: take('fullName', person.fullName, input.fullName),
    userType: take('userType', person.userType, input.userType),
    gender: take('gender', person.gender, input.gender),
    localUIRight: false,
    Valid: { enable: true, ...validity(input, given), timeType },
    doorRight: doors.join(','),
    RightPlan: person.rightPlan(doors, schedules),
    ...(groupId === undefined ? {} : { groupId }),
    ...take('extra', person.extra, input.extra, given),
  };
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
