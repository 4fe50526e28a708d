import type { LoopbackSettings } from '../../server/loopback-server.js';
import type { DeliverySettings } from '../deliveries/deliveries.js';
import type { PartnerSettings } from '../signing/partner.js';

export interface GatewaySimulatorSettings extends LoopbackSettings, PartnerSettings, DeliverySettings {
  /** What `version` answers as softVersion; default V3.1.0. Before 2.0 there are no visitor calls. */
  version?: string;
  /** Seconds until what is applied has reached the devices; default 1. */
  applySeconds?: number;
  /** Writes the line breaks of an echoed string to sign as they are, which is no JSON. Default false. */
  rawLineBreaks?: boolean;
  /** Milliseconds since 1970; default this computer's clock. */
  now?: () => number;
}
