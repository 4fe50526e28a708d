/** Milliseconds of silence after which somebody looks, where no heartbeats are known. */
const UNKNOWN_SILENCE_MS = 60_000;
const LEAST_SILENCE_MS = 30_000;
/** A terminal that has no heartbeats is looked at this rarely in the end. */
const LONGEST_LOOK_MS = 300_000;
const PERIODS_OF_SILENCE = 3;
/** The longest period that a terminal can be set to, in milliseconds. */
const LONGEST_PERIOD_MS = 180_000;
/** One heartbeat after a connect is no rhythm yet: some terminals send one then, and none afterwards. */
const BEATS_OF_A_RHYTHM = 3;

/** How a terminal's heartbeats come; known beyond a stream of it. */
export class Rhythm {
  private lastAt: number | undefined;
  private gaps: number[] = [];
  private periodMs: number | undefined;

  /** A stream begins: its first heartbeat is no period after the last one of the stream before. */
  restart(): void {
    this.lastAt = undefined;
    this.gaps = [];
  }

  /** @param now milliseconds on a clock that nobody sets */
  beat(now: number): void {
    if (this.lastAt !== undefined) {
      this.gaps = [...this.gaps, now - this.lastAt].slice(1 - BEATS_OF_A_RHYTHM);
      if (this.gaps.length === BEATS_OF_A_RHYTHM - 1) {
        this.periodMs = Math.min(Math.max(...this.gaps), LONGEST_PERIOD_MS);
      }
    }
    this.lastAt = now;
  }

  /** Whether heartbeats used to come. */
  get isKnown(): boolean {
    return this.periodMs !== undefined;
  }

  /** Milliseconds of silence that are too many. */
  get silenceMs(): number {
    if (this.periodMs === undefined) return UNKNOWN_SILENCE_MS;
    return Math.max(PERIODS_OF_SILENCE * this.periodMs, LEAST_SILENCE_MS);
  }
}

interface WatchdogOptions {
  rhythm: Rhythm;
  /** Whether the terminal still answers at all. */
  answers: () => Promise<boolean>;
  /** The stream is dead. Called once. */
  onDead: () => void;
}

/**
 * Looks after a stream that has become silent. A terminal that still answers and never had heartbeats may just have
 * nothing to tell: it is left alone, and looked at again later.
 */
export class Watchdog {
  private state: 'waiting' | 'asking' | 'over' = 'waiting';
  /** When something came, or the terminal was found to be well; on the clock of `performance`. */
  private wellAt = performance.now();
  private looksInVain = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: WatchdogOptions) {
    this.wait();
  }

  /** Something came. */
  heard(isHeartbeat: boolean): void {
    const { rhythm } = this.options;
    const wasKnown = rhythm.isKnown;
    this.wellAt = performance.now();
    this.looksInVain = 0;
    if (isHeartbeat) rhythm.beat(this.wellAt);
    if (rhythm.isKnown !== wasKnown && this.state === 'waiting') this.wait();
  }

  stop(): void {
    this.state = 'over';
    clearTimeout(this.timer);
  }

  /** One timer, which is not set anew for all that is heard. */
  private wait(): void {
    clearTimeout(this.timer);
    this.state = 'waiting';
    this.timer = setTimeout(() => {
      if (this.leftMs() > 0) this.wait();
      else void this.look();
    }, this.leftMs());
  }

  private async look(): Promise<void> {
    const { rhythm, answers, onDead } = this.options;
    this.state = 'asking';
    const isThere = await answers();
    if (this.isOver()) return;
    if (this.leftMs() <= 0) {
      if (rhythm.isKnown || !isThere) {
        this.stop();
        onDead();
        return;
      }
      this.looksInVain += 1;
      this.wellAt = performance.now();
    }
    this.wait();
  }

  private leftMs(): number {
    const { isKnown, silenceMs } = this.options.rhythm;
    const patience = isKnown ? silenceMs : Math.min(silenceMs * 2 ** this.looksInVain, LONGEST_LOOK_MS);
    return this.wellAt + patience - performance.now();
  }

  private isOver(): boolean {
    return this.state === 'over';
  }
}
