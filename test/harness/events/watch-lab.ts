import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { EventMemory, type StateFiles } from '../../../core/isapi/events/cursor/event-memory.js';
import { EVENT_KINDS, type TerminalEvent, type TerminalNotice } from '../../../core/isapi/events/options.js';
import type { Streams } from '../../../core/isapi/events/ports.js';
import type { StreamListener } from '../../../core/isapi/events/stream/shared-stream.js';
import { EventWatch, type EventWatchOptions, type WatchStatus } from '../../../core/isapi/events/watch.js';
import { withClock, type Clock } from '../clock.js';
import { ScriptedLog, type LogQuirks } from './scripted-log.js';

/** Streams that say what a test has them say. */
export class ScriptedStreams implements Streams {
  readonly listeners = new Set<StreamListener>();
  joined = 0;

  join(_terminal: unknown, listener: StreamListener): { leave(): void } {
    this.joined += 1;
    this.listeners.add(listener);
    return { leave: () => void this.listeners.delete(listener) };
  }

  tell(what: (listener: StreamListener) => void): void {
    for (const listener of [...this.listeners]) what(listener);
  }
}

/** Files without a disk, which take no time. */
export class FilesInMemory implements StateFiles {
  readonly texts = new Map<string, string>();
  writes = 0;
  /** What writing fails with. */
  trouble: Error | undefined;

  async read(file: string): Promise<unknown> {
    await Promise.resolve();
    const text = this.texts.get(file);
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  }

  async write(file: string, text: string): Promise<void> {
    await Promise.resolve();
    if (this.trouble) throw this.trouble;
    this.writes += 1;
    this.texts.set(file, text);
  }
}

/** A watch over a scripted terminal, and all that it said. */
export class WatchLab {
  readonly events: TerminalEvent[] = [];
  readonly notices: TerminalNotice[] = [];
  readonly states: WatchStatus[] = [];
  readonly failures: HikvisionError[] = [];
  readonly streams = new ScriptedStreams();
  readonly files = new FilesInMemory();
  watch: EventWatch;

  private constructor(
    readonly log: ScriptedLog,
    readonly clock: Clock,
    private readonly options: Partial<EventWatchOptions>,
  ) {
    this.watch = this.newWatch();
  }

  /** Runs a test with a terminal that is polled every 5 s, from its oldest event on, unless the options say otherwise. */
  static run(
    { quirks, ...options }: Partial<EventWatchOptions> & { quirks?: LogQuirks },
    work: (lab: WatchLab) => Promise<void>,
  ): Promise<void> {
    return withClock(async (clock) => {
      const lab = new WatchLab(new ScriptedLog(quirks), clock, options);
      try {
        await work(lab);
      } finally {
        await clock.until(lab.watch.stop());
      }
    });
  }

  /** Begins, and reads all that there is. */
  async start(): Promise<void> {
    this.watch.start();
    await this.clock.rest();
  }

  /** Lets so many milliseconds pass, one after another thing that is due. */
  async pass(ms: number): Promise<void> {
    await this.clock.until(new Promise((resolve) => setTimeout(resolve, ms)));
    await this.clock.rest();
  }

  /** Another process with the same folder: the former one ended well, or was killed. */
  async restart({ killed = false } = {}, options: Partial<EventWatchOptions> = {}): Promise<void> {
    if (!killed) await this.clock.until(this.watch.stop());
    this.watch = this.newWatch(options);
    await this.start();
  }

  /** Serial numbers in the order in which they came; those that may have been seen before with a star. */
  take(): string[] {
    return this.events.splice(0).map(({ serial, redelivered }) => `${serial}${redelivered ? '*' : ''}`);
  }

  /** What was said since the last time, in short. */
  said(): string[] {
    return this.notices.splice(0).map((notice) =>
      Object.entries(notice)
        .filter(([key]) => key !== 'terminal')
        .map(([, value]: [string, unknown]) => (value instanceof HikvisionError ? value.code : String(value)))
        .join(' '),
    );
  }

  private newWatch(options: Partial<EventWatchOptions> = {}): EventWatch {
    return new EventWatch({
      ...{
        terminal: this.log.terminal(),
        reader: 'node1',
        memory: new EventMemory('/events', this.files),
        streams: this.streams,
      },
      ...{ route: 'poll', pollMs: 5000, kinds: new Set(EVENT_KINDS), pictures: false, begin: 'kept' },
      ...{ acknowledge: 'sent', inFlight: 20, ackTimeoutMs: 60_000, ownLogins: false },
      onEvent: (event) => void this.events.push(event),
      onNotice: (notice) => void this.notices.push(notice),
      onState: (status) => void this.states.push(status),
      onFailure: (failure) => void this.failures.push(failure),
      ...this.options,
      ...options,
    });
  }
}
