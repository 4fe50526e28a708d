import type { LogRecord } from '../options.js';
import type { Place, UnitState } from './unit-state.js';

/**
 * How far the events of one unit have been delivered: what was read last, what of it is not yet done with, and the cursor
 * that follows the lowest of those. Bounded by what may be out at once.
 */
export class Progress {
  /** The last record that was sent or passed over. */
  position: Place;
  /** What was sent and is not done with, by number, with the place before it. */
  private readonly pending = new Map<number, Place>();
  private out: Place;
  /** Of the time before a restart. */
  private readonly before: { passed: number; open: ReadonlySet<number> };

  constructor(
    readonly unit: string,
    readonly epoch: number,
    state: Omit<UnitState, 'epoch'>,
  ) {
    this.position = state.cursor;
    this.out = state.out;
    this.before = { passed: state.passed, open: new Set(state.open) };
  }

  /** One that begins behind this place. */
  static from(unit: string, epoch: number, cursor: Place): Progress {
    return new Progress(unit, epoch, { cursor, passed: cursor.serial, open: [], out: cursor });
  }

  /** What is known of a record from the time before a restart. */
  standingOf(serial: number): 'done' | 'maybeSent' | 'new' {
    const { passed, open } = this.before;
    if (serial <= passed && !open.has(serial)) return 'done';
    return serial <= this.out.serial ? 'maybeSent' : 'new';
  }

  /** Something up to this record is about to be sent: has to be saved before it is. */
  intend(record: LogRecord): void {
    if (record.serial > this.out.serial) this.out = placeOf(record);
  }

  /** The furthest record that was ever about to be sent, or the position. */
  get furthest(): Place {
    return this.out.serial > this.position.serial ? this.out : this.position;
  }

  /** It is sent, and not done with. */
  send(record: LogRecord): void {
    this.pending.set(record.serial, this.position);
    this.position = placeOf(record);
  }

  /** There is nothing to be sent of it, or of what is up to this place. */
  pass(place: Place): void {
    this.position = place;
  }

  done(serial: number): void {
    this.pending.delete(serial);
  }

  /** Everything up to here is done with. */
  get cursor(): Place {
    // They were put in by rising number.
    const [lowest] = this.pending.values();
    return lowest ?? this.position;
  }

  get state(): UnitState {
    const { position, before } = this;
    const open = [...this.pending.keys(), ...[...before.open].filter((serial) => serial > position.serial)];
    const passed = Math.max(before.passed, position.serial);
    return { epoch: this.epoch, cursor: this.cursor, passed, open, out: this.furthest };
  }
}

export function placeOf({ serial, time, major, minor }: LogRecord): Place {
  return { serial, time, code: `${major}-${minor}` };
}
