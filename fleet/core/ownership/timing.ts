/** Milliseconds; the same in all instances of a fleet. */
export interface Timing {
  /** Between two beats of the watched connection. */
  beatMs: number;
  /** For the answer to a beat. */
  patienceMs: number;
  /** More than that passes before an owner that was heard no more is followed: a busy process notices late. */
  marginMs: number;
  /** Longest capture of a terminal, with a margin: none starts for so long after an owner that did not end cleanly. */
  quietMs: number;
  /** After which a terminal that was not free is tried again, if nobody says that it is. */
  retryMs: number;
  /** For a name that somebody has: an instance that was killed and started again may be faster than the server. */
  nameMs: number;
  /** For a database that is away, before who wants a terminal is told. */
  readyMs: number;
  /** For holds to be released when all of them end. */
  graceMs: number;
}

export const TIMING: Timing = {
  beatMs: 3_000,
  patienceMs: 3_000,
  marginMs: 1_000,
  quietMs: 65_000,
  retryMs: 250,
  nameMs: 3_000,
  readyMs: 10_000,
  graceMs: 2_000,
};

/** So old the last answer may be: whoever is paused longer has to take it that somebody else works by now. */
export function staleMs({ beatMs, patienceMs }: Timing): number {
  return beatMs + patienceMs;
}

/** A moment by two clocks: one jumps when it is set, the other stands still while a computer sleeps. */
export interface Moment {
  readonly wall: number;
  readonly steady: number;
}

export function momentNow(): Moment {
  return { wall: Date.now(), steady: performance.now() };
}

/** Milliseconds since then, by the clock that says more. */
export function since(then: Moment): number {
  const now = momentNow();
  return Math.max(now.wall - then.wall, now.steady - then.steady);
}
