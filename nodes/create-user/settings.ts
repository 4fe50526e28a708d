import { configNode, text } from '../../core/settings/kinds.js';
import { existingPerson, personSettings } from '../../core/settings/steps.js';

export const settings = {
  name: text(),
  terminal: configNode('isapi-config'),
  ...personSettings,
  ...existingPerson('error'),
};
