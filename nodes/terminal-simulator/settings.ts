import * as connection from '../../core/settings/connection.js';
import { choice, configNode, optionalDuration, text, wholeNumber } from '../../core/settings/kinds.js';
import { withRule } from '../../core/settings/rule.js';
import { MODELS, type ModelName } from '../../simulator/terminal/behaviour/models.js';

export const settings = {
  name: text(),
  /** 0: any free port. A new one has a free port of its own (dialog.ts). */
  port: wholeNumber({ usual: 0, min: 0, max: 65_535 }),
  model: choice(Object.keys(MODELS) as [ModelName, ...ModelName[]]),
  /** Blank: only when a message tells it to; a flow that lacks it means that. */
  faceAfter: withRule(optionalDuration(), { default: 2 }),
  tls: configNode('tls-config'),
  username: connection.username,
  password: connection.secret,
};
