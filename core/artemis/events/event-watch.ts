import path from 'node:path';

import { InFlight, type Done } from '../../delivery/in-flight.js';
import { asFailure, HikvisionError } from '../../errors/hikvision-error.js';
import { printable } from '../../errors/printable.js';
import { wait } from '../../http/turns/wait.js';
import { Gateway } from '../gateway/gateway.js';
import { readDelivery } from './inbox/delivery.js';
import { toEvent, type GatewayEvent, type GatewayNotice, type StoredEvent } from './gateway-event.js';
import { Inbox, InboxFull, type Entry } from './inbox/inbox.js';
import { fetchPicture } from './calls/pictures.js';
import { MissedEvents } from './calls/missed-events.js';
import { Subscription, type Wanted } from './calls/subscription.js';

export interface WatchOptions {
  /** Numbers of the events that are wanted. */
  types: readonly number[];
  /** Where the gateway is to send them: a URL whose path holds the secret. */
  destination: string;
  /** Milliseconds between two looks at the subscription. */
  checkMs: number;
  pictures: boolean;
  begin: 'now' | 'kept';
  acknowledge: 'sent' | 'acked';
  inFlight: number;
  ackTimeoutMs: number;
  /** A folder of this watch alone. */
  folder: string;
}

/** Who hears of what happens. None of these may throw. */
export interface WatchListener {
  onEvent: (event: GatewayEvent) => void;
  onNotice: (notice: GatewayNotice) => void;
  /** Something does not work; said once until it works again. */
  onFailure: (failure: HikvisionError) => void;
  /** Nothing that had failed fails any more. */
  onWorks?: () => void;
}

/** What became of a delivery: it is on the disk; it is none; there is no room, or no disk, for it now. */
export type Receipt = 'taken' | 'unreadable' | 'unavailable';

/** The least pause before another look where one failed, in milliseconds; it doubles up to the longest. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
/** What is left of a subscription is taken back within this (milliseconds). */
const END_WITHIN_MS = 8_000;

/** What can be wrong, each said once. */
type Trouble = 'subscription' | 'records' | 'disk' | 'deliveries';

/** An event in flight; one that says more of it has the same id. */
interface Item {
  readonly id: string;
  readonly entry: Entry;
  readonly picture: Buffer | undefined;
}

/**
 * The events of one gateway for one node: subscribes, looks whether the subscription still stands, takes deliveries, each
 * on the disk before it is answered, and gives them to the flow in order, each once by its eventId.
 */
export class EventWatch {
  private readonly closing = new AbortController();
  private readonly flight: InFlight<Item>;
  private readonly subscription: Subscription;
  private readonly missed: MissedEvents;
  private readonly troubles = new Set<Trouble>();
  /** Of each id that is out: what is with the flow, and behind it what says more of it. */
  private readonly outById = new Map<string, { item: Item; wasOut: boolean }[]>();
  private inbox: Inbox | undefined;
  private opening: Promise<void> | undefined;
  private work: Promise<unknown> = Promise.resolve();
  private wake: () => void = () => undefined;
  private isConnected = false;
  private sentUpTo = 0;

  constructor(
    private readonly gateway: Gateway,
    private readonly options: WatchOptions,
    private readonly listener: WatchListener,
  ) {
    const { inFlight: limit, acknowledge: mode, ackTimeoutMs } = options;
    this.subscription = new Subscription(gateway);
    this.missed = new MissedEvents(gateway, options.types, (notice) => this.notice(notice));
    this.flight = new InFlight<Item>({
      ...{ limit, mode, ackTimeoutMs },
      send: (item, redelivered) => this.send(item, redelivered),
      onDone: (item, how) => this.done(item, how),
    });
  }

  /** Begins; what does not work is told to the listener, and tried again. */
  start(): void {
    this.opening = this.open();
    this.work = this.opening.then(
      () => Promise.all([this.watch(), this.pump()]),
      () => undefined,
    );
  }

