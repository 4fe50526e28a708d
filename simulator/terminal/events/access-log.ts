import type { LogBehaviour } from './behaviour.js';
import type { AccessRecord, NewRecord, RecordDetails } from './record.js';
import type { WallClock } from './wall-clock.js';
import { timeOf } from './written.js';

/** One count of the records: from serial number 1 until the terminal counts anew or another one hangs there. */
interface Era {
  readonly serialNumber: string;
  /** In the order of their numbers; those before `oldest` have been overwritten. */
  readonly records: AccessRecord[];
  /** Index of the oldest that is still stored. */
  oldest: number;
}

/** A record as `trueLog` shows it. */
export interface TrueRecord extends Pick<AccessRecord, 'serial' | 'major' | 'minor' | 'details'> {
  /** As the terminal wrote it. */
  time: string;
  /** Of the unit whose record it is. */
  serialNumber: string;
  /** Rises with each new count, from 1. */
  era: number;
  /** The terminal still has it. */
  stored: boolean;
}

/** The log of one terminal: a ring of records, numbered from 1. */
export class AccessLog {
  private era: Era;
  private readonly past: Era[] = [];
  private next = 1;
  private changes = 0;
  /** Numbers of records that no search finds yet. */
  private readonly hidden = new Set<number>();

  constructor(
    serialNumber: string,
    private readonly clock: WallClock,
    private readonly behaviour: Pick<LogBehaviour, 'ringSize' | 'jumps'>,
  ) {
    this.era = { serialNumber, records: [], oldest: 0 };
  }

  add({ major, minor, ...rest }: NewRecord): AccessRecord {
    const { era, clock } = this;
    const details: RecordDetails | undefined = Object.keys(rest).length > 0 ? rest : undefined;
    const record = { serial: this.next, major, minor, wall: clock.now(), zone: clock.zone, details };
    const { ringSize, jumps } = this.behaviour;
    this.next += 1;
    this.changes += 1;
    era.records.push(record);
    era.oldest = Math.max(era.oldest, era.records.length - ringSize);
    if (jumps && era.records.length % jumps.every === 0) this.next += jumps.by;
    return record;
  }

  /** The next number is greater by so many. */
  skip(numbers: number): void {
    this.next += numbers;
  }

  /** No search finds the record until it is shown. */
  hide({ serial }: AccessRecord): void {
    this.hidden.add(serial);
    this.changes += 1;
  }

  /** Searches find this record from now on, or every record. */
  show(record?: AccessRecord): void {
    if (record) this.hidden.delete(record.serial);
    else this.hidden.clear();
    this.changes += 1;
  }

  /** Rises with everything that may change what a search finds. */
  get version(): number {
    return this.changes;
  }

  get size(): number {
    return this.era.records.length - this.era.oldest;
  }

  get oldest(): AccessRecord | undefined {
    return this.era.records[this.era.oldest];
  }

  get newest(): AccessRecord | undefined {
    return this.size > 0 ? this.era.records.at(-1) : undefined;
  }

  /** The stored records with these numbers that searches find, in the order of their numbers. */
  between(first: number, last: number): AccessRecord[] {
    const stored = this.era.records.slice(this.indexOf(first), this.indexOf(last + 1));
    return this.hidden.size === 0 ? stored : stored.filter(({ serial }) => !this.hidden.has(serial));
  }

  /** The number of the record before this one; 0 before the first ever. */
  before(serial: number): number {
    return this.era.records[this.indexOf(serial) - 1]?.serial ?? 0;
  }

  get(serial: number): AccessRecord | undefined {
    const record = this.era.records[this.indexOf(serial)];
    return record?.serial === serial ? record : undefined;
  }

  /** The next record has the number 1, and no other is stored. */
  renumber(serialNumber: string): void {
    this.past.push({ ...this.era, oldest: this.era.records.length });
    this.era = { serialNumber, records: [], oldest: 0 };
    this.next = 1;
    this.hidden.clear();
    this.changes += 1;
  }

  /** Every record that ever was, in the order in which things happened. */
  get everything(): TrueRecord[] {
    return [...this.past, this.era].flatMap(({ serialNumber, records, oldest }, count) =>
      records.map((record, index) => {
        const { serial, major, minor, details } = record;
        const time = timeOf(record);
        return { serial, major, minor, time, details, serialNumber, era: count + 1, stored: index >= oldest };
      }),
    );
  }

  /** Index of the first stored record with at least this number. */
  private indexOf(serial: number): number {
    const { records, oldest } = this.era;
    let low = oldest;
    let high = records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((records[middle]?.serial ?? Infinity) < serial) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
