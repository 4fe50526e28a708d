import { number, readDocument, text } from '../protocol/document.js';

export interface LoginState {
  locked: boolean;
  /** Seconds until the account unlocks; 0 where the terminal does not say. */
  unlockSeconds: number;
  /** Tries left before the account is locked; absent where the terminal does not say. */
  triesLeft?: number;
}

/** Codes of a lock, in lower case. */
const LOCKS = new Set(['usernamelocked', 'deviceislocked']);

/** Reads the `userCheck` body of a 401. Some terminals answer HTML: then nothing is known. */
export function readLoginState(body: Buffer): LoginState {
  const content = readDocument(body)?.content ?? {};
  const triesLeft = number(content, 'retryLoginTime');
  // "unlock" contains "lock", and both "lock" and "locked" are in the field.
  const status = text(content, 'lockStatus')?.trim().toLowerCase();
  return {
    locked:
      status === 'lock' || status === 'locked' || LOCKS.has(text(content, 'subStatusCode')?.trim().toLowerCase() ?? ''),
    unlockSeconds: Math.max(0, number(content, 'unlockTime') ?? 0),
    ...(triesLeft === undefined ? {} : { triesLeft: Math.max(0, Math.trunc(triesLeft)) }),
  };
}
