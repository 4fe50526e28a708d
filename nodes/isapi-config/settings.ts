import * as connection from '../../core/settings/connection.js';
import { text } from '../../core/settings/kinds.js';

export const settings = {
  name: text(),
  protocol: connection.protocol,
  host: connection.host,
  port: connection.port,
  certificate: connection.certificate,
  fingerprint: connection.fingerprint,
  tls: connection.tls,
  timeout: connection.timeout,
  retries: connection.retries,
  queueLimit: connection.queueLimit,
  username: connection.username,
  password: connection.secret,
};
