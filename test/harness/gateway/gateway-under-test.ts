import { Gateway, type GatewayCall } from '../../../core/artemis/gateway/gateway.js';
import { gatewaySettings, type RawGatewaySettings } from '../../../core/artemis/gateway/gateway-settings.js';
import type { GatewayOptions } from './simulated-gateway.js';

/** Where a simulated gateway is, or was. */
interface Place {
  options: GatewayOptions;
  port: number;
}

/** Settings of an artemis-config for a simulated gateway. */
export function rawSettings(simulated: Place, more: RawGatewaySettings = {}): RawGatewaySettings {
  const { appKey, appSecret, tls } = simulated.options;
  const protocol = tls ? 'https' : 'http';
  return { name: 'HQ', protocol, host: '127.0.0.1', port: simulated.port, appKey, appSecret, timeout: 2, ...more };
}

export function openGateway(
  simulated: Place,
  more: RawGatewaySettings = {},
  logSigning?: (text: string) => void,
): Gateway {
  return new Gateway(gatewaySettings(rawSettings(simulated, more)), logSigning);
}

/** A call that does no harm when made twice, with what a test is about. */
export function callOf(path: string, more: Partial<GatewayCall> = {}): GatewayCall {
  return { operation: 'test', method: 'POST', path, body: {}, idempotent: true, ...more };
}
