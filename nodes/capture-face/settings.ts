import { checkbox, choice, configNode, duration, text } from '../../core/settings/kinds.js';
import { withRule } from '../../core/settings/rule.js';

export const settings = {
  name: text(),
  terminal: configNode('isapi-config'),
  dataType: choice(['auto', 'url', 'binary']),
  infrared: checkbox(false),
  deadline: duration({ usual: 30 }),
  interval: duration({ usual: 3 }),
  download: withRule(checkbox(false), { when: { dataType: ['auto', 'url'] } }),
  hold: checkbox(true),
  holdTimeout: withRule(duration({ usual: 60 }), { when: { hold: [true] } }),
};
