import { HikvisionError } from '../../../errors/hikvision-error.js';
import type { Terminal } from '../../terminal/terminal.js';
import { isLogin } from '../meaning/record.js';
import type { Route, TerminalNotice } from '../options.js';
import type { Streams } from '../ports.js';
import type { Hint } from '../stream/alert.js';
import type { StreamLoss } from '../stream/losses.js';

export interface RouteOptions {
  terminal: Terminal;
  /** `auto`: by stream where that is of use; `stream`: by stream even where it seems to be of none. */
  route: 'auto' | 'stream' | 'poll';
  pollMs: number;
  /** A login of ours is a reason to read. */
  ownLogins: boolean;
  /** Hints are to bring their pictures. */
  pictures: boolean;
  streams: Streams;
  /** The number of the record that was read last. */
  position: () => number;
  /** There may be something to read; with the number that is announced. */
  onWake: (serial: number | undefined) => void;
  onPicture: (serial: number, picture: Buffer) => void;
  onNotice: (notice: TerminalNotice) => void;
}

type Why = Extract<TerminalNotice, { notice: 'route' }>['why'];

/** While the stream is known to bring events, the log is looked at in any case after so long (milliseconds). */
const SAFETY_MS = 60_000;
/** A stream of no use is tried again after so long (milliseconds). */
const TRY_AGAIN_MS = 3_600_000;
/** So often in a row a timer finds what the stream did not announce, and it is of no use. */
const MOST_MISSED = 3;

/**
 * What wakes the reader: the parts of the stream where there is one that brings new events, a timer in any case. A stream
 * that only repeats old events, or brings none, is left to others: a terminal has few places for streams.
 */
export class RouteKeeper {
  private membership: { leave(): void } | undefined;
  private isOpen = false;
  /** It has announced an event that was new then. */
  private isProven = false;
  private hasHinted = false;
  private missed = 0;
  private tryAgainAt = 0;
  /** When a reason was last heard that may be none. */
  private heardAt = -Infinity;
  private told: Route = 'poll';

  constructor(private readonly options: RouteOptions) {}

  get route(): Route {
    return this.isOpen ? 'stream' : 'poll';
  }

  /** How long to sleep until the log is looked at. */
  get periodMs(): number {
    const isTrusted = this.isOpen && (this.isProven || this.options.route === 'stream');
    return isTrusted ? Math.max(SAFETY_MS, this.options.pollMs) : this.options.pollMs;
  }

  /** Opens the stream where it is wanted and has not just been found to be of no use. */
  open(): void {
    const { route, streams, terminal, pictures } = this.options;
    if (route === 'poll' || this.membership || performance.now() < this.tryAgainAt) return;
    this.membership = streams.join(terminal, {
      pictures,
      onHint: (hint) => this.heard(hint),
      onOpen: () => this.opened(),
      onLost: (why) => this.lost(why),
    });
  }

  /** The log was read and had so many new records: woken by the stream, or by the timer. */
  noteRead(news: number, isRung: boolean): void {
    if (isRung) this.missed = 0;
    else if (this.isOpen && news > 0) this.missed += 1;
    if (this.options.route !== 'auto' || this.missed < MOST_MISSED) return;
    const why = this.hasHinted ? 'replayOnly' : 'silent';
    this.close();
    this.tryAgainAt = performance.now() + TRY_AGAIN_MS;
    this.tell('poll', why);
  }

  close(): void {
    this.membership?.leave();
    this.membership = undefined;
    this.forget();
  }

  private opened(): void {
    this.isOpen = true;
    this.tell('stream', 'works');
    // What happened while there was none.
    this.options.onWake(undefined);
  }

  private lost(why: StreamLoss): void {
    this.forget();
    this.tell('poll', why === 'ended' || why instanceof HikvisionError ? 'lost' : why);
    this.options.onWake(undefined);
  }

  private forget(): void {
    this.isOpen = false;
    this.isProven = false;
    this.hasHinted = false;
    this.missed = 0;
  }

  private heard({ serial, major = 0, minor = 0, current, picture }: Hint): void {
    this.hasHinted = true;
    const isNew = serial === undefined || serial > this.options.position();
    if (serial !== undefined && picture && current !== false) this.options.onPicture(serial, picture);
    if (isLogin({ major, minor })) {
      // Reading makes logins: they are no reason to read, or there is no end of it.
      if (this.options.ownLogins) this.wakeOnceIn(this.options.pollMs);
      return;
    }
    if (!isNew) {
      if (current === true) this.wakeOnceIn(SAFETY_MS);
    } else if (serial === undefined) {
      this.wakeOnceIn(this.options.pollMs);
    } else {
      this.isProven ||= current === true;
      this.missed = 0;
      this.options.onWake(current === false ? undefined : serial);
    }
  }

  private wakeOnceIn(ms: number): void {
    if (performance.now() - this.heardAt < ms) return;
    this.heardAt = performance.now();
    this.options.onWake(undefined);
  }

  private tell(route: Route, why: Why): void {
    if (route === this.told) return;
    this.told = route;
    this.options.onNotice({ terminal: this.options.terminal.name, notice: 'route', route, why });
  }
}
