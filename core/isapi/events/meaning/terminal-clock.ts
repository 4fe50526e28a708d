import { text, type Tree } from '../../protocol/document.js';
import { Zone } from './zone.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const QUARTER = 15 * MINUTE;
/** Whole seconds and the way there and back: less than that is no error of a clock. */
const CLOSE_ENOUGH = 3 * SECOND;
/** An event that has just been read happened within this. */
const JUST_NOW = 10 * MINUTE;
/** No terminal of this kind was built before: its clock was not set. */
const NEVER_SET = Date.UTC(2010, 0, 1);
const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?\s*(Z|[+-]\d{1,2}:?\d{2})?$/i;

/** A time as a terminal writes it. */
interface Written {
  /** As if the wall clock showed UTC; milliseconds since 1970. */
  wall: number;
  /** Milliseconds east of Greenwich, and how it was written; undefined where nothing was said. */
  offset?: { east: number; text: string };
}

/** Whether the offset that a terminal writes is believed, or its times are wall times of its zone whatever they say. */
type Belief = 'stated' | 'local';

/**
 * What a terminal's times mean. They come with the right offset, with none, with `-00:00`, with `+00:00` or the factory's
 * `+08:00` although they are local; the clock is wrong by seconds or by years. What the answer of `GET /ISAPI/System/time`
 * does not tell is learnt from events that have just happened.
 *
 * A time is corrected by what the clock is wrong by now: of an event before somebody set the clock, nobody knows more.
 */
export class TerminalClock {
  private zone: Zone | undefined;
  /** Milliseconds; 0 until it has been read. */
  private ahead = 0;
  /** For each offset that does not belong to the zone, as it is written. */
  private readonly beliefs = new Map<string, Belief>();

  /** Seconds by which the terminal's clock is ahead; 0 where that is no more than can be measured. */
  get seconds(): number {
    return Math.round(this.ahead / SECOND);
  }

  /**
   * Takes the answer of `GET /ISAPI/System/time` (the content of its `Time`).
   * @param now the moment of that answer, in milliseconds since 1970
   * @returns false where it does not say what time it is there
   */
  set(time: Tree, now: number): boolean {
    const zone = Zone.read(text(time, 'timeZone') ?? '');
    const written = readTime(text(time, 'localTime') ?? '');
    if (zone) this.zone = zone;
    if (!written) return false;
    // Its seconds are whole ones: half of one has passed.
    const aheadAs = (belief: Belief): number => this.uncorrected(written, belief) + SECOND / 2 - now;
    const belief = this.nearer(written, (each) => Math.abs(aheadAs(each))) ?? 'stated';
    const ahead = aheadAs(belief);
    this.ahead = Math.abs(ahead) < CLOSE_ENOUGH ? 0 : Math.round(ahead / SECOND) * SECOND;
    return true;
  }

  /**
   * When something happened, in milliseconds since 1970 UTC.
   * @param deviceTime as the terminal wrote it
   * @param receivedAt when it was read, in milliseconds since 1970
   * @param isLive it happened just before: then a time that cannot be right (1970, or no time at all) is that of reading.
   *   Of an older event it is 1970, so that nobody takes it for new.
   */
  instantOf(deviceTime: string, receivedAt: number, isLive: boolean): number {
    const written = readTime(deviceTime);
    if (!written) return isLive ? receivedAt : 0;
    if (isLive) this.learn(written, receivedAt);
    const instant = this.uncorrected(written, this.beliefOf(written, receivedAt)) - this.ahead;
    if (instant < NEVER_SET && isLive) return receivedAt;
    return Math.max(0, Math.min(instant, 8.64e15));
  }

  /**
   * Seconds by which an event that has just happened is dated away from now (positive: ahead), after all corrections:
   * more than its age can explain is a clock that has jumped.
   */
  strayOf(deviceTime: string, receivedAt: number): number | undefined {
    const written = readTime(deviceTime);
    if (!written) return undefined;
    const instant = this.uncorrected(written, this.beliefOf(written, receivedAt)) - this.ahead;
    return Math.round((instant - receivedAt) / SECOND);
  }

  /** Finds out from an event that has just happened whether an offset is to be believed. */
  private learn(written: Written, receivedAt: number): void {
    if (!written.offset && !this.zone) {
      this.zone = Zone.fixed(Math.round((written.wall - receivedAt) / QUARTER) * QUARTER);
      return;
    }
    this.nearer(written, (belief) => Math.abs(this.uncorrected(written, belief) - this.ahead - receivedAt));
  }

  /** Takes up the belief under which a foreign offset is right, where one of them is clearly so. */
  private nearer({ offset, wall }: Written, wrongBy: (belief: Belief) => number): Belief | undefined {
    if (!offset || !this.zone) return undefined;
    const isForeign = !this.zone.has(offset.east);
    const [stated, local] = [wrongBy('stated'), wrongBy('local')];
    const belief = stated <= local ? 'stated' : 'local';
    const isClear = Math.min(stated, local) <= JUST_NOW && offset.east !== this.zone.eastAt(wall);
    if (isForeign && isClear) this.beliefs.set(offset.text, belief);
    return isClear ? belief : undefined;
  }

  private beliefOf(written: Written, receivedAt: number): Belief {
    const { offset } = written;
    if (!offset || !this.zone || this.zone.has(offset.east)) return 'stated';
    const known = this.beliefs.get(offset.text);
    if (known !== undefined) return known;
    // Nothing is read before it happens; and `-00:00` says that the offset is not known.
    const isLater = (belief: Belief): boolean => this.uncorrected(written, belief) - this.ahead > receivedAt + JUST_NOW;
    const first: Belief = offset.text === '-00:00' ? 'local' : 'stated';
    const second: Belief = first === 'local' ? 'stated' : 'local';
    return isLater(first) && !isLater(second) ? second : first;
  }

  private uncorrected({ wall, offset }: Written, belief: Belief): number {
    const east = offset && (belief === 'stated' || !this.zone) ? offset.east : (this.zone?.eastAt(wall) ?? 0);
    return wall - east;
  }
}

function readTime(given: string): Written | undefined {
  const [, day, time, fraction = '', zone] = TIME.exec(given.trim()) ?? [];
  if (day === undefined || time === undefined) return undefined;
  const wall = Date.parse(`${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
  if (!Number.isFinite(wall)) return undefined;
  if (zone === undefined) return { wall };
  const offset = readOffset(zone);
  return offset ? { wall, offset } : { wall };
}

function readOffset(zone: string): { east: number; text: string } | undefined {
  if (/^z$/i.test(zone)) return { east: 0, text: '+00:00' };
  const [, sign = '+', hours = '', minutes = ''] = /^([+-])(\d{1,2}):?(\d{2})$/.exec(zone) ?? [];
  const east = (Number(hours) * 60 + Number(minutes)) * MINUTE;
  if (east > 14 * 60 * MINUTE) return undefined;
  return { east: sign === '-' ? -east + 0 : east, text: `${sign}${hours.padStart(2, '0')}:${minutes}` };
}
