import * as connection from '../../core/settings/connection.js';
import * as gateway from '../../core/settings/gateway.js';
import { identifier, text, wholeNumber } from '../../core/settings/kinds.js';

export const settings = {
  name: text(),
  /** 0: any free port. */
  port: wholeNumber({ usual: 0, min: 0, max: 65_535 }),
  /** What it says its version is; before 2 there are no visitor calls. */
  version: identifier('V3.1.0'),
  signature: gateway.signature,
  appKey: gateway.appKey,
  appSecret: connection.secret,
};