  /** Takes what was posted to the destination. Resolves when it is on the disk. Never throws. */
  async receive(body: Buffer): Promise<Receipt> {
    await this.opening?.catch(() => undefined);
    const { inbox } = this;
    if (!inbox || this.closing.signal.aborted) return 'unavailable';
    const delivery = readDelivery(body);
    if (!delivery || delivery.unreadable > 0) this.failed('deliveries', HikvisionError.of('events.unreadable'));
    else this.works('deliveries');
    if (!delivery) return 'unreadable';
    try {
      const receivedAt = Date.now();
      const at = this.missed.placeOf(receivedAt);
      await inbox.take(delivery.events, { receivedAt, recovered: false, at });
      this.works('disk');
      return 'taken';
    } catch (error) {
      this.failed('disk', notSaved(error));
      return 'unavailable';
    }
  }

  /** A flow has dealt with an event; false where none of that id is out. */
  acknowledge(id: string): boolean {
    return this.flight.acknowledge(id);
  }

  /** Ends it; the gateway goes on sending, and a later watch with the same folder goes on where this one ends. */
  async stop(): Promise<void> {
    const wasHeard = this.isConnected;
    this.closing.abort(HikvisionError.of('cancelled'));
    this.flight.stop();
    this.wake();
    await this.work.catch(() => undefined);
    if (this.inbox && wasHeard) await this.inbox.stand({ heardUntil: Date.now() }).catch(() => undefined);
    await this.inbox?.close().catch(() => undefined);
  }

  /**
   * Takes the subscription back, after `stop`: as far as no other destination wants the same types.
   * @returns the types that the gateway goes on sending
   * @throws HikvisionError what a call to the gateway throws
   */
  async unsubscribe(): Promise<number[]> {
    // That of the node may be closed with it.
    const gateway = new Gateway(this.gateway.settings);
    try {
      return await new Subscription(gateway).end(this.wanted, AbortSignal.timeout(END_WITHIN_MS));
    } finally {
      gateway.close();
    }
  }

  private get wanted(): Wanted {
    const { destination, types } = this.options;
    const former = (this.inbox?.standing.destinations ?? []).filter((each) => each !== destination);
    return { destination, types, former };
  }

  private async open(): Promise<void> {
    try {
      this.inbox = await Inbox.open(this.options.folder, () => this.wake());
    } catch (error) {
      this.failed('disk', notSaved(error));
      throw error;
    }
  }

