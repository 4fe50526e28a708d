const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const MOST_HOURS = 14;
/** `CST-5:00:00`, with what follows where the zone has a summer time. */
const POSIX = /^(?:<[^<>]*>|[A-Za-z]*)([+-]?)(\d{1,2})(?::(\d{2}))?(?::\d{2})?(.*)$/s;
/** By how much the summer time is ahead, and when it begins and ends: `DST01:00:00,M3.5.0/02:00:00,M10.5.0/03:00:00`. */
const SUMMER = /^DST(\d{1,2}):(\d{2})(?::\d{2})?,([^,]{1,32}),([^,]{1,32})$/i;
/** The n-th (5: the last) such day of the week of a month, at that wall time. */
const CHANGE = /^M(\d{1,2})\.(\d)\.(\d)(?:\/(\d{1,2})(?::(\d{2}))?(?::\d{2})?)?$/i;

interface Change {
  month: number;
  week: number;
  weekday: number;
  /** Milliseconds since midnight. */
  at: number;
}

interface Summer {
  /** Milliseconds. */
  shift: number;
  begin: Change;
  end: Change;
}

/** A terminal's time zone, as it names it itself; the sign is that of POSIX: `CST-3:00:00` is UTC+3. */
export class Zone {
  private constructor(
    /** Milliseconds east of Greenwich, in winter. */
    private readonly east: number,
    private readonly summer?: Summer,
  ) {}

  /** The zone of `timeZone` of `GET /ISAPI/System/time`; undefined where that cannot be read. */
  static read(text: string): Zone | undefined {
    const [, sign, hours, minutes = '0', rest = ''] = POSIX.exec(text.trim()) ?? [];
    if (hours === undefined || Number(hours) > MOST_HOURS) return undefined;
    const west = (Number(hours) * 60 + Number(minutes)) * MINUTE;
    return new Zone(sign === '-' ? west : -west, readSummer(rest));
  }

  /** A zone without a summer time, so many milliseconds east of Greenwich. */
  static fixed(east: number): Zone {
    return new Zone(east);
  }

  /** Milliseconds east of Greenwich at this wall time (as if it were UTC). */
  eastAt(wall: number): number {
    return this.east + (this.summer && isSummer(this.summer, wall) ? this.summer.shift : 0);
  }

  /** Whether that is an offset of this zone, in winter or summer. */
  has(east: number): boolean {
    return east === this.east || (this.summer !== undefined && east === this.east + this.summer.shift);
  }
}

function readSummer(text: string): Summer | undefined {
  const [, hours, minutes, first = '', second = ''] = SUMMER.exec(text.trim()) ?? [];
  const begin = readChange(first);
  const end = readChange(second);
  return begin && end && { shift: (Number(hours) * 60 + Number(minutes)) * MINUTE, begin, end };
}

function readChange(text: string): Change | undefined {
  const found = CHANGE.exec(text.trim());
  if (!found) return undefined;
  const [month, week, weekday, hours = 2, minutes = 0] = found
    .slice(1)
    .map((each) => (each ? Number(each) : undefined));
  if (month === undefined || week === undefined || weekday === undefined) return undefined;
  return { month, week, weekday, at: (hours * 60 + minutes) * MINUTE };
}

function isSummer({ begin, end, shift }: Summer, wall: number): boolean {
  const year = new Date(wall).getUTCFullYear();
  // When it begins, clocks go forward: the hour in between is no wall time. When it ends, the hour before comes twice.
  const from = momentOf(begin, year);
  const to = momentOf(end, year) - shift;
  return from <= to ? from <= wall && wall < to : wall >= from || wall < to;
}

function momentOf({ month, week, weekday, at }: Change, year: number): number {
  const first = Date.UTC(year, month - 1, 1);
  const days = ((weekday - new Date(first).getUTCDay() + 7) % 7) + (week - 1) * 7;
  const found = first + days * DAY;
  return (new Date(found).getUTCMonth() === month - 1 ? found : found - 7 * DAY) + at;
}
