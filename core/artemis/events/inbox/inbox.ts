import path from 'node:path';

import { unlessAborted } from '../../../http/turns/wait.js';
import type { ArrivedEvent, StoredEvent } from '../gateway-event.js';
import { LAST_STATUS } from './delivery.js';
import { Journal, type WriteOptions } from './journal.js';
import { SeenEvents } from './seen-events.js';
import { isTree, type Tree } from '../tree.js';

/** An event in the inbox. */
export interface Entry {
  /** Its place in the order in which events came. */
  readonly n: number;
  readonly event: StoredEvent;
  /** A flow may have had it, in this run or an earlier one. */
  wasOut: boolean;
}

/** What is remembered beside events; times are milliseconds since 1970. */
export interface Standing {
  /** Since when events are wanted at all. */
  begunAt?: number;
  /** Until when the subscription certainly stood, with somebody to hear it. */
  heardUntil?: number;
  /** Until when the gateway's records have been read, by the gateway's clock. */
  searchedUntil?: number;
  /** Where the gateway was told to send events, if not to where it is told now. */
  destinations?: string[];
}

/** How an event came: told when it happened, or found in the records. */
export interface Arrival {
  receivedAt: number;
  recovered: boolean;
  /** When it stands in the gateway's records. */
  at: (event: ArrivedEvent) => number;
}

const FILE = 'inbox.jsonl';
/** What waits at most; a gateway that sends more is told to come again. */
const MOST_WAITING = 10_000;
const MOST_WAITING_BYTES = 64 * 1024 * 1024;

/** Thrown where too much waits. */
export class InboxFull extends Error {}

/**
 * The events that have come and have not been dealt with, each on the disk before anybody is told that it has been taken:
 * neither a kill nor a power cut loses one. An event counts once by its eventId, for as long as that is remembered.
 */
export class Inbox {
  readonly seen = new SeenEvents();
  private readonly entries = new Map<number, Entry>();
  /** What is being written: by the file alone it has not come yet. */
  private readonly underWay = new Map<string, Promise<void>>();
  private waitingBytes = 0;
  private last = 0;
  /** Who waits until something has been dealt with. */
  private readonly waiters = new Set<() => void>();
  private kept: Standing = {};
  private journal: Journal | undefined;

  private constructor(private readonly onNews: () => void) {}

  /**
   * @param onNews is called whenever something has come
   * @param compactBytes the file is written anew after so many more
   * @throws the system's own error
   */
  static async open(folder: string, onNews: () => void, compactBytes?: number): Promise<Inbox> {
    const inbox = new Inbox(onNews);
    const file = path.join(folder, FILE);
    const twins = new Map<string, number>();
    for (const line of await Journal.read(file)) inbox.restore(line, twins);
    inbox.journal = await Journal.open(file, () => inbox.snapshot(), compactBytes);
    return inbox;
  }

  get standing(): Readonly<Standing> {
    return this.kept;
  }

  /** How many events may still come. */
  get room(): number {
    return this.waitingBytes >= MOST_WAITING_BYTES ? 0 : Math.max(0, MOST_WAITING - this.entries.size);
  }

  /** Waits until some event may come, and so many more. @throws what the signal was aborted with */
  async whenRoom(signal: AbortSignal, more = 0): Promise<void> {
    while (this.room <= more) {
      const dealtWith = new Promise<void>((resolve) => this.waiters.add(resolve));
      await unlessAborted(dealtWith, signal);
    }
  }

  /** Those after `n`, in order. */
  after(n: number, most: number): Entry[] {
    const found: Entry[] = [];
    for (const entry of this.entries.values()) {
      if (found.length >= most) break;
      if (entry.n > n) found.push(entry);
    }
    return found;
  }

  /**
   * Takes events; when it resolves, they are on the disk.
   * @returns how many of them were new
   * @throws InboxFull; or the system's own error, and then none of them has been taken
   */
  async take(events: readonly ArrivedEvent[], arrival: Arrival): Promise<number> {
    if (events.length > this.room) throw new InboxFull();
    const { receivedAt, recovered } = arrival;
    const fresh: Entry[] = [];
    const repeated: Promise<void>[] = [];
    for (const event of events) {
      const update = this.seen.add(event, arrival);
      if (update === undefined) {
        const writing = this.underWay.get(keyOf(event));
        if (writing) repeated.push(writing);
        continue;
      }
      this.last += 1;
      const { id, type, status, raw } = event;
      fresh.push({ n: this.last, event: { id, type, status, raw, receivedAt, recovered, update }, wasOut: false });
    }
    // Of what is repeated nobody may be told that it has been taken before it is on the disk.
    await Promise.all([...repeated, this.takeFresh(fresh, arrival)]);
    return fresh.length;
  }

