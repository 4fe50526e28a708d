import { createHmac, randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';

import { Account } from './account.js';
import type { Credentials } from './digest/authorization.js';
import type { KeptLogins, Marked, Marks } from './held/kept-logins.js';
import { LoginGuard } from './login-guard.js';

/** Logins that nobody uses and that are held, at one terminal; the one left longest ago is forgotten first. */
const MOST_HELD = 100;
/** A login that is held is forgotten when nobody has used it for a day. */
const HELD_MS = 24 * 60 * 60 * 1000;

/** Passwords are never kept, and their digests are of no use outside this process. */
const DIGEST_KEY = randomBytes(32);

/** The use of a login by one connection. */
export interface LoginUse {
  guard: LoginGuard;
  /** Ends it. */
  leave: () => void;
}

interface Known {
  username: string;
  guard: LoginGuard;
  /** What stands for it where it is kept; absent where nothing is kept. */
  marks: Marks | undefined;
  users: number;
  /** Where nobody uses it any more. */
  leftAt: number;
}

/**
 * The logins at one terminal: those in use, which are shared by their connections, and those that are held after a
 * refusal, in use or not, so that no redeploy tries them again, nor, where they are kept, a process that comes after this one.
 */
export class KnownLogins {
  /** By digest, those that were left in the order in which they were. */
  private readonly known = new Map<string, Known>();

  private kept: KeptLogins | undefined;

  /**
   * @param now milliseconds on a clock that nobody sets
   * @param openKept where what is held is kept, if anywhere; asked when the first login is used
   */
  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly openKept: () => KeptLogins | undefined = () => undefined,
  ) {}

  get size(): number {
    return this.known.size;
  }

  join(credentials: Credentials): LoginUse {
    this.forget();
    const key = digestOf(credentials);
    const found = this.known.get(key) ?? this.add(key, credentials);
    found.users += 1;
    let hasLeft = false;
    const leave = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      this.left(key, found);
    };
    return { guard: found.guard, leave };
  }

  private add(key: string, credentials: Credentials): Known {
    const { username } = credentials;
    const kept = (this.kept ??= this.openKept());
    const marks = kept?.marksOf(credentials);
    const sameUser = [...this.known.values()].find((other) => other.username === username);
    const account = sameUser?.guard.account ?? new Account(this.now, marks && kept?.takeAccount(marks));
    const all = (): Marked[] => this.marked();
    const guard = new LoginGuard(this.now, account, {
      against: marks && kept?.takeLogin(marks),
      onRefused: () => kept?.refused(all),
      onAccepted: () => kept?.accepted(all),
    });
    const added = { username, guard, marks, users: 0, leftAt: 0 };
    this.known.set(key, added);
    return added;
  }

  private marked(): Marked[] {
    return [...this.known.values()].flatMap(({ marks, guard }) => (marks ? [{ marks, guard }] : []));
  }

  private left(key: string, known: Known): void {
    known.users -= 1;
    if (known.users > 0) return;
    known.leftAt = this.now();
    this.known.delete(key);
    this.known.set(key, known);
    this.forget();
  }

  private forget(): void {
    const unused = [...this.known].filter(([, { users }]) => users === 0);
    const tooMany = unused.length - MOST_HELD;
    unused.forEach(([key, { leftAt, guard }], i) => {
      if (i < tooMany || this.now() - leftAt > HELD_MS || isForgettable(guard)) this.known.delete(key);
    });
  }
}

/** Nothing speaks against the login, and no answer is still to come that might. */
function isForgettable({ standing, account }: LoginGuard): boolean {
  return standing !== 'suspended' && account.isClear && account.pending.isEmpty;
}

function digestOf({ username, password }: Credentials): string {
  // A user name has no colon.
  return createHmac('sha256', DIGEST_KEY).update(`${username}:${password}`).digest('base64');
}
