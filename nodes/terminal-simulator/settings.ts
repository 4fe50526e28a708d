import * as connection from '../../core/settings/connection.js';
import { choice, configNode, optionalDuration, text, wholeNumber } from '../../core/settings/kinds.js';
import { MODELS, type ModelName } from '../../simulator/terminal/behaviour/models.js';

export const settings = {
  name: text(),
  /** 0: any free port. */
  port: wholeNumber({ usual: 0, min: 0, max: 65_535 }),
  model: choice(Object.keys(MODELS) as [ModelName, ...ModelName[]]),
  /** Blank: only when a message tells it to. */
  faceAfter: optionalDuration(),
  tls: configNode('tls-config'),
  username: connection.username,
  password: connection.secret,
};
