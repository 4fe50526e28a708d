import type { AgainstAccount } from '../account.js';
import type { Credentials } from '../digest/authorization.js';
import type { AgainstLogin, LoginGuard } from '../login-guard.js';
import type { Held, HeldAccount, HeldLogin, HeldLogins } from './held-logins.js';

/** What is older than this counts no more, and no lock lasts longer. Nor does what lies further in the future: a clock was set. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** Accounts, and logins, that are kept of one terminal: those that were found out last. */
const MOST_KEPT = 200;

/** What stands for a login where it is kept. */
export interface Marks {
  user: string;
  /** User name and password. */
  login: string;
}

/** A login that this process knows. */
export interface Marked {
  marks: Marks;
  guard: LoginGuard;
}

export interface Clocks {
  /** Milliseconds on a clock that nobody sets. */
  now: () => number;
  /** Milliseconds since 1970. */
  today: () => number;
}

/**
 * What is known against the logins at one terminal, kept beyond this process: read once, and written at once when more is
 * known or something is refuted. Where nothing is held nothing is read or written.
 */
export class KeptLogins {
  /** What an earlier process found out about logins that this one has not used yet. */
  private readonly unclaimed: { accounts: HeldAccount[]; logins: HeldLogin[] };
  /** Whether there is something to forget, and how much it is. */
  private isThere: boolean;
  private size = 0;

  constructor(
    private readonly heldLogins: HeldLogins,
    private readonly address: string,
    private readonly clocks: Clocks,
  ) {
    const found = heldLogins.load(address);
    const { accounts = [], logins = [] } = found ?? {};
    this.isThere = found !== undefined;
    this.unclaimed = { accounts: [...accounts], logins: [...logins] };
    this.size = sizeOf(this.held([]));
  }

  marksOf({ username, password }: Credentials): Marks {
    const { heldLogins } = this;
    // A user name has no colon.
    return { user: heldLogins.mark(username), login: heldLogins.mark(`${username}:${password}`) };
  }

  /** What an earlier process found out about the user, once. */
  takeAccount({ user }: Marks): AgainstAccount | undefined {
    const found = taken(this.unclaimed.accounts, (each) => each.user === user);
    if (!found || !this.stillCounts(found)) return undefined;
    const { at, triesLeft, lockedUntil } = found;
    const lock = lockedUntil === undefined ? undefined : { until: this.asNow(lockedUntil) };
    return { at: this.asNow(at), lock, triesLeft };
  }

  /** The same about this very user name and password. */
  takeLogin({ login }: Marks): AgainstLogin | undefined {
    const found = taken(this.unclaimed.logins, (each) => each.login === login);
    if (!found || !this.stillCounts(found)) return undefined;
    const { triesLeft, lockedUntil } = found;
    const at = this.asNow(found.at);
    if (lockedUntil === undefined) return { at, suspension: { triesLeft } };
    return { at, suspension: { lock: { until: lockedUntil === null ? Infinity : this.asNow(lockedUntil) } } };
  }

  /** More speaks against one of these. */
  refused(known: () => readonly Marked[]): void {
    this.write(this.held(known()));
  }

  /** One of these was accepted: what that refutes is kept no longer. Called at each request, so it costs nothing as a rule. */
  accepted(known: () => readonly Marked[]): void {
    if (!this.isThere) return;
    const held = this.held(known());
    if (sizeOf(held) === 0 || sizeOf(held) < this.size) this.write(held);
  }

  private write(held: Held): void {
    this.size = sizeOf(held);
    this.isThere = this.size > 0;
    if (this.isThere) this.heldLogins.save(this.address, held);
    else this.heldLogins.forget(this.address);
  }

  private held(known: readonly Marked[]): Held {
    const accounts = new Map(
      known.flatMap(({ marks: { user }, guard }) => {
        const { against } = guard.account;
        return against ? [[user, this.accountOf(user, against)]] : [];
      }),
    );
    const logins = known.flatMap(({ marks: { login }, guard: { against } }) =>
      against ? [this.loginOf(login, against)] : [],
    );
    return {
      accounts: this.newest([...this.unclaimed.accounts, ...accounts.values()]),
      logins: this.newest([...this.unclaimed.logins, ...logins]),
    };
  }

  private accountOf(user: string, { at, lock, triesLeft }: AgainstAccount): HeldAccount {
    return { user, at: this.asToday(at), ...(lock ? { lockedUntil: this.endOf(lock.until) } : { triesLeft }) };
  }

  private loginOf(login: string, { at, suspension }: AgainstLogin): HeldLogin {
    const entry = { login, at: this.asToday(at) };
    if (!('lock' in suspension)) return { ...entry, triesLeft: suspension.triesLeft };
    const { until } = suspension.lock;
    return { ...entry, lockedUntil: until === Infinity ? null : this.endOf(until) };
  }

  private newest<T extends HeldAccount | HeldLogin>(all: readonly T[]): T[] {
    const counting = all.filter((each) => this.stillCounts(each));
    return counting.length > MOST_KEPT
      ? counting.sort((one, other) => other.at - one.at).slice(0, MOST_KEPT)
      : counting;
  }

  private stillCounts({ at, lockedUntil }: HeldAccount | HeldLogin): boolean {
    const today = this.clocks.today();
    if (Math.abs(at - today) > KEPT_MS) return false;
    return typeof lockedUntil !== 'number' || (lockedUntil > today && lockedUntil <= today + KEPT_MS);
  }

  private endOf(until: number): number {
    return Math.min(this.asToday(until), this.clocks.today() + KEPT_MS);
  }

  private asNow(time: number): number {
    return this.clocks.now() + time - this.clocks.today();
  }

  private asToday(time: number): number {
    return Math.round(this.clocks.today() + time - this.clocks.now());
  }
}

function sizeOf({ accounts, logins }: Held): number {
  return accounts.length + logins.length;
}

/** The first that is meant, taken out of the list. */
function taken<T>(list: T[], isMeant: (each: T) => boolean): T | undefined {
  const index = list.findIndex(isMeant);
  return index < 0 ? undefined : list.splice(index, 1)[0];
}
