import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import type { Finding } from '../../../core/http/findings.js';
import type { FleetSettings } from '../../core/options.js';

export function testFleet(settings: FleetSettings, signal: AbortSignal): Promise<Finding[]> {
  return Promise.reject(
    HikvisionError.of('unexpected', { params: { detail: `${settings.schema} ${signal.aborted}` } }),
  );
}

export function serialOfTerminal(name: string, signal: AbortSignal): Promise<string> {
  return Promise.reject(HikvisionError.of('unexpected', { params: { detail: `${name} ${signal.aborted}` } }));
}
