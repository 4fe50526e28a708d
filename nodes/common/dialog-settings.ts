import type { NodeAPI } from 'node-red';
import type tls from 'node:tls';

import type { CertificateCheck } from '../../core/http/certificate.js';
import { deployedTlsConfig, type DialogSettings } from './connection-test-endpoint.js';
import { tlsOptionsOf } from './tls-config.js';

/**
 * The settings of a connection as they stand in its dialog, without its secret. A pin that is chosen but still blank is no
 * mistake here: the test is what shows the certificate to pin, and accepts none meanwhile.
 * @param read checks the settings and fills in what is blank
 */
export function settingsInDialog<S extends { certificate: CertificateCheck }>(
  RED: NodeAPI,
  dialog: DialogSettings,
  secret: string,
  read: (given: DialogSettings, tlsOptions?: tls.ConnectionOptions) => S,
): S {
  const isUnpinned = dialog['certificate'] === 'pin' && dialog['fingerprint'] === '';
  const given = { ...dialog, [secret]: '', ...(isUnpinned ? { certificate: 'verify' } : {}) };
  const settings = read(given, tlsOptionsOf(RED, deployedTlsConfig(RED, dialog['tls'])));
  return isUnpinned ? { ...settings, certificate: { ...settings.certificate, mode: 'pin' } } : settings;
}
