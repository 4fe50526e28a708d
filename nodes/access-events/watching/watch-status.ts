import type { TerminalEvent } from '../../../core/isapi/events/options.js';
import type { WatchState, WatchStatus } from '../../../core/isapi/events/watch.js';
import type { Status } from '../../common/status.js';

/** Least time between two statuses that only differ by the last event, in milliseconds. */
const EVERY_MS = 1000;
/** Those in which events arrive. */
const CONNECTED: readonly WatchState[] = ['stream', 'poll', 'waiting'];

/** The status under the node: how one terminal is connected and when its last event came, or how many of many are. */
export class StatusLine {
  private statuses: readonly WatchStatus[] = [];
  /** Seconds since 1970. */
  private last: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly status: Status,
    private readonly isDirectory: boolean,
  ) {}

  onStatus(statuses: readonly WatchStatus[]): void {
    this.statuses = statuses;
    this.show();
  }

  onEvent({ time }: TerminalEvent): void {
    this.last = Math.floor(Date.parse(time) / 1000);
    // A thousand events a second are no thousand statuses.
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.show();
    }, EVERY_MS).unref();
  }

  close(): void {
    clearTimeout(this.timer);
    this.statuses = [];
  }

  private show(): void {
    if (this.isDirectory) this.showMany();
    else this.showOne();
  }

  private showOne(): void {
    const { status, last } = this;
    const [{ state, failure } = { state: undefined, failure: undefined }] = this.statuses;
    if (state === 'connecting') status.busy('connecting');
    else if (state === 'stream' && last === undefined) status.done('stream');
    else if (state === 'stream') status.done('streamLast', last);
    else if (state === 'poll' && last === undefined) status.done('poll');
    else if (state === 'poll') status.done('pollLast', last);
    else if (state === 'waiting') status.warn('waiting');
    else if (state === 'stopped') status.note('stopped');
    else if (failure) status.failed(failure);
  }

  private showMany(): void {
    const { status } = this;
    const states = this.statuses.map(({ state }) => state);
    const connected = states.filter((state) => CONNECTED.includes(state)).length;
    const numbers = `${connected}_${states.length}`;
    if (states.length > 0 && states.every((state) => state === 'stopped')) status.note('stopped');
    else if (connected < states.length || connected === 0) status.warn('connected', numbers);
    else status.done('connected', numbers);
  }
}
