/**
 * How the terminal writes its zone:
 * - `offset`: +05:00, where it hangs
 * - `factory`: +08:00 and the time of that zone, as nobody has set it
 * - `-00:00`, `+00:00`: the time of +05:00 all the same
 * - `none`: no offset at all
 */
export type ZoneForm = 'offset' | 'factory' | '-00:00' | '+00:00' | 'none';

const ZONES: Record<ZoneForm, { hours: number; text: string }> = {
  offset: { hours: 5, text: '+05:00' },
  factory: { hours: 8, text: '+08:00' },
  '-00:00': { hours: 5, text: '-00:00' },
  '+00:00': { hours: 5, text: '+00:00' },
  none: { hours: 5, text: '' },
};

/** What the clock on the terminal's screen shows. */
export class WallClock {
  private aheadSeconds = 0;
  private form: ZoneForm = 'offset';

  /** @param aheadSeconds by which it is ahead of this computer's clock; negative: behind */
  set(aheadSeconds: number, form: ZoneForm): void {
    this.aheadSeconds = aheadSeconds;
    this.form = form;
  }

  /** What it shows now: milliseconds since 1970 as though its time were UTC. */
  now(): number {
    return Date.now() + this.aheadSeconds * 1000 + this.hours * 3_600_000;
  }

  /** UTC as it takes it to be, in milliseconds since 1970. */
  utc(): number {
    return this.now() - this.hours * 3_600_000;
  }

  get hours(): number {
    return ZONES[this.form].hours;
  }

  /** The zone as it stands behind each time. */
  get zone(): string {
    return ZONES[this.form].text;
  }

  /** The zone with the sign of POSIX. */
  get timeZone(): string {
    return `CST-${this.hours}:00:00`;
  }
}

/** A time of such a clock without its zone: 2026-02-03T08:15:30. */
export function wallText(wall: number): string {
  return new Date(wall).toISOString().slice(0, 19);
}
