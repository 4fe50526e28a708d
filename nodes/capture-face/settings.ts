import { checkbox, configNode, duration, text } from '../../core/settings/kinds.js';
import { withRule } from '../../core/settings/rule.js';
import { captureSettings, optionalEmployeeNo } from '../../core/settings/steps.js';

export const settings = {
  name: text(),
  terminal: configNode('isapi-config'),
  employeeNo: optionalEmployeeNo,
  ...captureSettings,
  infrared: checkbox(false),
  deadline: duration({ usual: 30 }),
  download: withRule(checkbox(false), { when: { dataType: ['auto', 'url'] } }),
  hold: checkbox(true),
  holdTimeout: withRule(duration({ usual: 60 }), { when: { hold: [true] } }),
};
