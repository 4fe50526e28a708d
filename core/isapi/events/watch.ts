import { setMaxListeners } from 'node:events';

import { asFailure, HikvisionError } from '../../errors/hikvision-error.js';
import { printable } from '../../errors/printable.js';
import { wait } from '../../http/turns/wait.js';
import type { Terminal } from '../terminal/terminal.js';
import type { CursorFile } from './cursor/cursor-file.js';
import type { EventMemory, UnitIdentity } from './cursor/event-memory.js';
import { Progress } from './cursor/progress.js';
import { describeDialect } from './log/dialect.js';
import { EventLog } from './log/event-log.js';
import { isRefusedSearch } from './log/negotiation.js';
import { TerminalClock } from './meaning/terminal-clock.js';
import type { EventKind, TerminalEvent, TerminalNotice } from './options.js';
import type { Streams } from './ports.js';
import { Delivery } from './reading/delivery.js';
import { beginning, Follower, OtherUnit } from './reading/follower.js';
import { EventPictures } from './reading/pictures.js';
import { firstSince } from './reading/since.js';
import { dialectOf, identify, readClock } from './reading/unit.js';
import { joinStream } from './stream/shared-stream.js';
import { Bell } from './waking/bell.js';
import { RouteKeeper } from './waking/route-keeper.js';

/** `waiting`: as many events are out as may be, and none is read until some are acknowledged. */
export type WatchState = 'connecting' | 'stream' | 'poll' | 'waiting' | 'failed' | 'stopped';

/** For the status under a node. */
export interface WatchStatus {
  state: WatchState;
  /** The last event that was sent; its time as ISO 8601 in UTC. */
  last?: { serial: number; time: string };
  /** Why it has failed. */
  failure?: HikvisionError;
}

export interface EventWatchOptions {
  terminal: Terminal;
  /** The id of the node that reads. */
  reader: string;
  memory: EventMemory;
  /** The real ones where absent. */
  streams?: Streams;
  route: 'auto' | 'stream' | 'poll';
  pollMs: number;
  kinds: ReadonlySet<EventKind>;
  pictures: boolean;
  begin: 'now' | 'kept';
  acknowledge: 'sent' | 'acked';
  inFlight: number;
  ackTimeoutMs: number;
  ownLogins: boolean;
  /** What one of these throws is told by `onFailure`; what it was called for counts as done. */
  onEvent: (event: TerminalEvent) => void;
  onNotice: (notice: TerminalNotice) => void;
  onState: (status: WatchStatus) => void;
  /** Once for each kind of failure, until it works again. */
  onFailure: (failure: HikvisionError) => void;
}

/** Pauses after failures, in milliseconds, each twice the one before. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** What does not pass before somebody does something: it costs nothing to look again. */
const LASTING = new Set(['UNAUTHORIZED', 'LOCKED', 'NOT_CONFIGURED', 'CERTIFICATE', 'BASIC_REFUSED']);
/** Finding out what a search has to be like takes a hundred of them: a quarter of an hour (milliseconds). */
const REFUSED_PAUSE_MS = 900_000;
/** Nor does a right that the user of the terminal lacks. */
const LACKING = /^(?:noPermission|lowPrivilege)$/i;
/** A terminal that takes long for a search is left in peace for so many times as long. */
const PEACE = 4;
/** So often in a row it is read at once for nothing; then after pauses that double, up to the period of polling. */
const MOST_VAIN = 2;
const VAIN_PAUSE_MS = 100;
/** Node-RED waits for this to redeploy (milliseconds). */
const LONGEST_STOP_MS = 800;
/** A clock that is wrong by more seconds is worth a notice. */
const WORTH_TELLING_S = 30;

/** For a terminal that does not say who it is. */
const UNNAMED = 'unknown';

/** A clock that may have jumped is not read more often than this (milliseconds). */
const CLOCK_PAUSE_MS = 60_000;

/** What belongs to one connection to one unit. */
interface Session {
  unit: UnitIdentity;
  follower: Follower;
}

interface Replay {
  from: number | Date;
  resolve: () => void;
  reject: (failure: HikvisionError) => void;
}

/**
 * Gives what happens at one terminal to one node: each event of its log once and in order, over losses of the connection,
 * restarts and kills; what may have been seen before says so, and what the terminal no longer has is named.
 */
