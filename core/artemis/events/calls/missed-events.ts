import { asFailure } from '../../../errors/hikvision-error.js';
import type { Gateway } from '../../gateway/gateway.js';
import type { NoticeContent } from '../event-watch.js';
import type { ArrivedEvent, GatewayNotice } from '../gateway-event.js';
import type { Inbox } from '../inbox/inbox.js';
import { areClosed, EventRecords, hasRecords, type RecordWindow } from './records.js';

type Gap = Extract<GatewayNotice, { notice: 'gap' }>['why'];

/** With `begin: kept` the records of so long before are read. */
const KEPT_MS = 31 * 86_400_000;
/** Where records go by the time of the event, somewhat older ones may have been uploaded since the last look. */
const OVERLAP_MS = 600_000;
/** What has just happened is still on its way to us. */
const JUST_NOW_MS = 60_000;
/** Records that are taken, and flushed, together. */
const MOST_AT_ONCE = 100;
/** Places in the inbox for what happens meanwhile. */
const KEPT_FREE = 1_000;
/** An event may stand in the records at another time than it was told, by so much. */
const LEEWAY_MS = 30_000;

interface Hearing {
  begin: 'now' | 'kept';
  /** Whether the subscription has stood, with us to hear it, ever since the last look. */
  wasHeard: boolean;
}

/**
 * Finds in the gateway's records what was not told: while Node-RED was down, while the gateway did not know of the
 * subscription, or because a delivery was lost. Where that cannot be found out, says so (`gap`).
 */
export class MissedEvents {
  private readonly records: EventRecords;
  /** Since when nobody heard, if not all of it has been looked for yet; by our clock, in milliseconds since 1970. */
  private owed: { from: number; to: number } | undefined;
  /** Why records are of no use here. */
  private closed: Gap | undefined;

  constructor(
    private readonly gateway: Gateway,
    private readonly types: readonly number[],
    private readonly notice: (notice: NoticeContent) => void,
  ) {
    this.records = new EventRecords(gateway);
  }

  /** When an event that is told now stands in the records. */
  placeOf(receivedAt: number): (event: ArrivedEvent) => number {
    return (event) => this.records.placeOf(event, receivedAt + this.ahead);
  }

  /** The subscription stands: from now on everything is told. */
  async stands(inbox: Inbox, { begin, wasHeard }: Hearing): Promise<void> {
    const now = Date.now();
    const { begunAt, heardUntil = begunAt } = inbox.standing;
    if (begunAt === undefined) {
      const since = begin === 'kept' ? now - KEPT_MS : now;
      await inbox.stand({ begunAt: since, heardUntil: now, searchedUntil: since + this.ahead });
      if (begin === 'kept') this.owed = { from: since, to: now };
      return;
    }
    if (!wasHeard) {
      const from = heardUntil ?? begunAt;
      this.owed = { from: Math.min(this.owed?.from ?? from, from), to: now };
      const others = this.types.filter((type) => !hasRecords(type));
      if (others.length > 0) this.gap({ from, to: now }, others, 'noRecords');
    }
    await inbox.stand({ heardUntil: now });
  }

  /**
   * Reads the records since they were last read.
   * @throws HikvisionError where the gateway cannot be asked now; the system's own error where nothing can be saved
   */
  async fill(inbox: Inbox, signal: AbortSignal): Promise<void> {
    const types = this.types.filter(hasRecords);
    if (types.length === 0) return;
    const { owed, ahead } = this;
    const { begunAt = Date.now(), searchedUntil = begunAt + ahead } = inbox.standing;
    const to = (owed ? owed.to : Date.now() - JUST_NOW_MS) + ahead;
    if (!this.closed && to > searchedUntil) {
      const from = Math.max(begunAt + ahead, searchedUntil - OVERLAP_MS);
      this.closed = await this.read(inbox, { from, to, types }, signal);
    }
    if (this.closed && owed) this.gap(owed, types, this.closed);
    if (this.owed === owed) this.owed = undefined;
    if (!this.closed) await inbox.stand({ searchedUntil: Math.max(searchedUntil, to) });
  }

  /** @returns why the records are of no use, where they are not */
  private async read(
    inbox: Inbox,
    { from, to, types }: { from: number; to: number; types: readonly number[] },
    signal: AbortSignal,
  ): Promise<Gap | undefined> {
    const windows = this.records.between(from, to, types, signal);
    try {
      for await (const window of windows) {
        if (isOfOtherIds(inbox, window)) return 'otherIds';
        await this.take(inbox, window, signal);
        // Windows follow on each other: where a later one fails, these are not read again.
        await inbox.stand({ searchedUntil: Math.max(inbox.standing.searchedUntil ?? from, window.to) });
      }
    } catch (error) {
      if (!areClosed(asFailure(error))) throw error;
      return 'refused';
    }
    return undefined;
  }

  private async take(inbox: Inbox, { events }: RecordWindow, signal: AbortSignal): Promise<void> {
    const news = events.filter(({ id }) => !inbox.seen.has(id));
    while (news.length > 0) {
      signal.throwIfAborted();
      await inbox.whenRoom(signal, KEPT_FREE);
      const some = news.splice(0, Math.min(MOST_AT_ONCE, inbox.room - KEPT_FREE));
      const receivedAt = Date.now();
      await inbox.take(some, { receivedAt, recovered: true, at: this.placeOf(receivedAt) });
    }
  }

  /** Milliseconds by which the gateway's clock is ahead of ours. */
  private get ahead(): number {
    return (this.gateway.clockAhead ?? 0) * 1000;
  }

  private gap({ from, to }: { from: number; to: number }, types: readonly number[], why: Gap): void {
    this.notice({ notice: 'gap', from: iso(from), to: iso(to), types, why });
  }
}

/**
 * Whether the records name events otherwise than deliveries do, so that each would come twice: the gateway has told of
 * events at that time, and none of them is among the records.
 */
function isOfOtherIds({ seen }: Inbox, { from, to, events }: RecordWindow): boolean {
  if (events.length === 0 || !seen.wasToldBetween(from + LEEWAY_MS, to - LEEWAY_MS)) return false;
  return !events.some(({ id }) => seen.wasTold(id));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
