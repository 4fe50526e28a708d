import { text } from '../../../core/settings/kinds.js';

export const settings = {
  name: text(),
};