  /** Looks whether the subscription stands, for as long as this runs. */
  private async watch(): Promise<void> {
    const { signal } = this.closing;
    let failures = 0;
    while (!signal.aborted) {
      const isWell = await this.look();
      failures = isWell ? 0 : failures + 1;
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS, this.options.checkMs);
      await wait(isWell ? this.options.checkMs : pause, signal).catch(() => undefined);
    }
  }

  private async look(): Promise<boolean> {
    const { signal } = this.closing;
    const { inbox } = this;
    if (!inbox) return false;
    try {
      const { destination, former } = this.wanted;
      // Before anybody is told of it: after a kill this address is known to be ours.
      await inbox.stand({ destinations: [...former, destination] });
      const stood = await this.subscription.ensure(this.wanted, signal);
      await inbox.stand({ destinations: [destination] });
      this.works('subscription');
      await this.standsNow(inbox, stood);
    } catch (error) {
      if (signal.aborted) return false;
      this.notHeard(asFailure(error));
      return false;
    }
    return this.fill(inbox);
  }

  private async standsNow(inbox: Inbox, stood: boolean | undefined): Promise<void> {
    const { types, begin } = this.options;
    if (this.isConnected && stood === false) {
      this.isConnected = false;
      this.notice({ notice: 'disconnected', why: 'subscriptionLost' });
    }
    await this.missed.stands(inbox, { begin, wasHeard: this.isConnected });
    if (!this.isConnected) this.notice({ notice: 'connected', types });
    this.isConnected = true;
  }

  private async fill(inbox: Inbox): Promise<boolean> {
    const { signal } = this.closing;
    try {
      await this.missed.fill(inbox, signal);
      this.works('records');
      return true;
    } catch (error) {
      if (!signal.aborted) this.failed('records', error instanceof HikvisionError ? error : notSaved(error));
      return false;
    }
  }

  private notHeard(failure: HikvisionError): void {
    this.failed('subscription', failure);
    if (!this.isConnected) return;
    // It may stand all the same: what comes is taken. Nobody can say so.
    this.isConnected = false;
    this.notice({ notice: 'disconnected', failure });
  }

  /** Gives what has come to the flow, in order, as far as there is room. */
  private async pump(): Promise<void> {
    const { inbox, flight } = this;
    const { signal } = this.closing;
    while (inbox && !signal.aborted) {
      const news = new Promise<void>((resolve) => (this.wake = resolve));
      await flight.whenRoom(signal).catch(() => undefined);
      if (flight.room === 0) continue;
      const entries = inbox.after(this.sentUpTo, flight.room);
      if (entries.length === 0) await news;
      else await this.give(inbox, entries);
    }
  }

  private async give(inbox: Inbox, entries: readonly Entry[]): Promise<void> {
    const wereOut = entries.map(({ wasOut }) => wasOut);
    const pictures = await Promise.all(entries.map(({ event }) => this.pictureFor(event)));
    if (this.isStopped()) return;
    await inbox.out(entries).catch((error: unknown) => this.failed('disk', notSaved(error)));
    for (const [index, entry] of entries.entries()) {
      // A flow may end all of it.
      if (this.isStopped()) return;
      const { id } = entry.event;
      this.sentUpTo = entry.n;
      const item = { id, entry, picture: pictures[index] };
      const behind = { item, wasOut: wereOut[index] ?? false };
      const out = this.outById.get(id);
      // What says more of an event waits until that has been dealt with: they are acknowledged by the same id.
      if (out) {
        out.push(behind);
      } else {
        this.outById.set(id, [behind]);
        this.flight.send(item, behind.wasOut);
      }
    }
  }

  private async pictureFor(event: StoredEvent): Promise<Buffer | undefined> {
    return this.options.pictures ? fetchPicture(this.gateway, event, this.closing.signal) : undefined;
  }

  private isStopped(): boolean {
    return this.closing.signal.aborted;
  }

  private send({ entry, picture }: Item, redelivered: boolean): void {
    this.listener.onEvent(toEvent(entry.event, { gateway: this.gateway.name, redelivered, picture }));
  }

  private done({ id, entry }: Item, how: Done): void {
    const [, ...behind] = this.outById.get(id) ?? [];
    this.inbox?.done([entry]).catch((error: unknown) => this.failed('disk', notSaved(error)));
    if (how === 'unacknowledged') this.notice({ notice: 'unacknowledged', id });
    const [next] = behind;
    if (next) {
      this.outById.set(id, behind);
      this.flight.send(next.item, next.wasOut);
    } else {
      this.outById.delete(id);
    }
  }

  private notice(notice: NoticeContent): void {
    if (!this.closing.signal.aborted) this.listener.onNotice({ gateway: this.gateway.name, ...notice });
  }

  private failed(trouble: Trouble, failure: HikvisionError): void {
    if (this.troubles.has(trouble)) return;
    this.troubles.add(trouble);
    this.listener.onFailure(failure.withFacts({ gateway: this.gateway.name, operation: 'events' }));
  }

  private works(trouble: Trouble): void {
    const wasBroken = this.troubles.delete(trouble);
    if (wasBroken && this.troubles.size === 0 && this.isConnected) this.listener.onWorks?.();
  }
}

type WithoutGateway<N> = N extends unknown ? Omit<N, 'gateway'> : never;
export type NoticeContent = WithoutGateway<GatewayNotice>;

/** The folder of a watch, whatever its name holds. */
export function folderOf(userDir: string, name: string): string {
  return path.join(userDir, 'hikvision', 'artemis-events', name.replace(/[^\w-]/g, '_').slice(0, 64));
}

function notSaved(error: unknown): HikvisionError {
  if (error instanceof InboxFull) return HikvisionError.of('events.tooMany');
  const detail = printable(error instanceof Error ? error.message : String(error));
  return HikvisionError.of('events.notSaved', { params: { detail } });
}
