import { HikvisionError } from '../../../errors/hikvision-error.js';
import { wait } from '../../../http/turns/wait.js';
import type { CursorFile } from '../cursor/cursor-file.js';
import { placeOf, Progress } from '../cursor/progress.js';
import type { Place } from '../cursor/unit-state.js';
import { newestOf, oldestOf, someOf } from '../log/bounds.js';
import type { EventLog } from '../log/event-log.js';
import { isLogin } from '../meaning/record.js';
import type { LogRecord, TerminalNotice } from '../options.js';
import { Anchor } from './anchor.js';
import type { Delivery } from './delivery.js';
import { Holes } from './holes.js';

export interface FollowerOptions {
  terminal: string;
  log: EventLog;
  file: CursorFile;
  delivery: Delivery;
  onNotice: (notice: TerminalNotice) => void;
  /** Whether the same unit is still there, by its own word. */
  isSameUnit: () => Promise<boolean>;
  signal: AbortSignal;
}

/** Another unit hangs at the address: everything has to be begun anew. */
export class OtherUnit extends Error {}

/** A reply in which the log looks like another one is not believed at once (milliseconds). */
const LOOK_AGAIN_MS = 1000;

/** Reads the log of one unit on from where it was, and delivers what it finds: all of it, in order. */
export class Follower {
  private readonly holes = new Holes();
  /** The highest number that the terminal has announced. */
  private expected = 0;

  constructor(
    private readonly options: FollowerOptions,
    public progress: Progress,
  ) {}

  get log(): EventLog {
    return this.options.log;
  }

  /** The terminal says that there is this number; it may still have to appear in the log. */
  expect(serial: number): void {
    this.expected = Math.max(this.expected, serial);
  }

  /**
   * Sees that the log is still the one that was read before, and how far it goes.
   * @throws HikvisionError; OtherUnit
   */
  async begin(): Promise<number> {
    const { log, delivery } = this.options;
    const { serial } = this.progress.position;
    const isBlank = new Anchor(this.progress.position).isBlank;
    const found = isBlank ? undefined : await log.at(serial);
    if (await this.isFurthestThere()) await this.isFirmAt(found ? [found] : []);
    const newest = await newestOf(log, Math.max(1, this.progress.position.serial));
    delivery.recoveredTo = newest?.serial ?? this.progress.position.serial;
    this.holes.passedBy(delivery.recoveredTo);
    return delivery.recoveredTo;
  }

  /**
   * Delivers all that is new, to the end of the log.
   * @returns how many records were new, but for logins
   * @throws HikvisionError; OtherUnit
   */
  async read(): Promise<number> {
    const { log, signal } = this.options;
    let news = 0;
    for (;;) {
      const { position } = this.progress;
      // With the record that was read last, which shows that this is the same log.
      const { isBlank } = new Anchor(position);
      const { records, upTo, isSplit } = await log.readFrom(isBlank ? position.serial + 1 : position.serial);
      if (!(await this.isFirmAt(records))) continue;
      const fresh = records.filter(({ serial }) => serial > this.progress.position.serial);
      if (isSplit && fresh.length > 0 && !isBlank && !(await this.isStillThere())) continue;
      const ready = this.holes.ready(this.progress.position.serial, fresh, this.expected);
      if (ready.records.length > 0) await this.deliver(ready.records);
      // Logins may be ours: reading makes them.
      news += ready.records.filter((record) => !isLogin(record)).length;
      if (ready.lookAgainMs !== undefined) {
        await wait(ready.lookAgainMs, signal);
        continue;
      }
      if (upTo === undefined || fresh.length === 0) break;
    }
    this.expected = 0;
    return news;
  }

  /** Sends events of this unit again, from this number to where everything was sent. */
  async replay(from: number): Promise<void> {
    const { log, delivery, signal } = this.options;
    const { serial: end } = this.progress.position;
    for (let next = from; next <= end;) {
      const { records, upTo = end } = await log.readFrom(next);
      const { progress } = this;
      // It may take long, and another log be there meanwhile.
      if (!(await this.isStillThere())) return;
      await delivery.replay(
        records.filter(({ serial }) => serial <= end),
        progress,
        signal,
      );
      next = upTo + 1;
    }
  }

  /** As `isFirmAt`, where what was read does not show it. @throws OtherUnit */
  private async isStillThere(): Promise<boolean> {
    const { position } = this.progress;
    const last = new Anchor(position).isBlank ? undefined : await this.log.at(position.serial);
    return this.isFirmAt(last ? [last] : []);
  }

  private async deliver(records: readonly LogRecord[]): Promise<void> {
    const { position, furthest } = this.progress;
    const [first] = records;
    // What is between the place where the log began and the first that it has now was there once.
    const wasThere = position.isFollowed === true || furthest.serial > 0;
    if (first && new Anchor(position).isBlank && wasThere && first.serial > position.serial + 1) {
      this.gap(position.serial + 1, first.serial - 1);
    }
    await this.options.delivery.deliver(records, this.progress, this.options.signal);
  }

