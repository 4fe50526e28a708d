import { isDeepStrictEqual } from 'node:util';

import { HikvisionError } from '../../errors/hikvision-error.js';
import { Terminal, type TerminalSettings } from '../terminal/terminal.js';
import type { Entry } from './entries.js';

interface Opened {
  settings: TerminalSettings;
  terminal: Terminal;
}

/**
 * Many terminals by their names. Each is opened when it is first asked for; its sockets close by themselves half a minute
 * after the last request, and then it costs no more than its entry in a map: queue, reservation and login are kept.
 */
export class Directory {
  private entries = new Map<string, Entry>();
  private readonly opened = new Map<string, Opened>();
  private readonly closing = new Set<Promise<void>>();
  private readonly listeners = new Set<() => void>();
  private isClosed = false;

  /** @param onRebootRequired told the name of a terminal that accepted a call but has to be restarted */
  constructor(
    readonly name: string,
    private readonly onRebootRequired: (terminal: string) => void = () => undefined,
  ) {}

  /** Names and sites in the order of the table; those too whose row has a mistake, so that nobody is missed. */
  get list(): readonly Entry[] {
    return [...this.entries.values()];
  }

  /** Those that have been asked for. */
  get openTerminals(): Terminal[] {
    return [...this.opened.values()].map(({ terminal }) => terminal);
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** The terminal of that name, or why its row cannot be used; undefined where there is none. */
  find(name: string): Terminal | HikvisionError | undefined {
    const entry = this.entries.get(name);
    if (!entry || this.isClosed) return undefined;
    if (entry.terminal instanceof HikvisionError) return entry.terminal;
    const there = this.opened.get(name);
    if (there) return there.terminal;
    const settings = entry.terminal;
    const terminal = new Terminal(settings, { onRebootRequired: () => this.onRebootRequired(name) });
    this.opened.set(name, { settings, terminal });
    return terminal;
  }

  /** Takes another table in place of the one before. Terminals whose row is the same go on; the others are closed. */
  replace(entries: readonly Entry[]): void {
    if (this.isClosed) return;
    this.entries = new Map(entries.map((entry) => [entry.name, entry]));
    for (const [name, { settings, terminal }] of this.opened) {
      if (isDeepStrictEqual(this.entries.get(name)?.terminal, settings)) continue;
      this.opened.delete(name);
      this.end(terminal);
    }
    for (const listener of this.listeners) listener();
  }

  /** Calls `listener` after each change of the table, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Closes all terminals; whatever waits for one ends with `CANCELLED`. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const { terminal } of this.opened.values()) this.end(terminal);
    this.opened.clear();
    await Promise.allSettled(this.closing);
  }

  private end(terminal: Terminal): void {
    const ended = terminal.close();
    this.closing.add(ended);
    void ended.finally(() => this.closing.delete(ended));
  }
}
