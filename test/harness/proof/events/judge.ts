import type { TerminalEvent, TerminalNotice } from '../../../../core/isapi/events/options.js';
import type { TrueRecord } from '../../../../simulator/terminal/events/access-log.js';
import type { EventSchedule } from './schedule.js';

/** One life of the reader: from a start to a kill or a stop. */
export interface Life {
  readonly index: number;
  readonly startedAt: number;
  readonly end: { how: 'killed' | 'stopped'; at: number } | undefined;
}

/** What the terminal truly has when something is told. */
export interface Standing {
  serialNumber: string;
  /** How many counts there have been. */
  era: number;
  oldest: number;
  newest: number;
}

interface Delivered {
  event: TerminalEvent;
  life: Life;
  at: number;
  /** Its place among all that was delivered and acknowledged. */
  place: number;
  /** When the reader last said that it was connected. */
  connectedAt: number;
  /** The flow had asked for it again. */
  asked: boolean;
}

interface Told {
  notice: TerminalNotice;
  life: Life;
  at: number;
  standing: Standing;
}

/** Milliseconds within which a happening and a notice may have passed each other. */
const CLOSE = 6000;
/** Codes of a door's contact and relay in the schedules. */
const DOOR = new Set(['5-21', '5-25', '5-26']);

/**
 * Says what of the promise was broken: each event of the terminal's true log once and in order, or named where the
 * terminal itself no longer has it. Knows nothing of how the reader works.
 */
export class EventJudge {
  private readonly wrong: string[] = [];
  private readonly deliveries: Delivered[] = [];
  private readonly told: Told[] = [];
  private readonly acks: { id: string; life: Life; at: number; place: number }[] = [];
  private places = 0;
  /** What the flow has and has not dealt with, in this life. */
  private readonly out = new Set<string>();
  private readonly replays: { life: Life; at: number }[] = [];
  private readonly happenedAt = new Map<string, number>();
  private readonly eraEnds = new Map<number, number>();
  private readonly connected = new Map<Life, number>();
  /** When somebody first listened, and what the terminal had then. */
  private began: { at: number; standing: Standing } | undefined;

  constructor(private readonly schedule: EventSchedule) {}

  broken(what: string): void {
    this.wrong.push(what);
  }

  /** A record with this name was written. */
  happened(tag: string): void {
    this.happenedAt.set(tag, Date.now());
  }

  eraEnded(era: number): void {
    this.eraEnds.set(era, Date.now());
  }

  begun(): void {
    this.out.clear();
  }

  replayed(life: Life): void {
    this.replays.push({ life, at: Date.now() });
  }

  delivered(event: TerminalEvent, life: Life): void {
    const asked = this.replays.some((replay) => replay.life === life);
    const connectedAt = this.connected.get(life) ?? -Infinity;
    const place = (this.places += 1);
    this.deliveries.push({ event, life, at: Date.now(), place, connectedAt, asked: asked && event.redelivered });
    if (this.schedule.acknowledge === 'sent') return;
    this.out.add(event.id);
    const { mostOut } = this.schedule;
    if (this.out.size > mostOut) this.broken(`in flight: ${this.out.size} are out, and ${mostOut} may be`);
  }

  /** It was out, and the flow has dealt with it. */
  acknowledged(id: string, life: Life): void {
    this.acks.push({ id, life, at: Date.now(), place: (this.places += 1) });
    this.out.delete(id);
  }

  noticed(notice: TerminalNotice, life: Life, standing: Standing): void {
    this.told.push({ notice, life, at: Date.now(), standing });
    if (notice.notice === 'unacknowledged') this.acknowledged(notice.id, life);
    if (notice.notice === 'connected') {
      this.connected.set(life, Date.now());
      this.began ??= { at: Date.now(), standing };
    }
    if (notice.notice === 'gap' && standing.oldest > 0 && standing.oldest <= notice.to) {
      this.broken(`gap: ${notice.from} to ${notice.to} are named, and the terminal has ${standing.oldest} on`);
    }
  }

  /** When this life said last that it was connected; never: Infinity. */
  connectedSince(life: Life | undefined): number {
    return (life && this.connected.get(life)) ?? Infinity;
  }

  /** How many deliveries there have been. */
  get count(): number {
    return this.deliveries.length;
  }

