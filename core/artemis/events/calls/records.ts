import { asFailure } from '../../../errors/hikvision-error.js';
import type { Gateway } from '../../gateway/gateway.js';
import { keepablePages, pagesOf, withPaging } from '../../operations/paging.js';
import { codeOf, isNotPermitted } from '../../operations/standing.js';
import { readEvent } from '../inbox/delivery.js';
import { timeIn, type ArrivedEvent } from '../gateway-event.js';
import { instantOf, isTree, textIn } from '../tree.js';

/** Records of events between two moments of the gateway's clock, in the order in which they stand there. */
export interface RecordWindow {
  from: number;
  to: number;
  events: ArrivedEvent[];
}

/** The types of events at doors: 0x30000 to 0x3ffff. Others are in no record that can be searched. */
export function hasRecords(type: number): boolean {
  return type >= 0x3_0000 && type <= 0x3_ffff;
}

const PAGE = 500;
/** A window with more records than this is read in two halves. */
const MOST_IN_WINDOW = 2_000;
/** What happened within one second is read as a whole. */
const LEAST_WINDOW_MS = 1_000;
/** No search may ask for more. */
const LONGEST_WINDOW_MS = 30 * 86_400_000;

/**
 * What the gateway keeps of events at doors: found by the time of its arrival at iSecure Center, which also finds what a
 * door has uploaded late; at HikCentral by the time of the event.
 */
export class EventRecords {
  private readonly isByArrival: boolean;

  constructor(private readonly gateway: Gateway) {
    this.isByArrival = gateway.settings.product === 'isecure';
  }

  /** When an event stands in the records, by what was told of it. @param receivedAt milliseconds since 1970 */
  placeOf(event: ArrivedEvent, receivedAt: number): number {
    const instant = instantOf((this.isByArrival ? textIn(event.raw, 'receiveTime') : timeIn(event.raw)) ?? '');
    return instant ?? receivedAt;
  }

  /**
   * Reads the records from one moment of the gateway's clock to another (milliseconds since 1970), window by window.
   * @throws HikvisionError what a call to the gateway throws
   */
  async *between(
    from: number,
    to: number,
    types: readonly number[],
    signal: AbortSignal,
  ): AsyncGenerator<RecordWindow> {
    for (let begin = from; begin < to; begin += LONGEST_WINDOW_MS) {
      yield* this.window(begin, Math.min(to, begin + LONGEST_WINDOW_MS), types, signal);
    }
  }

  private async *window(
    from: number,
    to: number,
    types: readonly number[],
    signal: AbortSignal,
  ): AsyncGenerator<RecordWindow> {
    const events = await this.read(from, to, types, signal);
    if (events) {
      yield { from, to, events };
      return;
    }
    const middle = Math.floor((from + to) / 2);
    yield* this.window(from, middle, types, signal);
    yield* this.window(middle, to, types, signal);
  }

  /** All records of a window, undefined where it holds too many. */
  private async read(
    from: number,
    to: number,
    types: readonly number[],
    signal: AbortSignal,
  ): Promise<ArrivedEvent[] | undefined> {
    const found: ArrivedEvent[] = [];
    const placed = (event: ArrivedEvent): number => this.placeOf(event, from);
    const searches = this.isByArrival ? [{ eventTypes: types }] : types.map((eventType) => ({ eventType }));
    for (const search of searches) {
      const body = { ...search, ...this.times(from, to) };
      const listed: ArrivedEvent[] = [];
      for await (const { list, total } of keepablePages(this.pages(body, signal))) {
        const count = Math.max(total ?? 0, found.length + listed.length + list.length);
        if (count > MOST_IN_WINDOW && to - from > LEAST_WINDOW_MS) return undefined;
        for (const each of list) {
          const event = isTree(each) ? readEvent({ ...each, status: 0 }) : undefined;
          if (event && types.includes(event.type)) listed.push({ ...event, raw: each as ArrivedEvent['raw'] });
        }
      }
      found.push(...inOrder(listed, placed));
    }
    return found
      .map((event) => ({ event, at: placed(event) }))
      .sort((one, other) => one.at - other.at)
      .map(({ event }) => event);
  }

  private pages(body: object, signal: AbortSignal): ReturnType<typeof pagesOf> {
    const path = `/api/acs/${this.isByArrival ? 'v2' : 'v1'}/door/events`;
    const call = { operation: 'doorEvents', method: 'POST', path, idempotent: true, signal };
    return pagesOf((paging) => this.gateway.call({ ...call, body: withPaging(body, paging) }), PAGE, 'pageNo');
  }

  /** Whole seconds, which every version reads; a little more than asked for. */
  private times(from: number, to: number): object {
    const begin = isoTime(Math.floor(from / 1000));
    const end = isoTime(Math.ceil(to / 1000) + 1);
    return this.isByArrival ? { receiveStartTime: begin, receiveEndTime: end } : { startTime: begin, endTime: end };
  }
}

/** Most gateways give the newest first: what happened within one moment is to stay in its order. */
function inOrder(listed: readonly ArrivedEvent[], placed: (event: ArrivedEvent) => number): ArrivedEvent[] {
  const [first, last] = [listed[0], listed.at(-1)];
  return first && last && placed(first) >= placed(last) ? listed.toReversed() : [...listed];
}

/** Whether the gateway has no such records, or keeps them from this partner: to ask again is of no use. */
export function areClosed(error: unknown): boolean {
  const failure = asFailure(error);
  const refusals = ['2', '7', '8', '128', '0x00072001', '0x00072002', '0x00072003', '0x00072202'];
  return isNotPermitted(failure) || refusals.includes(codeOf(failure));
}

/** @param at seconds since 1970 */
function isoTime(at: number): string {
  return new Date(at * 1000).toISOString().replace(/\.\d+Z$/, '+00:00');
}
