import { isDeepStrictEqual } from 'node:util';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { printable } from '../../../core/errors/printable.js';
import type { WatchStatus } from '../../../core/isapi/events/watch.js';
import type { Terminal } from '../../../core/isapi/terminal/terminal.js';
import type { TerminalSource } from '../../common/terminals.js';
import type { OpenWatch, Watch, WatchEvents } from './event-watch.js';

/** How often the file of a directory is looked at, where the file system does not tell of changes (milliseconds). */
const REFRESH_MS = 60_000;
const MOST_NAMES = 300;
const STOPPED: WatchStatus = { state: 'stopped' };

interface Watched {
  terminal: Terminal | HikvisionError;
  watch?: Watch;
  status: WatchStatus;
}

/** What a message asks of the node itself. */
export type Command = { do: 'start' } | { do: 'stop' } | { do: 'replay'; from: number | Date };

/** What is told of all terminals together; a failure is one of a terminal whose row cannot be used. */
interface WatchesEvents extends Omit<WatchEvents, 'onState'> {
  onStatus: (statuses: readonly WatchStatus[]) => void;
}

/** The watches of one node: one for each terminal of its source, also as these come and go. */
export class TerminalWatches {
  private readonly watched = new Map<string, Watched>();
  /** Stopped by a message: all of them, or these. */
  private readonly stopped = new Set<string>();
  private areAllStopped = false;
  private readonly ending = new Set<Promise<void>>();
  private readonly ignoreSource: () => void;
  private readonly timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly source: TerminalSource,
    private readonly openWatch: OpenWatch,
    private readonly events: WatchesEvents,
  ) {
    this.ignoreSource = source.onChange(() => this.update());
    if (source.isDirectory) this.timer = setInterval(() => void source.refresh(), REFRESH_MS).unref();
    void source.ready.then(() => this.update());
  }

  /** False where no watch waits for that event. */
  acknowledge(id: string): boolean {
    return [...this.watched.values()].map(({ watch }) => watch?.acknowledge(id) ?? false).includes(true);
  }

  /**
   * @param name of a terminal of the directory; all of them without
   * @returns settled when it is done: a replay when all that is there has been sent again
   * @throws HikvisionError `NOT_CONFIGURED` where there is none of that name, or it cannot be used
   */
  async run(command: Command, name: string | undefined): Promise<void> {
    const names = name === undefined ? [...this.watched.keys()] : [this.known(name)];
    if (command.do === 'stop') this.stop(names, name === undefined);
    else this.start(names, name === undefined);
    if (command.do !== 'replay') return;
    const running = names.flatMap((each) => this.watched.get(each)?.watch ?? []);
    await Promise.all(running.map((watch) => watch.replay(command.from)));
  }

  /** Stops all of them, and waits until nothing is left of them. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.ignoreSource();
    clearInterval(this.timer);
    for (const { watch } of this.watched.values()) if (watch) this.end(watch);
    this.watched.clear();
    await Promise.allSettled(this.ending);
  }

  /** Takes the terminals as they are now: those whose row has not changed go on. */
  private update(): void {
    if (this.isClosed) return;
    const wanted = this.source.list();
    for (const [name, { terminal, watch }] of this.watched) {
      if (isSame(terminal, wanted.get(name))) continue;
      this.watched.delete(name);
      if (watch) this.end(watch);
    }
    for (const [name, terminal] of wanted) if (!this.watched.has(name)) this.add(name, terminal);
    this.tell();
  }

  private add(name: string, terminal: Terminal | HikvisionError): void {
    const isUsable = !(terminal instanceof HikvisionError);
    const failure = isUsable ? undefined : terminal.withFacts({ terminal: name });
    this.watched.set(name, { terminal, status: failure ? { state: 'failed', failure } : STOPPED });
    if (failure) this.events.onFailure(failure);
    else if (!this.areAllStopped && !this.stopped.has(name)) this.open(name);
  }

  private open(name: string): void {
    const watched = this.watched.get(name);
    if (!watched || watched.watch || watched.terminal instanceof HikvisionError) return;
    const { onEvent, onNotice, onFailure } = this.events;
    const onState = (status: WatchStatus): void => {
      if (watched.watch !== watch) return;
      watched.status = status;
      this.tell();
    };
    watched.status = { state: 'connecting' };
    const watch = this.openWatch(watched.terminal, { onEvent, onNotice, onFailure, onState });
    watched.watch = watch;
    watch.start();
  }

  private start(names: readonly string[], isAll: boolean): void {
    if (isAll) {
      this.areAllStopped = false;
      this.stopped.clear();
    }
    for (const name of names) {
      this.stopped.delete(name);
      this.open(name);
    }
    this.tell();
  }

  private stop(names: readonly string[], isAll: boolean): void {
    if (isAll) this.areAllStopped = true;
    for (const name of names) {
      this.stopped.add(name);
      const watched = this.watched.get(name);
      if (!watched?.watch) continue;
      this.end(watched.watch);
      delete watched.watch;
      watched.status = STOPPED;
    }
    this.tell();
  }

  private end(watch: Watch): void {
    const ended = watch.stop();
    this.ending.add(ended);
    void ended.catch(() => undefined).then(() => this.ending.delete(ended));
  }

  private tell(): void {
    if (!this.isClosed) this.events.onStatus([...this.watched.values()].map(({ status }) => status));
  }

  private known(name: string): string {
    const terminal = this.watched.get(name)?.terminal;
    if (terminal instanceof HikvisionError) throw terminal;
    if (terminal) return name;
    const known = printable([...this.watched.keys()].sort().join(', '), MOST_NAMES) || '–';
    const params = { name: printable(name, 60), known };
    throw HikvisionError.of('terminalUnknown', { delivery: 'unsent', params });
  }
}

/** A row with the same mistake as before is no news. */
function isSame(before: Terminal | HikvisionError, now: Terminal | HikvisionError | undefined): boolean {
  if (!(before instanceof HikvisionError) || !(now instanceof HikvisionError)) return before === now;
  return before.reason === now.reason && isDeepStrictEqual(before.params, now.params);
}
