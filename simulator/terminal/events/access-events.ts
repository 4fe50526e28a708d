import type { TerminalClock } from '../behaviour/clock.js';
import type { Happening, Visitor } from '../behaviour/commands.js';
import type { Emit } from '../behaviour/events.js';
import type { Persons } from '../persons/persons.js';
import { facePicture } from '../picture/simulated-face.js';
import { AccessLog, type TrueRecord } from './access-log.js';
import type { EventBehaviour } from './behaviour.js';
import { Door, type Answer } from './door.js';
import type { AccessRecord, NewRecord } from './record.js';
import { LogSearch } from './search.js';
import type { Cut } from './stream/alert-stream.js';
import { AlertStreams } from './stream/alert-streams.js';
import type { WallClock, ZoneForm } from './wall-clock.js';
import { picturePath, serialOf, type Sender } from './written.js';

/** What the events of a terminal need of the terminal. */
interface Surroundings {
  behaviour: EventBehaviour;
  serialNumber: string;
  clock: TerminalClock;
  wallClock: WallClock;
  persons: Persons;
  /** Where the terminal listens, as the beginning of a URL. */
  origin: () => string;
  sender: () => Sender;
  emit: Emit;
}

/** The log of one terminal, the door beside it and the streams that tell of both. */
export class AccessEvents {
  readonly search: LogSearch;
  readonly streams: AlertStreams;
  private readonly log: AccessLog;
  private readonly place: Door;

  constructor(private readonly surroundings: Surroundings) {
    const { behaviour, serialNumber, clock, wallClock, persons, origin, sender, emit } = surroundings;
    this.log = new AccessLog(serialNumber, wallClock, behaviour);
    this.search = new LogSearch(this.log, behaviour, wallClock, origin);
    this.streams = new AlertStreams(this.log, behaviour, clock, wallClock, sender);
    this.place = new Door(persons, behaviour, clock, wallClock, (content) => this.record(content), emit);
  }

  /**
   * Writes a record, and tells all who listen.
   * @param options `hidden`: no search finds it until `show()`
   */
  record(content: NewRecord, { hidden = false }: { hidden?: boolean } = {}): AccessRecord {
    const { late } = this.surroundings.behaviour;
    const record = this.log.add(content);
    if (hidden) this.log.hide(record);
    else if (late && record.serial % late.every === 0) {
      this.log.hide(record);
      this.surroundings.clock.after(late.seconds, () => this.log.show(record));
    }
    this.streams.send(record);
    return record;
  }

  /** Searches find every record from now on. */
  show(): void {
    this.log.show();
  }

  /** The terminal leaves out so many numbers. */
  skipNumbers(numbers: number): void {
    this.log.skip(numbers);
  }

  /** Ends the streams and whatever else is in progress. */
  abandon(): void {
    this.streams.end();
    this.log.show();
  }

  /** Somebody comes to the door. */
  walkUp(visitor: Visitor): Answer {
    return this.place.walkUp(visitor);
  }

  /** Something happens at the door. @returns what was written of it */
  door(happening: Happening): AccessRecord[] {
    return this.place.happen(happening);
  }

  /** Somebody commands the door over the network. */
  remoteDoor(cmd: string): void {
    this.place.remote(cmd);
  }

  /** Somebody logged in over the network. */
  login(remoteHostAddr: string, netUser: string): void {
    this.record({ major: 3, minor: 112, remoteHostAddr, netUser });
    this.record({ major: 4, minor: 1061, remoteHostAddr, netUser });
  }

  /** Numbers of the oldest and the newest stored record, 0 where there is none, and how many are stored. */
  ring(): { oldest: number; newest: number; size: number } {
    const { oldest, newest, size } = this.log;
    return { oldest: oldest?.serial ?? 0, newest: newest?.serial ?? 0, size };
  }

  /** Everything that ever happened, in order, with what is still stored. */
  get trueLog(): TrueRecord[] {
    return this.log.everything;
  }

  /**
   * The clock shows another time from now on; what was written stays as it is.
   * @param aheadSeconds by which it is ahead of this computer's; negative: behind
   */
  setClock(aheadSeconds: number, zone: ZoneForm = 'offset'): void {
    this.surroundings.wallClock.set(aheadSeconds, zone);
  }

  /** The log is empty and counts from 1. */
  renumber(serialNumber: string): void {
    this.log.renumber(serialNumber);
  }

  /** Every stream breaks off: the terminal does not know that, so that its client's place may stay taken. */
  cutStreams(how: Cut = 'now'): void {
    this.streams.cut(how);
  }

  /** It behaves so from now on. Streams that are open keep their form. */
  change(behaviour: Partial<EventBehaviour>): void {
    Object.assign(this.surroundings.behaviour, behaviour);
  }

  /** The picture behind a path, if the log has it and keeps pictures. */
  pictureAt(path: string): Buffer | undefined {
    const serial = serialOf(path);
    const record = serial === undefined ? undefined : this.log.get(serial);
    const face = record?.details?.face;
    if (!record || face === undefined || picturePath(record) !== path) return undefined;
    return this.surroundings.behaviour.pictures.includes('URL') ? facePicture(face) : undefined;
  }
}