  /** Whether all that is stored, and is wanted, was delivered and is done with. */
  isDone(log: readonly TrueRecord[]): boolean {
    if (this.out.size > 0) return false;
    const acked = new Set(this.acks.map(({ id }) => id));
    const done = this.deliveries.filter(({ event }) => this.schedule.acknowledge === 'sent' || acked.has(event.id));
    const come = new Set(done.map(({ event }) => nameOf(event, event.deviceTime)));
    return log.every((record) => !record.stored || !this.isDue(record) || come.has(nameOf(record, record.time)));
  }

  /** Everything that was broken, by what truly happened. */
  verdict(log: readonly TrueRecord[]): string[] {
    const found = this.matched(log);
    for (const [record, deliveries] of found) this.judgeDoubles(record, deliveries);
    this.judgeOrder(found);
    for (const record of log) if (!found.has(record)) this.judgeMissing(record, found);
    return this.wrong;
  }

  /** Which record each event is. */
  private matched(log: readonly TrueRecord[]): Map<TrueRecord, Delivered[]> {
    const found = new Map<TrueRecord, Delivered[]>();
    const ids = new Map<TrueRecord, string>();
    const eras = new Map<string, number>();
    for (const delivered of this.deliveries) {
      const { id, serial, deviceTime, code } = delivered.event;
      const count = id.slice(0, id.lastIndexOf(':'));
      const record = log.find(
        (each) =>
          (tagOf(each) === undefined || tagOf(each) === tagOf(delivered.event)) &&
          (eras.get(count) ?? each.era) === each.era &&
          `${each.serialNumber}:` === id.slice(0, each.serialNumber.length + 1) &&
          each.serial === serial &&
          wallClock(each.time) === wallClock(deviceTime) &&
          `${each.major}-${each.minor}` === code,
      );
      if (!record) {
        this.broken(
          `another count: ${id} (${tagOf(delivered.event) ?? code}) is none of count ${eras.get(count) ?? '?'}`,
        );
        continue;
      }
      if (tagOf(record) !== undefined) eras.set(count, record.era);
      if ((ids.get(record) ?? id) !== id) this.broken(`two ids: ${ids.get(record)} and ${id} are the same event`);
      ids.set(record, id);
      found.set(record, [...(found.get(record) ?? []), delivered]);
    }
    return found;
  }

  private judgeDoubles(record: TrueRecord, deliveries: readonly Delivered[]): void {
    for (const [index, next] of deliveries.entries()) {
      const last = deliveries[index - 1];
      this.judgeRecovered(record, next);
      if (next.asked) continue;
      if (!last) this.judgeFirst(next);
      else if (!next.event.redelivered) this.broken(`twice: ${next.event.id} came again and does not say so`);
      else if (!this.mayComeAgain(last, next)) {
        const lives = `${last.life.index} ${last.life.end?.how ?? ''}, ${next.life.index}`;
        this.broken(`twice: ${next.event.id} came again without a reason (${next.at - last.at} ms, lives ${lives})`);
      }
    }
    const [first] = deliveries;
    if (!first || this.schedule.acknowledge === 'sent' || deliveries.every(({ asked }) => asked)) return;
    const isDone = this.acks.some(({ id }) => id === first.event.id) || !record.stored;
    if (!isDone) this.broken(`never acknowledged: ${first.event.id}, and still in the log`);
  }

  /** Only who may have been interrupted may have sent it before. */
  private judgeFirst({ event, life }: Delivered): void {
    if (event.redelivered && life.index === 0) this.broken(`redelivered: ${event.id} was never delivered before`);
  }

  private mayComeAgain(last: Delivered, next: Delivered): boolean {
    const { ackTimeoutMs, acknowledge } = this.schedule;
    const { id } = next.event;
    const done = this.acks.filter((ack) => ack.id === id && ack.place > last.place && ack.place < next.place).at(-1);
    if (last.life === next.life) return acknowledge === 'acked' && !done && next.at - last.at >= ackTimeoutMs;
    // Time passes only when everything that needs none has happened: by then it had been noted.
    const isLost = (life: Life, at: number): boolean => life.end?.how === 'killed' && life.end.at === at;
    if (acknowledge === 'sent') return isLost(last.life, last.at);
    return !done || isLost(done.life, done.at);
  }

