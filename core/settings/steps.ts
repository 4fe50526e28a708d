import type { InputReason } from '../errors/invalid.js';
import { checkbox, choice, duration, identifier } from './kinds.js';
import * as person from './person.js';
import { withRule, type Rule } from './rule.js';
import { fromDialog, fromMessage, typed } from './typed.js';

/** What the nodes of the three steps of a registration, and the one that does them all, are set to: one rule a setting. */

const ELSEWHERE = ['msg', 'flow', 'global', 'jsonata', 'env'];

/** Who is created, and what the person may do. */
export const personSettings = {
  employeeNo: fromMessage(person.employeeNo, 'payload.employeeNo'),
  fullName: fromMessage(person.fullName, 'payload.name'),
  userType: fromDialog(person.userType),
  gender: fromDialog(person.gender),
  groupId: fromDialog(person.groupId),
  beginTime: fromDialog(person.beginTime),
  endTime: fromDialog(person.endTime),
  timeType: fromDialog(person.timeType),
  validEnabled: typed(person.validEnabled, true, { types: ['bool', ...ELSEWHERE], defaultType: 'bool' }),
  doorRight: fromDialog(person.doorRight),
  planTemplateNo: fromDialog(person.planTemplateNo),
  extra: typed(person.extra, '{}', { types: ['json', ...ELSEWHERE], defaultType: 'json' }),
};

/** What is done with a person who is there, and whether the settings that stand in the dialog are meant for them too. */
export function existingPerson(usual: 'error' | 'update'): {
  ifExists: Rule<'error' | 'update' | 'keep'>;
  alsoExisting: Rule<boolean>;
} {
  return {
    ifExists: choice(['error', 'update', 'keep'], { usual }),
    alsoExisting: withRule(checkbox(false), { when: { ifExists: ['update'] } }),
  };
}

/** The number of the person who is to be captured, for those who want it judged before anybody comes. */
export const optionalEmployeeNo = fromMessage(
  withRule<string | undefined, InputReason>(person.employeeNo, { blank: { value: undefined } }),
  '',
);

/** How a face is captured. */
export const captureSettings = {
  dataType: choice(['auto', 'url', 'binary']),
  interval: duration({ usual: 3 }),
};

/** Where a face is bound. */
export const librarySettings = { faceLibType: identifier('blackFD'), FDID: identifier('1') };

/** How sure a bind has to be. */
export const bindSettings = { verify: checkbox(true), recheck: checkbox(true) };

/** Where a face comes from that is not captured by the node itself. */
export const FACE_INPUTS = { types: ['msg', 'flow', 'global', 'jsonata'], defaultType: 'msg' };
