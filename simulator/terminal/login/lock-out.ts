/** The count of wrong logins and the lock that follows; durations in simulated seconds. */
export class LockOut {
  private wrong = 0;
  private lockedUntil = -Infinity;

  constructor(
    private readonly tries: number,
    private readonly lockSeconds: number,
    private readonly now: () => number,
  ) {}

  /** Simulated seconds until the lock ends, 0 when there is none. */
  get remaining(): number {
    return Math.max(0, this.lockedUntil - this.now());
  }

  get triesLeft(): number {
    return this.remaining > 0 ? 0 : this.tries - this.wrong;
  }

  /** The password was right: says whether the login is accepted. A locked account refuses it, and the try prolongs the lock. */
  rightPassword(): boolean {
    if (this.remaining > 0) {
      this.lock();
      return false;
    }
    this.wrong = 0;
    return true;
  }

  /** The password (or any other part of the login) was wrong. */
  wrongPassword(): void {
    if (this.remaining === 0) this.wrong += 1;
    if (this.remaining > 0 || this.wrong >= this.tries) this.lock();
  }

  clear(): void {
    this.wrong = 0;
    this.lockedUntil = -Infinity;
  }

  private lock(): void {
    this.wrong = 0;
    this.lockedUntil = this.now() + this.lockSeconds;
  }
}