export class EventWatch {
  private stopping: AbortController | undefined;
  private running: Promise<void> = Promise.resolve();
  private file: CursorFile | undefined;
  private releaseFile = (): void => undefined;
  private delivery: Delivery | undefined;
  private session: Session | undefined;
  private readonly clock = new TerminalClock();
  private readonly bell = new Bell();
  private readonly pictures: EventPictures;
  private readonly routes: RouteKeeper;
  private readonly replays: Replay[] = [];
  /** What was reported and does not work yet. */
  private reported: string | undefined;
  private unsaved = false;
  private isConnected = false;
  private state: WatchState = 'stopped';
  private toldClock = 0;
  private clockReadAt = -Infinity;

  private readonly options: EventWatchOptions;

  constructor(given: EventWatchOptions) {
    const options = shielded(given);
    this.options = options;
    this.pictures = new EventPictures(options.terminal);
    this.routes = new RouteKeeper({
      ...{ streams: { join: joinStream }, ...options },
      position: () => this.session?.follower.progress.position.serial ?? 0,
      onWake: (serial) => {
        if (serial !== undefined) this.session?.follower.expect(serial);
        this.bell.ring();
      },
      onPicture: (serial, picture) => {
        if (options.pictures) this.pictures.keep(serial, picture);
      },
      onNotice: (notice) => {
        options.onNotice(notice);
        if (this.state === 'stream' || this.state === 'poll') this.tell(this.routes.route);
      },
    });
  }

  /** Begins, or goes on after `stop`. */
  start(): void {
    if (this.stopping && !this.stopping.signal.aborted) return;
    const stopping = new AbortController();
    setMaxListeners(0, stopping.signal);
    this.stopping = stopping;
    this.running = this.running.then(() => this.run(stopping.signal));
  }

  /** Ends within a second: nothing is sent afterwards, and no timer or file is left. */
  async stop(): Promise<void> {
    const isFirst = this.stopping && !this.stopping.signal.aborted;
    if (!isFirst) return this.running;
    this.stopping?.abort(HikvisionError.of('cancelled', { terminal: this.options.terminal.name }));
    this.routes.close();
    this.delivery?.stop();
    const end = new AbortController();
    const late = wait(LONGEST_STOP_MS, end.signal).catch(() => undefined);
    await Promise.race([this.running, late]);
    end.abort();
    this.tell('stopped');
  }

  /**
   * Sends again, as `redelivered`, what the terminal still has from this serial number or time on and was read before.
   * @throws HikvisionError; `CANCELLED` where the watch is stopped meanwhile or not running
   */
  replay(from: number | Date): Promise<void> {
    return new Promise((resolve, reject) => {
      const isRunning = this.stopping && !this.stopping.signal.aborted;
      if (isRunning) this.replays.push({ from, resolve, reject });
      else reject(HikvisionError.of('cancelled', { terminal: this.options.terminal.name }));
      this.bell.ring();
    });
  }

  /** A flow has dealt with the event of this id; false where it is not out. */
  acknowledge(id: string): boolean {
    return this.delivery?.acknowledge(id) ?? false;
  }

  private async run(signal: AbortSignal): Promise<void> {
    this.tell('connecting');
    try {
      for (this.failures = 0; ; this.failures += 1) {
        try {
          const session = await this.connect(signal);
          for (;;) await this.turn(session, signal);
        } catch (error) {
          const isOver = signal.aborted || this.options.terminal.closed.aborted;
          if (isOver) return;
          const failure = error instanceof OtherUnit ? undefined : await this.failed(error);
          await wait(pauseAfter(failure, this.failures), signal);
        }
      }
    } catch {
      // Stopped while it waited.
    } finally {
      await this.end();
    }
  }

  /** Nothing stays behind: what is known is saved, and whoever waits is told. */
  private async end(): Promise<void> {
    this.routes.close();
    this.delivery?.stop();
    await this.delivery?.save(true);
    this.releaseFile();
    [this.file, this.delivery, this.session, this.isConnected] = [undefined, undefined, undefined, false];
    for (const { reject } of this.replays.splice(0)) {
      reject(HikvisionError.of('cancelled', { terminal: this.options.terminal.name }));
    }
    this.tell('stopped');
  }

