import { anything, checkbox, choice, configNode, text } from '../../core/settings/kinds.js';
import { method, terminalPath } from '../../core/settings/paths.js';
import { withRule } from '../../core/settings/rule.js';
import { fromDialog, typed } from '../../core/settings/typed.js';

/** A GET has no body. */
const WITH_BODY = { method: ['PUT', 'POST', 'DELETE'] };

export const settings = {
  name: text(),
  terminal: configNode('isapi-config'),
  method,
  path: fromDialog(withRule(terminalPath, { default: '/ISAPI/System/deviceInfo' })),
  // `bodySource` is where the body comes from; `bodyType` is the form in which it is sent.
  body: typed(withRule(anything(), { when: WITH_BODY }), 'payload', {
    types: ['msg', 'flow', 'global', 'jsonata', 'json', 'str'],
    defaultType: 'msg',
    typeProperty: 'bodySource',
  }),
  bodyType: withRule(choice(['auto', 'json', 'xml', 'raw']), { when: WITH_BODY }),
  returnType: choice(['parsed', 'text', 'buffer']),
  mayErase: withRule(checkbox(false), { when: WITH_BODY }),
};
