import * as connection from '../../core/settings/connection.js';
import * as directory from '../../core/settings/directory.js';
import { text } from '../../core/settings/kinds.js';

export const settings = {
  name: text(),
  source: directory.source,
  terminals: directory.terminals,
  file: directory.file,
  timeout: connection.timeout,
  retries: connection.retries,
  queueLimit: connection.queueLimit,
  ...directory.loginSettings(),
};
