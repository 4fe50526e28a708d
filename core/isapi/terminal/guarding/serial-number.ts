import { printable } from '../../../errors/printable.js';
import { text } from '../../protocol/document.js';
import type { Terminal } from '../terminal.js';

/** What a terminal said, when (on the clock of `performance`), and over which connections. */
interface Told {
  serial: string;
  at: number;
  connectionChanges: number;
}

/** Milliseconds for which a terminal is not asked again over the connection over which it has just said so. */
const STILL_TRUE_MS = 2_000;

const told = new WeakMap<Terminal, Told>();

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
  told.set(terminal, { serial, at: performance.now(), connectionChanges: terminal.connectionChanges });
  return serial;
}

/** As `askSerial`; but what was said a moment ago still holds while the connection stands: no other unit can have its end. */
export async function serialNow(terminal: Terminal, signal: AbortSignal): Promise<string> {
  const last = told.get(terminal);
  const stands = last?.connectionChanges === terminal.connectionChanges;
  return last && stands && performance.now() - last.at < STILL_TRUE_MS ? last.serial : askSerial(terminal, signal);
}

/** What this connection was told last, by whoever asked; asked now where it was told none. */
export async function lastSerial(terminal: Terminal, signal: AbortSignal): Promise<string> {
  const known = told.get(terminal)?.serial ?? '';
  return known === '' ? askSerial(terminal, signal) : known;
}