  /** They are about to be given to a flow. A kill after that leaves them as such. */
  async out(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) entry.wasOut = true;
    await this.write({ out: entries.map(({ n }) => n) }, { durable: false });
  }

  /** They have been dealt with. */
  async done(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) this.remove(entry.n);
    await this.write({ done: entries.map(({ n }) => n) }, { durable: false });
  }

  async stand(standing: Standing): Promise<void> {
    this.kept = { ...this.kept, ...standing };
    await this.write({ stand: this.kept }, { durable: true });
  }

  async close(): Promise<void> {
    await this.journal?.close();
  }

  private async takeFresh(fresh: readonly Entry[], arrival: Arrival): Promise<void> {
    if (fresh.length === 0) return;
    const written = this.write(
      { in: fresh.map((entry) => storedLine(entry, arrival)) },
      {
        durable: true,
        onWritten: () => {
          for (const entry of fresh) {
            this.underWay.delete(keyOf(entry.event));
            this.add(entry);
          }
        },
      },
    );
    for (const { event } of fresh) this.underWay.set(keyOf(event), written);
    try {
      await written;
    } catch (error) {
      for (const { event } of fresh) {
        this.underWay.delete(keyOf(event));
        this.seen.forget(event);
      }
      throw error;
    }
    this.onNews();
  }

  private write(line: object, how: WriteOptions): Promise<void> {
    return this.journal?.write(line, how) ?? Promise.reject(new Error('closed'));
  }

  private add(entry: Entry): void {
    this.entries.set(entry.n, entry);
    this.last = Math.max(this.last, entry.n);
    this.waitingBytes += sizeOf(entry);
  }

  private remove(n: number): void {
    const entry = this.entries.get(n);
    if (!entry) return;
    this.entries.delete(n);
    this.waitingBytes -= sizeOf(entry);
    for (const resolve of this.waiters) resolve();
    this.waiters.clear();
  }

  private snapshot(): object[] {
    const waiting = [...this.entries.values()];
    return [
      { stand: this.kept },
      { seen: this.seen.all((event) => !this.underWay.has(keyOf(event))) },
      ...waiting.map((entry) => ({ in: [storedLine(entry)] })),
      { out: waiting.filter(({ wasOut }) => wasOut).map(({ n }) => n) },
    ];
  }

  /** Takes what a line of the file says. Somebody may have edited it. */
  private restore(line: unknown, twins: Map<string, number>): void {
    if (!isTree(line)) return;
    if (isTree(line['stand'])) this.kept = standingIn(line['stand']);
    this.seen.restore(line['seen']);
    for (const value of listIn(line['in'])) {
      const found = entryIn(value);
      if (!found) continue;
      // A write that seemed to fail, and the repeat of what it had brought.
      const key = keyOf(found.entry.event);
      this.remove(twins.get(key) ?? -1);
      twins.set(key, found.entry.n);
      this.seen.add(found.entry.event, { at: () => found.at, recovered: found.entry.event.recovered });
      this.add(found.entry);
    }
    for (const n of listIn(line['out'])) {
      const entry = typeof n === 'number' ? this.entries.get(n) : undefined;
      if (entry) entry.wasOut = true;
    }
    for (const n of listIn(line['done'])) if (typeof n === 'number') this.remove(n);
  }
}

function keyOf({ id, status }: Pick<ArrivedEvent, 'id' | 'status'>): string {
  return `${status} ${id}`;
}

const SIZE = new WeakMap<Entry, number>();

function sizeOf(entry: Entry): number {
  const known = SIZE.get(entry);
  if (known !== undefined) return known;
  const size = JSON.stringify(entry.event.raw).length;
  SIZE.set(entry, size);
  return size;
}

function storedLine({ n, event }: Entry, arrival?: Pick<Arrival, 'at'>): object {
  return { n, ...event, at: arrival?.at(event) ?? event.receivedAt };
}

function entryIn(value: unknown): { entry: Entry; at: number } | undefined {
  if (!isTree(value)) return undefined;
  const { n, id, type, status, receivedAt, at, recovered, update, raw } = value;
  if (!isCount(n) || typeof id !== 'string' || !isCount(type) || !isTree(raw)) return undefined;
  if (!isCount(status) || status > LAST_STATUS || !isTime(receivedAt)) return undefined;
  const event = { id, type, status, raw, receivedAt, recovered: recovered === true, update: update === true };
  return { entry: { n, event, wasOut: false }, at: isTime(at) ? at : receivedAt };
}

function standingIn(tree: Tree): Standing {
  const found: Standing = {};
  for (const name of ['begunAt', 'heardUntil', 'searchedUntil'] as const) {
    const value = tree[name];
    if (isTime(value)) found[name] = value;
  }
  const destinations = listIn(tree['destinations']).filter((each) => typeof each === 'string');
  return destinations.length === 0 ? found : { ...found, destinations };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Milliseconds since 1970, as far as there are dates. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(new Date(value).getTime());
}

function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
