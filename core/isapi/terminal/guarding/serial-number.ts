import { printable } from '../../../errors/printable.js';
import { text } from '../../protocol/document.js';
import type { Terminal } from '../terminal.js';

const told = new WeakMap<Terminal, string>();

/** Asks the terminal that hangs at this address now for its serial number; '' where it does not tell. */
export async function askSerial(terminal: Terminal, signal: AbortSignal): Promise<string> {
  const { document } = await terminal.call({
    operation: 'read serial number',
    method: 'GET',
    path: '/ISAPI/System/deviceInfo',
    policy: 'repeatable',
    signal,
  });
  const serial = printable(text(document?.content ?? {}, 'serialNumber')?.trim() ?? '', 80);
  told.set(terminal, serial);
  return serial;
}

/** What this connection was told last, by whoever asked; asked now where it was told none. */
export async function lastSerial(terminal: Terminal, signal: AbortSignal): Promise<string> {
  const known = told.get(terminal) ?? '';
  return known === '' ? askSerial(terminal, signal) : known;
}
