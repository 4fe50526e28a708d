import { InFlight, type Done } from '../../../delivery/in-flight.js';
import type { CursorFile } from '../cursor/cursor-file.js';
import { placeOf, type Progress } from '../cursor/progress.js';
import { kindOf } from '../meaning/codes.js';
import { isOwnLogin } from '../meaning/record.js';
import type { TerminalClock } from '../meaning/terminal-clock.js';
import { toEvent } from '../meaning/terminal-event.js';
import type { EventKind, LogRecord, TerminalEvent, TerminalNotice } from '../options.js';

export interface DeliveryOptions {
  terminal: string;
  kinds: ReadonlySet<EventKind>;
  /** Also logins and logouts of ours. */
  ownLogins: boolean;
  /** As whom we log in. */
  userName: string | undefined;
  /** `sent`: on sending; `acked`: when the flow says so. */
  acknowledge: 'sent' | 'acked';
  /** How many may be out. */
  inFlight: number;
  ackTimeoutMs: number;
  onEvent: (event: TerminalEvent) => void;
  onNotice: (notice: TerminalNotice) => void;
  /** The picture of a record, where pictures are wanted and there is one; never throws. */
  pictureOf: (record: LogRecord, signal: AbortSignal) => Promise<Buffer | undefined>;
  /** An event that has just happened is dated far away from now: the clock may have jumped. */
  onStray: (serial: number, signal: AbortSignal) => Promise<void>;
  /** It waits for acknowledgements, or does so no more. */
  onWaiting: (isWaiting: boolean) => void;
  /** The file could not be written, or could again. */
  onSaved: (error: unknown) => void;
}

interface Item {
  id: string;
  event: TerminalEvent;
  sentAt: number;
  /** Whose cursor it holds back, unless it is a replay of what was done with. */
  progress: Progress;
}

/** Seconds from an event to its reading that are more than it waits anywhere. */
const FAR_S = 120;
/** What was passed over is noted after so many records, or with the next event. */
const MOST_UNNOTED = 100;

/** Gives records to the flow as events, in order: never more than may be out, and noted in the file before. */
export class Delivery {
  private readonly flight: InFlight<Item>;
  /** Up to this number it happened while nobody listened. */
  recoveredTo = 0;
  last: { serial: number; time: string } | undefined;
  private unnoted = 0;

  constructor(
    private readonly options: DeliveryOptions,
    private readonly file: CursorFile,
    private readonly clock: TerminalClock,
  ) {
    this.flight = new InFlight<Item>({
      ...{ limit: options.inFlight, mode: options.acknowledge, ackTimeoutMs: options.ackTimeoutMs },
      send: (item, redelivered) => this.give(item, redelivered),
      onDone: (item, how) => this.done(item, how),
    });
  }

  /** Sends what is to be sent of these, which follow on what was passed last. @throws what the signal was aborted with */
  async deliver(records: readonly LogRecord[], progress: Progress, signal: AbortSignal): Promise<void> {
    const isSendable = (record: LogRecord): boolean =>
      this.isWanted(record) && progress.standingOf(record.serial) !== 'done';
    for (let rest = records; rest.length > 0;) {
      const batch = takeUpTo(rest, await this.room(rest.some(isSendable), signal), isSendable);
      rest = rest.slice(batch.length);
      const last = batch.filter(isSendable).at(-1);
      const again = new Set(batch.filter(({ serial }) => progress.standingOf(serial) === 'maybeSent'));
      if (last) {
        progress.intend(last);
        await this.save(true);
      }
      for (const record of batch) {
        if (isSendable(record)) await this.send(record, progress, again.has(record), signal);
        else progress.pass(placeOf(record));
      }
      this.unnoted += batch.length;
      // Before the next ones are sent, all of this is noted with them.
      if (rest.length === 0 && (last || this.unnoted > MOST_UNNOTED)) await this.save(false);
    }
  }

  /** Sends these again; the cursor stays where it is. */
  async replay(records: readonly LogRecord[], progress: Progress, signal: AbortSignal): Promise<void> {
    for (const record of records.filter((each) => this.isWanted(each))) {
      await this.room(true, signal);
      const event = await this.eventOf(record, progress, { redelivered: true, recovered: true }, signal);
      // Where it is still out, its acknowledgement moves the cursor as before.
      this.flight.send({ id: event.id, event, sentAt: Date.now(), progress }, true);
    }
  }

  acknowledge(id: string): boolean {
    return this.flight.acknowledge(id);
  }

  /** Notes what is so now, whether or not something was sent. Never throws. */
  async save(flush: boolean): Promise<void> {
    this.unnoted = 0;
    await this.file.save(flush).then(() => this.options.onSaved(undefined), this.options.onSaved);
  }

  stop(): void {
    this.flight.stop();
  }

  private async room(isNeeded: boolean, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    if (!isNeeded || this.flight.room > 0) return this.flight.room;
    this.options.onWaiting(true);
    await this.flight.whenRoom(signal);
    this.options.onWaiting(false);
    return this.flight.room;
  }

  private async send(record: LogRecord, progress: Progress, redelivered: boolean, signal: AbortSignal): Promise<void> {
    const recovered = record.serial <= this.recoveredTo;
    const event = await this.eventOf(record, progress, { redelivered, recovered }, signal);
    signal.throwIfAborted();
    progress.send(record);
    this.last = { serial: event.serial, time: event.time };
    this.flight.send({ id: event.id, event, sentAt: Date.now(), progress }, redelivered);
  }

  private async eventOf(
    record: LogRecord,
    { unit, epoch }: Progress,
    flags: { redelivered: boolean; recovered: boolean },
    signal: AbortSignal,
  ): Promise<TerminalEvent> {
    const receivedAt = Date.now();
    const stray = flags.recovered ? 0 : (this.clock.strayOf(record.time, receivedAt) ?? 0);
    if (Math.abs(stray) > FAR_S) await this.options.onStray(record.serial, signal);
    const picture = await this.options.pictureOf(record, signal);
    const { terminal } = this.options;
    return toEvent(record, {
      terminal,
      unit,
      epoch,
      clock: this.clock,
      receivedAt,
      ...flags,
      ...(picture && { picture }),
    });
  }

  private isWanted(record: LogRecord): boolean {
    const { kinds, ownLogins, userName } = this.options;
    if (!ownLogins && isOwnLogin(record, userName)) return false;
    return kinds.has(kindOf(record.major, record.minor));
  }

  /** An event that comes again is as old as it is by then. */
  private give({ event, sentAt }: Item, redelivered: boolean): void {
    const age = event.age + Math.round((Date.now() - sentAt) / 1000);
    this.options.onEvent(redelivered ? { ...event, redelivered, age } : event);
  }

  private done({ event, progress }: Item, how: Done): void {
    const { terminal, id, serial } = event;
    progress.done(serial);
    if (how === 'unacknowledged') this.options.onNotice({ terminal, notice: 'unacknowledged', id, serial });
    // On sending, the batch is noted as a whole.
    if (how !== 'sent') void this.save(false);
  }
}

/** The first records, with no more than so many that are to be sent among them. */
function takeUpTo(
  records: readonly LogRecord[],
  most: number,
  isSendable: (record: LogRecord) => boolean,
): readonly LogRecord[] {
  let sendable = 0;
  const end = records.findIndex((record) => isSendable(record) && (sendable += 1) > most);
  return end < 0 ? records : records.slice(0, end);
}
