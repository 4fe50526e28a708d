import { isTree, list, number } from '../../protocol/document.js';
import { isNotSupported } from '../../protocol/reply.js';
import { askSerial, serialNow } from '../../terminal/guarding/serial-number.js';
import type { Terminal } from '../../terminal/terminal.js';
import { forgetLimits } from './limits.js';

const serials = new WeakMap<Terminal, string>();

/**
 * The serial number of the terminal that hangs at this address; '' where it does not tell.
 * @param isFresh of the one that hangs there now; otherwise what this connection was told before will do
 */
export async function serialOf(terminal: Terminal, isFresh: boolean, signal: AbortSignal): Promise<string> {
  const serial = isFresh
    ? await serialNow(terminal, signal)
    : (serials.get(terminal) ?? (await askSerial(terminal, signal)));
  serials.set(terminal, serial);
  return serial;
}

/**
 * Notes under which serial number somebody got the right to work on this terminal: what was known of another unit at this
 * address no longer counts.
 */
export function noteSerial(terminal: Terminal, serial: string): void {
  if (serials.get(terminal) !== serial) forgetLimits(terminal);
  serials.set(terminal, serial);
}

/** How many faces lie in the library; undefined where the terminal does not say. */
export async function countFaces(terminal: Terminal, signal: AbortSignal): Promise<number | undefined> {
  try {
    const { document } = await terminal.call({
      operation: 'count faces',
      method: 'GET',
      path: '/ISAPI/Intelligent/FDLib/Count?format=json&FDID=1&faceLibType=blackFD',
      policy: 'repeatable',
      signal,
    });
    const content = document?.content ?? {};
    const [first] = list(content, 'FDRecordDataInfo');
    return number(isTree(first) ? first : content, 'recordDataNumber') ?? number(content, 'recordDataNumber');
  } catch (error) {
    if (isNotSupported(error)) return undefined;
    throw error;
  }
}
