import * as connection from '../../core/settings/connection.js';
import * as gateway from '../../core/settings/gateway.js';
import { text } from '../../core/settings/kinds.js';

export const settings = {
  name: text(),
  protocol: gateway.protocol,
  host: gateway.host,
  port: gateway.port,
  certificate: connection.certificate,
  fingerprint: connection.fingerprint,
  tls: connection.tls,
  timeout: connection.timeout,
  retries: connection.retries,
  basePath: gateway.basePath,
  product: gateway.product,
  signature: gateway.signature,
  contentMD5: gateway.contentMD5,
  userId: connection.userId,
  debugSigning: gateway.debugSigning,
  appKey: gateway.appKey,
  appSecret: connection.secret,
};
