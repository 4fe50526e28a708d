import type { InputReason } from '../../core/errors/invalid.js';
import { anything, checkbox, choice, configNode, text, trueOrFalse, wholeNumber } from '../../core/settings/kinds.js';
import { withRule } from '../../core/settings/rule.js';
import { typed } from '../../core/settings/typed.js';

const ELSEWHERE = ['msg', 'flow', 'global', 'jsonata'];

export const settings = {
  name: text(),
  terminal: configNode('isapi-config'),
  persons: typed(withRule<unknown, InputReason>(anything(), { blank: { refused: 'personsMissing' } }), 'payload', {
    types: ELSEWHERE,
    defaultType: 'msg',
  }),
  scope: choice(['listed', 'all']),
  maxRemovals: wholeNumber({ usual: 20, min: 0, max: 100_000 }),
  faces: choice(['missing', 'changed', 'all']),
  folder: text(),
  dryRun: typed(trueOrFalse(false), false, { types: ['bool', ...ELSEWHERE, 'env'], defaultType: 'bool' }),
  verify: checkbox(true),
};
