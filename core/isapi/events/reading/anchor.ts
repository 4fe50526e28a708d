import type { Place } from '../cursor/unit-state.js';
import type { LogRecord } from '../options.js';

/** Without an offset: `2026-02-03T08:15:30`. */
const WALL_CLOCK = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})/;

/** Whether the log has the same record in this place as when it was read: otherwise the terminal has begun to count anew. */
export class Anchor {
  constructor(private readonly place: Place) {}

  /** Nothing is known of what stood there: the log began behind it. */
  get isBlank(): boolean {
    return this.place.code === undefined;
  }

  holds(record: LogRecord | undefined): boolean {
    if (this.isBlank) return true;
    const { serial, code, time = '' } = this.place;
    return record?.serial === serial && `${record.major}-${record.minor}` === code && isSameTime(record.time, time);
  }
}

/** A terminal whose zone was changed may write old times anew: with another offset, or the same instant otherwise. */
function isSameTime(one: string, other: string): boolean {
  if (one === other || Date.parse(one) === Date.parse(other)) return true;
  const [wall, otherWall] = [wallClock(one), wallClock(other)];
  return wall !== undefined && wall === otherWall;
}

function wallClock(time: string): string | undefined {
  const [, day, clock] = WALL_CLOCK.exec(time) ?? [];
  return day && clock && `${day} ${clock}`;
}
