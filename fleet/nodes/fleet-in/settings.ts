import { choice, configNode, duration, text } from '../../../core/settings/kinds.js';
import { withRule } from '../../../core/settings/rule.js';

export const settings = {
  name: text(),
  fleet: withRule(configNode('fleet-config'), { blank: { refused: 'noFleet' } }),
  take: choice(['work', 'dead']),
  timeout: duration({ usual: 900, min: 1 }),
};
