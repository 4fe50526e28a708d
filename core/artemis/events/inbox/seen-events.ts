import type { ArrivedEvent } from '../gateway-event.js';
import { hasRecords } from '../calls/records.js';
import { LAST_STATUS } from './delivery.js';

/** So many events are remembered, the latest. */
const MOST_SEEN = 20_000;
/** Beside the bits of the statuses, which are 0 to 5: the gateway told of it, and it is of those that it has records of. */
const TOLD = 1 << 6;
/** Statuses that say that something has happened; the others say more of it. */
const FIRST = [0, 1, 3];

interface Seen {
  /** When it stands in the gateway's records; milliseconds since 1970. */
  at: number;
  /** One for each status, and `TOLD`. */
  bits: number;
}

/** Which events have come, by eventId: whatever comes again is no news. */
export class SeenEvents {
  private readonly seen = new Map<string, Seen>();

  /**
   * Remembers an event.
   * @returns whether it says more of one that came before; undefined where it says nothing new
   */
  add(
    event: ArrivedEvent,
    { at, recovered }: { at: (event: ArrivedEvent) => number; recovered: boolean },
  ): boolean | undefined {
    const { id, status } = event;
    const known = this.seen.get(id);
    const bit = 1 << status;
    const told = recovered || !hasRecords(event.type) ? 0 : TOLD;
    if (!known) {
      this.seen.set(id, { at: at(event), bits: bit | told });
      if (this.seen.size > MOST_SEEN) this.seen.delete(this.seen.keys().next().value ?? '');
      return false;
    }
    const isNews = (known.bits & bit) === 0 && !FIRST.includes(status);
    known.bits |= bit | told;
    return isNews ? true : undefined;
  }

  /** It has not come after all. */
  forget({ id, status }: Pick<ArrivedEvent, 'id' | 'status'>): void {
    const known = this.seen.get(id);
    if (!known) return;
    known.bits &= ~(1 << status);
    if ((known.bits & ~TOLD) === 0) this.seen.delete(id);
  }

  has(id: string): boolean {
    return this.seen.has(id);
  }

  /** Whether the gateway itself has told of something between these times (milliseconds since 1970). */
  wasToldBetween(from: number, to: number): boolean {
    for (const { at, bits } of this.seen.values()) {
      if ((bits & TOLD) !== 0 && at >= from && at <= to) return true;
    }
    return false;
  }

  wasTold(id: string): boolean {
    return ((this.seen.get(id)?.bits ?? 0) & TOLD) !== 0;
  }

  /** @param counts whether this status of an event is one of those that are wanted */
  all(counts: (event: { id: string; status: number }) => boolean): [id: string, at: number, bits: number][] {
    const found: [id: string, at: number, bits: number][] = [];
    for (const [id, { at, bits }] of this.seen) {
      let wanted = bits;
      for (let status = 0; status <= LAST_STATUS; status += 1) {
        const bit = 1 << status;
        if ((bits & bit) !== 0 && !counts({ id, status })) wanted &= ~bit;
      }
      if ((wanted & ~TOLD) !== 0) found.push([id, at, wanted]);
    }
    return found;
  }

  /** Takes what `all` gave. Somebody may have edited it. */
  restore(value: unknown): void {
    if (!Array.isArray(value)) return;
    for (const each of value as unknown[]) {
      if (!Array.isArray(each)) continue;
      const [id, at, bits] = each as unknown[];
      if (typeof id === 'string' && typeof at === 'number' && typeof bits === 'number') this.seen.set(id, { at, bits });
    }
  }
}