  private async connect(signal: AbortSignal): Promise<Session> {
    const { terminal, memory, onNotice } = this.options;
    const file = (this.file ??= await this.openFile(signal));
    const delivery = (this.delivery ??= this.newDelivery(file));
    const unit = await this.unitThere(file, signal);
    await readClock(terminal, this.clock, signal);
    const known = file.progressOf(unit.serialNumber);
    const from = known?.position.serial ?? 1;
    const dialect = await dialectOf(terminal, { memory, unit, from: Math.max(1, from), signal });
    terminal.physical.learnt.set('events', describeDialect(dialect));
    const log = new EventLog(terminal, dialect, signal);
    const progress = await this.unitOf(unit.serialNumber, file, log);
    const isSameUnit = async (): Promise<boolean> =>
      (await this.unitThere(file, signal)).serialNumber === unit.serialNumber;
    const follower = new Follower(
      { terminal: terminal.name, log, file, delivery, onNotice, isSameUnit, signal },
      progress,
    );
    this.session = { unit, follower };
    const newest = await follower.begin();
    this.routes.open();
    this.isConnected = true;
    onNotice({ terminal: terminal.name, notice: 'connected', route: this.routes.route, newest });
    this.tellClock();
    this.tell(this.routes.route);
    return this.session;
  }

  /** One that does not say who it is is taken for the one that was there. */
  private async unitThere(file: CursorFile, signal: AbortSignal): Promise<UnitIdentity> {
    const { serialNumber, firmware } = await identify(this.options.terminal, signal);
    return { serialNumber: serialNumber || file.current || UNNAMED, firmware };
  }

  /** How far the events of this unit were delivered; another one than before is said, and read from its oldest. */
  private async unitOf(serialNumber: string, file: CursorFile, log: EventLog): Promise<Progress> {
    const { terminal, begin, onNotice } = this.options;
    const before = file.current;
    const isOther = before !== '' && before !== serialNumber;
    const known = file.progressOf(serialNumber);
    if (known && !isOther) return known;
    const after = file.progressOf(before)?.position.serial ?? 0;
    const progress = known ?? Progress.from(serialNumber, 1, await beginning(log, isOther ? 'kept' : begin));
    if (isOther) {
      const { epoch } = progress;
      onNotice({ terminal: terminal.name, notice: 'renumbered', why: 'identity', epoch, serialNumber, after });
    }
    file.use(progress);
    await this.delivery?.save(true);
    return progress;
  }

  /** Reads to the end, and sleeps until there may be more. */
  private async turn({ follower, unit }: Session, signal: AbortSignal): Promise<void> {
    const isRung = this.wasRung;
    const busyBefore = follower.log.busyMs;
    try {
      const news = await follower.read();
      // Only now it works: what fails behind each connect would otherwise be told, and tried again, each time.
      this.reported = undefined;
      this.failures = 0;
      this.vain = isRung && news === 0 ? this.vain + 1 : 0;
      this.routes.noteRead(news, isRung);
      for (let replay = this.replays.shift(); replay; replay = this.replays.shift()) {
        await this.again(follower, replay);
        // Nobody at the door waits for the past.
        await follower.read();
      }
    } catch (error) {
      // What it took before it does not take now: it is found out anew.
      if (isRefusedSearch(error)) await this.options.memory.saveDialect(unit, undefined);
      throw error;
    }
    this.routes.open();
    this.tell(this.routes.route);
    if (this.vain > MOST_VAIN) {
      await wait(Math.min(VAIN_PAUSE_MS * 2 ** (this.vain - MOST_VAIN), this.options.pollMs), signal);
    }
    const peaceMs = Math.min(PEACE * (follower.log.busyMs - busyBefore), LONGEST_PAUSE_MS);
    this.wasRung = await this.bell.sleep(Math.max(this.routes.periodMs, peaceMs), signal);
  }

  private wasRung = true;
  /** Failures since it last worked. */
  private failures = 0;
  /** So often in a row something was announced, and nothing was there. */
  private vain = 0;

  private async again(follower: Follower, { from, resolve, reject }: Replay): Promise<void> {
    try {
      await follower.replay(typeof from === 'number' ? from : await firstSince(follower, this.clock, from));
      resolve();
    } catch (error) {
      reject(asFailure(error));
      throw error;
    }
  }

  /** Says once what has failed. */
  private async failed(error: unknown): Promise<HikvisionError> {
    const { terminal, onNotice, onFailure } = this.options;
    const failure = terminal.named(error, 'read events');
    // What was passed over is not read again.
    await this.delivery?.save(false);
    if (this.isConnected) onNotice({ terminal: terminal.name, notice: 'disconnected', failure });
    this.isConnected = false;
    this.wasRung = true;
    const key = `${failure.reason} ${failure.code}`;
    if (this.reported !== key) onFailure(failure);
    this.reported = key;
    this.tell('failed', failure);
    return failure;
  }

