import { configNode, text } from '../../core/settings/kinds.js';
import { withRule } from '../../core/settings/rule.js';
import { fromDialog } from '../../core/settings/typed.js';

export const settings = {
  name: text(),
  directory: withRule(configNode('terminal-directory'), { blank: { refused: 'noDirectory' } }),
  site: fromDialog(text()),
};
