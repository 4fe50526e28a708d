import { anything, checkbox, configNode, identifier, text } from '../../core/settings/kinds.js';
import * as person from '../../core/settings/person.js';
import { withRule } from '../../core/settings/rule.js';
import { fromMessage, typed } from '../../core/settings/typed.js';

export const settings = {
  name: text(),
  terminal: configNode('isapi-config'),
  employeeNo: fromMessage(person.employeeNo, 'payload.employeeNo'),
  face: typed(withRule(anything(), { blank: { refused: 'faceMissing' } }), 'capture', {
    types: ['msg', 'flow', 'global', 'jsonata'],
    defaultType: 'msg',
  }),
  faceLibType: identifier('blackFD'),
  FDID: identifier('1'),
  verify: checkbox(true),
  recheck: checkbox(true),
};