  private async openFile(signal: AbortSignal): Promise<CursorFile> {
    const { memory, reader, terminal, onFailure } = this.options;
    const { file, problem, release } = await memory.cursorFile(reader, terminal.name, signal);
    this.releaseFile = release;
    if (problem) {
      const detail = printable(problem.message, 100);
      onFailure(terminal.named(HikvisionError.of('placeUnreadable', { params: { detail } }), 'read events'));
    }
    return file;
  }

  private newDelivery(file: CursorFile): Delivery {
    const { options } = this;
    const { terminal, pictures } = options;
    return new Delivery(
      {
        ...options,
        terminal: terminal.name,
        userName: terminal.settings.credentials?.username,
        pictureOf: (record, signal) => (pictures ? this.pictures.of(record, signal) : Promise.resolve(undefined)),
        onStray: (serial, signal) => this.readClockAgain(serial, signal),
        onWaiting: (isWaiting) => this.tell(isWaiting ? 'waiting' : this.routes.route),
        onSaved: (error) => this.noteSaved(error),
      },
      file,
      this.clock,
    );
  }

  private noteSaved(error: unknown): void {
    const { terminal, onFailure } = this.options;
    if (error !== undefined && !this.unsaved) {
      const detail = printable(error instanceof Error ? error.message : 'unknown', 100);
      onFailure(terminal.named(HikvisionError.of('placeNotSaved', { params: { detail } }), 'read events'));
    }
    this.unsaved = error !== undefined;
  }

  /** At most once a minute: an event may be old for other reasons. */
  private async readClockAgain(serial: number, signal: AbortSignal): Promise<void> {
    if (performance.now() - this.clockReadAt < CLOCK_PAUSE_MS) return;
    this.clockReadAt = performance.now();
    await readClock(this.options.terminal, this.clock, signal);
    this.tellClock(serial);
  }

  private tellClock(serial?: number): void {
    const { seconds } = this.clock;
    if (Math.abs(seconds - this.toldClock) < WORTH_TELLING_S) return;
    const before = this.toldClock;
    this.toldClock = seconds;
    const { terminal, onNotice } = this.options;
    onNotice({
      terminal: terminal.name,
      notice: 'clock',
      seconds,
      ...(before === 0 && serial === undefined ? {} : { before }),
      ...(serial === undefined ? {} : { serial }),
    });
  }

  private tell(state: WatchState, failure?: HikvisionError): void {
    if (this.state === 'stopped' && state !== 'connecting') return;
    const isNew = state !== this.state || this.delivery?.last?.serial !== this.toldSerial;
    if (!isNew && !failure) return;
    this.state = state;
    this.toldSerial = this.delivery?.last?.serial;
    const { last } = this.delivery ?? {};
    this.options.onState({ state, ...(last && { last }), ...(failure && { failure }) });
  }

  private toldSerial: number | undefined;
}

/** Flows may throw: that ends no watch, and leaves none of its timers without anybody who catches. */
function shielded(options: EventWatchOptions): EventWatchOptions {
  const { terminal, onEvent, onNotice, onState, onFailure } = options;
  let isTold = false;
  const shield =
    <T>(give: (value: T) => void) =>
    (value: T): void => {
      try {
        give(value);
      } catch (error) {
        if (!isTold) tell(terminal.named(error, 'read events'));
        isTold = true;
      }
    };
  const tell = (failure: HikvisionError): void => {
    try {
      onFailure(failure);
    } catch {
      // Nobody is left to be told.
    }
  };
  return {
    ...options,
    onEvent: shield(onEvent),
    onNotice: shield(onNotice),
    onState: shield(onState),
    onFailure: tell,
  };
}

/** @param failures in a row before this one */
function pauseAfter(failure: HikvisionError | undefined, failures: number): number {
  if (failure && (LASTING.has(failure.code) || LACKING.test(failure.code))) return LONGEST_PAUSE_MS;
  if (failure?.reason === 'logRefused') return REFUSED_PAUSE_MS;
  // Another unit is looked at at once, unless they change all the time.
  if (!failure && failures === 0) return 0;
  return Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS) * (0.75 + Math.random() / 4);
}
