import { anything, text } from '../../core/settings/kinds.js';
import { typed } from '../../core/settings/typed.js';

export const settings = {
  name: text(),
  event: typed(anything(), 'event', { types: ['msg', 'flow', 'global', 'jsonata'], defaultType: 'msg' }),
};
