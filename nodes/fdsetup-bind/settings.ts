import { anything, configNode, text } from '../../core/settings/kinds.js';
import { withRule } from '../../core/settings/rule.js';
import { bindSettings, FACE_INPUTS, librarySettings, personSettings } from '../../core/settings/steps.js';
import { typed } from '../../core/settings/typed.js';

export const settings = {
  name: text(),
  terminal: configNode('isapi-config'),
  employeeNo: personSettings.employeeNo,
  face: typed(withRule(anything(), { blank: { refused: 'faceMissing' } }), 'capture', FACE_INPUTS),
  ...librarySettings,
  ...bindSettings,
};