  private judgeRecovered(record: TrueRecord, { event, connectedAt }: Delivered): void {
    const happenedAt = this.happenedAt.get(tagOf(record) ?? '');
    if (happenedAt === undefined || event.recovered || event.redelivered) return;
    if (happenedAt < connectedAt - CLOSE) this.broken(`recovered: ${event.id} happened before, and does not say so`);
  }

  /** What comes for the first time comes in the order in which it happened. */
  private judgeOrder(found: Map<TrueRecord, Delivered[]>): void {
    const records = new Map([...found].flatMap(([record, all]) => all.map((each) => [each, record] as const)));
    const [ever, inLife] = [new Set<TrueRecord>(), new Map<Life, Set<TrueRecord>>()];
    const last = new Map<Life | undefined, TrueRecord>();
    for (const delivered of this.deliveries) {
      const record = records.get(delivered);
      if (!record || delivered.asked) continue;
      const here = inLife.get(delivered.life) ?? new Set();
      inLife.set(delivered.life, here);
      for (const [seen, key] of [
        [ever, undefined],
        [here, delivered.life],
      ] as const) {
        if (seen.has(record)) continue;
        seen.add(record);
        const before = last.get(key);
        if (before && !isAfter(record, before)) this.broken(`order: ${delivered.event.id} came after ${before.serial}`);
        last.set(key, record);
      }
    }
  }

  private judgeMissing(record: TrueRecord, found: ReadonlyMap<TrueRecord, Delivered[]>): void {
    if (!this.isDue(record)) return;
    const { serial, era } = record;
    const isNamed = this.told.some(
      ({ notice, standing }) =>
        notice.notice === 'gap' && standing.era === era && notice.from <= serial && serial <= notice.to,
    );
    if (isNamed && !record.stored) return;
    // What a new count, or an empty log, has lost before anybody came to read it, nobody can know.
    const first = Math.min(...[...found.keys()].filter((each) => each.era === era).map((each) => each.serial));
    const { era: firstEra = 0, newest: hadThen = 0 } = this.began?.standing ?? {};
    const isNew = era > firstEra || hadThen === 0;
    if (isNew && !record.stored && serial < first) return;
    const endedAt = this.eraEnds.get(era);
    if (endedAt === undefined) {
      this.broken(`lost: ${serial} of count ${era} never came${record.stored ? '' : ', and no gap names it'}`);
      return;
    }
    // A count of which nobody ever saw anything has come and gone.
    if (first === Infinity) return;
    const end = this.told.find(({ notice, at }) => notice.notice === 'renumbered' && at >= endedAt)?.notice;
    const isTold = end?.notice === 'renumbered' && serial > end.after;
    if (!isTold) this.broken(`lost: ${serial} of count ${era}, which has ended, is not named`);
  }

  /** Whether it has to be delivered, if the terminal has it. */
  private isDue(record: TrueRecord): boolean {
    const tag = tagOf(record);
    const { noDoor, begin } = this.schedule;
    if (noDoor && DOOR.has(`${record.major}-${record.minor}`)) return false;
    // What the terminal writes by itself has no name, and comes after something that has one.
    const happenedAt = this.happenedAt.get(tag ?? '') ?? Infinity;
    const { began } = this;
    if (!began) return false;
    const wasGone =
      record.era < began.standing.era || (record.era === began.standing.era && record.serial < began.standing.oldest);
    return !wasGone && (begin === 'kept' || happenedAt > began.at);
  }
}

/** The name that was given to a record. */
function tagOf(record: TrueRecord | TerminalEvent): string | undefined {
  const named = 'raw' in record ? record.raw['employeeNoString'] : record.details?.employeeNo;
  return typeof named === 'string' ? named : undefined;
}

function nameOf(record: TrueRecord | TerminalEvent, time: string): string {
  return `${record.serial} ${wallClock(time)} ${tagOf(record) ?? ''}`;
}

/** Some terminals write old records with the zone of today. */
function wallClock(time: string): string {
  return time.slice(0, 19);
}

function isAfter(one: TrueRecord, other: TrueRecord): boolean {
  return one.era > other.era || (one.era === other.era && one.serial > other.serial);
}
