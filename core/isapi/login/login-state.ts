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

/** Longer bodies (bytes) are not kept. */
const MOST_KEPT = 2_048;

/** What was read last: terminals of one kind say the same to everybody who is not logged in. */
let last: { body: Buffer; state: Readonly<LoginState> } | undefined;

/** Reads the `userCheck` body of a 401. Some terminals answer HTML: then nothing is known. */
export function readLoginState(body: Buffer): Readonly<LoginState> {
  if (last?.body.equals(body)) return last.state;
  const state = stateIn(body);
  if (body.length <= MOST_KEPT) last = { body: Buffer.from(body), state };
  return state;
}

function stateIn(body: Buffer): LoginState {
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
