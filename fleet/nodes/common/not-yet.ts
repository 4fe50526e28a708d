import { HikvisionError } from '../../../core/errors/hikvision-error.js';

export function serialOfTerminal(name: string, signal: AbortSignal): Promise<string> {
  return Promise.reject(HikvisionError.of('unexpected', { params: { detail: `${name} ${signal.aborted}` } }));
}
