/** What speaks against the user of a login at one terminal, whatever the password; times in milliseconds since 1970. */
export interface HeldAccount {
  /** Marks the user name. */
  user: string;
  /** When it was found out. */
  at: number;
  /** Before the terminal locks the account. */
  triesLeft?: number | undefined;
  lockedUntil?: number;
}

/** A user name and password that one terminal rejected. */
export interface HeldLogin {
  /** Marks user name and password together. */
  login: string;
  /** When it was rejected. */
  at: number;
  /** As the terminal told. */
  triesLeft?: number | undefined;
  /** Where it was rejected for a lock; null: nobody knows how long that lasts. */
  lockedUntil?: number | null;
}

/** What is known against the logins at one terminal. */
export interface Held {
  accounts: readonly HeldAccount[];
  logins: readonly HeldLogin[];
}

/**
 * Where that is kept beyond the end of this process. Everything is done when the call returns, since a process that is
 * killed right after a refusal must not have forgotten it; so nothing here may take long. Nothing throws.
 */
export interface HeldLogins {
  /** Stands for a text that is not to be kept: equal for the same text, and too short to find the text with. */
  mark(text: string): string;
  /** What was saved for the terminal at this address; undefined where there is nothing. */
  load(address: string): Held | undefined;
  save(address: string, held: Held): void;
  forget(address: string): void;
}

let inForce: HeldLogins | undefined;

/**
 * Says where held logins are kept from now on; without, they are known to this process only.
 * @returns takes it away again
 */
export function useHeldLogins(heldLogins: HeldLogins): () => void {
  inForce = heldLogins;
  return () => {
    if (inForce === heldLogins) inForce = undefined;
  };
}

export function heldLoginsInForce(): HeldLogins | undefined {
  return inForce;
}