  /**
   * Whether these records, read from the last one on, show the same log; where not, what has become of it is found out,
   * and where to go on.
   * @throws OtherUnit
   */
  private async isFirmAt(records: readonly LogRecord[]): Promise<boolean> {
    const { log, signal } = this.options;
    const { position } = this.progress;
    const anchor = new Anchor(position);
    if (anchor.isBlank) return records.length > 0 || position.serial === 0 || !(await this.hasBegunBelow());
    if (anchor.holds(records.find(({ serial }) => serial === position.serial))) return true;
    await wait(LOOK_AGAIN_MS, signal);
    const found = await log.at(position.serial);
    if (anchor.holds(found)) return false;
    return this.lost(found);
  }

  /**
   * Whether what was sent last before a restart is there, or may have been lost with all before it: where the cursor is
   * older than the log, only this shows that it is still the same one.
   */
  private async isFurthestThere(): Promise<boolean> {
    const { log, signal } = this.options;
    const { furthest, position } = this.progress;
    const anchor = new Anchor(furthest);
    if (furthest.serial === position.serial || anchor.isBlank || anchor.holds(await log.at(furthest.serial))) {
      return true;
    }
    await wait(LOOK_AGAIN_MS, signal);
    const found = await log.at(furthest.serial);
    if (anchor.holds(found)) return true;
    const oldest = await oldestOf(log);
    if (!oldest || oldest.serial > furthest.serial) return true;
    if (!(await this.options.isSameUnit())) throw new OtherUnit();
    const isBelow = !found && ((await newestOf(log, oldest.serial))?.serial ?? 0) < furthest.serial;
    await this.renumbered(isBelow ? 'serials' : 'anchor', oldest);
    return false;
  }

  /** The last record is not there any more; `found`: another one is in its place. */
  private async lost(found: LogRecord | undefined): Promise<boolean> {
    const { log, isSameUnit } = this.options;
    if (!(await isSameUnit())) throw new OtherUnit();
    const { serial } = this.progress.position;
    const oldest = await oldestOf(log);
    // An empty log says nothing: what comes next will.
    if (!oldest) return true;
    if (oldest.serial > serial) {
      if (oldest.serial > serial + 1) this.gap(serial + 1, oldest.serial - 1);
      this.progress.pass(placeBefore(oldest));
      await this.options.delivery.save(true);
      return false;
    }
    const isBelow = !found && ((await newestOf(log, oldest.serial))?.serial ?? 0) < serial;
    await this.renumbered(isBelow ? 'serials' : 'anchor', oldest);
    return false;
  }

  /** Nothing that was below the place where the log began can come back, unless it counts anew. */
  private async hasBegunBelow(): Promise<boolean> {
    const { log, isSameUnit } = this.options;
    const below = async (): Promise<boolean> => (await someOf(log, 1, this.progress.position.serial)).length > 0;
    if (!(await below())) return false;
    await wait(LOOK_AGAIN_MS, this.options.signal);
    if (!(await below())) return false;
    if (!(await isSameUnit())) throw new OtherUnit();
    const oldest = await oldestOf(log);
    if (oldest) await this.renumbered('serials', oldest);
    return true;
  }

  private async renumbered(why: 'anchor' | 'serials', oldest: LogRecord): Promise<void> {
    const { file, terminal, onNotice, delivery, log } = this.options;
    const { unit, epoch, position } = this.progress;
    const newest = (await newestOf(log, oldest.serial)) ?? oldest;
    onNotice({ terminal, notice: 'renumbered', why, epoch: epoch + 1, serialNumber: unit, after: position.serial });
    this.progress = file.use(Progress.from(unit, epoch + 1, placeBefore(oldest)));
    delivery.recoveredTo = newest.serial;
    this.holes.passedBy(newest.serial);
    await delivery.save(true);
  }

  private gap(from: number, to: number): void {
    this.options.onNotice({ terminal: this.options.terminal, notice: 'gap', from, to });
  }
}

/** Before the oldest record that there is. */
function placeBefore({ serial }: LogRecord): Place {
  return { serial: serial - 1, isFollowed: true };
}

/** Where a node begins that has never read this log. */
export async function beginning(log: EventLog, begin: 'now' | 'kept'): Promise<Place> {
  const oldest = await oldestOf(log);
  if (!oldest) return { serial: 0 };
  if (begin === 'kept') return placeBefore(oldest);
  const newest = await newestOf(log, oldest.serial);
  if (!newest) throw HikvisionError.of('logUnreadable', { params: { serial: oldest.serial }, retryable: true });
  return placeOf(newest);
}
