import type { NodeAPI } from 'node-red';

import { HikvisionError } from '../../core/errors/hikvision-error.js';
import type { GuardPlugin, TerminalGuard } from '../../core/isapi/terminal/guard.js';
import { useGuardOf } from '../../core/isapi/terminal/guarding/guard-in-force.js';
import { askSerial } from '../../core/isapi/terminal/guarding/serial-number.js';
import type { Message } from './message-loop.js';
import { directoriesReady, terminalFor } from './terminals.js';

const PLUGIN = 'hikvision-terminal-guard';

/** The part of Node-RED that knows plugins; a runtime that only tests nodes has none. */
interface WithPlugins {
  plugins?: { getByType?: (type: string) => unknown };
}

/** Has captures and syncs ask the guard that a plugin of this Node-RED offers, whenever there is one. */
export function heedGuards(RED: NodeAPI): void {
  useGuardOf(() => guardIn(RED));
}

/**
 * The serial number of the terminal that `msg.terminal` would name so, as it answers now.
 * @param signal gives up asking; its reason is thrown
 * @throws HikvisionError `NOT_CONFIGURED` for no such terminal, `NOT_OWNER` for one that tells none, or why it does not answer
 */
export async function serialOfTerminal(name: string, signal: AbortSignal): Promise<string> {
  await directoriesReady();
  signal.throwIfAborted();
  const asked: Message = { terminal: name };
  const terminal = terminalFor(undefined, asked);
  const serial = await askSerial(terminal, signal);
  if (serial === '') {
    throw terminal.named(HikvisionError.of('noSerialNumber', { delivery: 'unsent' }), 'read serial number');
  }
  return serial;
}

function guardIn(RED: NodeAPI): TerminalGuard | undefined {
  const { plugins } = RED as WithPlugins;
  const offered = plugins?.getByType?.(PLUGIN);
  if (!Array.isArray(offered)) return undefined;
  for (const plugin of offered as Partial<GuardPlugin>[]) {
    const guard = plugin.guard?.();
    if (guard) return guard;
  }
  return undefined;
}
