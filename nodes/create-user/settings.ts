import { checkbox, choice, configNode, text } from '../../core/settings/kinds.js';
import * as person from '../../core/settings/person.js';
import { withRule } from '../../core/settings/rule.js';
import { fromDialog, fromMessage, typed } from '../../core/settings/typed.js';

export const settings = {
  name: text(),
  terminal: configNode('isapi-config'),
  employeeNo: fromMessage(person.employeeNo, 'payload.employeeNo'),
  fullName: fromMessage(person.fullName, 'payload.name'),
  userType: fromDialog(person.userType),
  gender: fromDialog(person.gender),
  groupId: fromDialog(person.groupId),
  beginTime: fromDialog(person.beginTime),
  endTime: fromDialog(person.endTime),
  timeType: fromDialog(person.timeType),
  validEnabled: typed(person.validEnabled, true, {
    types: ['bool', 'msg', 'flow', 'global', 'jsonata', 'env'],
    defaultType: 'bool',
  }),
  doorRight: fromDialog(person.doorRight),
  planTemplateNo: fromDialog(person.planTemplateNo),
  extra: typed(person.extra, '{}', {
    types: ['json', 'msg', 'flow', 'global', 'jsonata', 'env'],
    defaultType: 'json',
  }),
  ifExists: choice(['error', 'update', 'keep']),
  alsoExisting: withRule(checkbox(false), { when: { ifExists: ['update'] } }),
};
