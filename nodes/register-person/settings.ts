import { anything, choice, configNode, duration, text, wholeNumber } from '../../core/settings/kinds.js';
import {
  bindSettings,
  captureSettings,
  existingPerson,
  FACE_INPUTS,
  personSettings,
} from '../../core/settings/steps.js';
import { typed } from '../../core/settings/typed.js';

export const settings = {
  name: text(),
  terminal: configNode('isapi-config'),
  ...personSettings,
  ...existingPerson('update'),
  face: typed(anything(), '', FACE_INPUTS),
  ...captureSettings,
  deadline: duration({ usual: 300 }),
  retries: wholeNumber({ usual: 5, min: 0, max: 20 }),
  ifFace: choice(['replace', 'keep']),
  onFailure: choice(['keep', 'remove']),
  ...bindSettings,
};
