import { choice, configNode, text } from '../../../core/settings/kinds.js';
import { rule, withRule, type Rule } from '../../../core/settings/rule.js';
import { fromDialog, fromMessage } from '../../../core/settings/typed.js';
import { trimmed } from '../../../core/settings/values.js';
import { PRIORITIES } from '../../core/options.js';

/** The name of a terminal or of a site. */
const workFor: Rule<string> = rule(
  'text',
  { refused: 'workFor' },
  (value) => {
    const given = trimmed(value);
    return given === undefined ? { refused: 'notText' } : { value: given };
  },
  { when: { target: ['terminal', 'site'] } },
);

export const settings = {
  name: text(),
  fleet: withRule(configNode('fleet-config'), { blank: { refused: 'noFleet' } }),
  target: choice(['terminal', 'site', 'all']),
  value: fromMessage(workFor, 'terminal'),
  priority: fromDialog(choice(PRIORITIES, { usual: 'change' })),
};
