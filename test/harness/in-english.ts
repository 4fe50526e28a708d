import type { NodeAPI } from 'node-red';

import type { HikvisionError } from '../../core/errors/hikvision-error.js';
import { wordsOf } from '../../nodes/common/texts.js';

/** A runtime without catalogues: what is said then is English. */
const RED = { _: (key: string) => key } as NodeAPI;

/** What happened and what to do, in the words that users read. */
export function inEnglish(failure: HikvisionError): { what: string; hint: string; message: string } {
  const { what, hint } = wordsOf(RED, failure);
  return { what, hint, message: `${what} ${hint}` };
}
