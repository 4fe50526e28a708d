import { anything, choice, configNode, text, wholeNumber } from '../../core/settings/kinds.js';
import { method, openApiPath } from '../../core/settings/paths.js';
import { withRule } from '../../core/settings/rule.js';
import { fromDialog, typed } from '../../core/settings/typed.js';

const CALL = { operation: ['call'] };

export const settings = {
  name: text(),
  gateway: withRule(configNode('artemis-config'), { blank: { refused: 'noGateway' } }),
  operation: choice(['call', 'check']),
  method: withRule(method, { default: 'POST', blank: { value: 'POST' }, when: CALL }),
  path: fromDialog(withRule(openApiPath, { when: CALL })),
  query: typed(withRule(anything(), { when: CALL }), '{}', {
    types: ['json', 'msg', 'flow', 'global', 'jsonata'],
    defaultType: 'json',
  }),
  body: typed(withRule(anything(), { when: CALL }), 'payload', {
    types: ['msg', 'flow', 'global', 'jsonata', 'json'],
    defaultType: 'msg',
  }),
  paging: withRule(choice(['none', 'collect', 'stream']), { when: CALL }),
  pageSize: withRule(wholeNumber({ usual: 100, min: 1, max: 500 }), {
    when: { ...CALL, paging: ['collect', 'stream'] },
  }),
  idempotent: withRule(choice(['auto', 'yes', 'no']), { when: CALL }),
};
