import type { TerminalClock } from '../behaviour/clock.js';
import type { Happening, Visitor } from '../behaviour/commands.js';
import type { Emit } from '../behaviour/events.js';
import type { Person } from '../persons/person.js';
import type { Persons } from '../persons/persons.js';
import { doorsOf } from '../persons/shown-person.js';
import { isObject } from '../protocol/request-documents.js';
import type { EventBehaviour } from './behaviour.js';
import type { AccessRecord, NewRecord } from './record.js';
import { wallText, type WallClock } from './wall-clock.js';

/** How somebody who came was met. */
export interface Answer {
  granted: boolean;
  /** Major and minor of the record: 5-75. */
  code: string;
  employeeNo?: string;
  /** All that was written. */
  records: AccessRecord[];
}

const DOOR = 1;

/** Minors of major 5. */
const CONTACT: Record<Happening, readonly number[]> = {
  opened: [25],
  closed: [26],
  leftOpen: [28],
  forced: [27],
  exitButton: [23, 24],
  doorbell: [37],
};
const UNLOCKED = 21;
const LOCKED = 22;

/** Minors of major 3. That `resume` is written as a closing is an assumption. */
const REMOTE: Record<string, number> = { open: 1024, close: 1025, alwaysOpen: 1026, alwaysClose: 1027, resume: 1025 };

interface Recognised {
  person?: Person;
  /** Minor where the person is let in. */
  accepted: number;
  /** Minor where nobody is known by this. */
  unknown: number;
  face?: string;
  cardNo?: string;
}

/** The door beside one terminal. */
export class Door {
  constructor(
    private readonly persons: Persons,
    private readonly behaviour: EventBehaviour,
    private readonly clock: TerminalClock,
    private readonly wallClock: WallClock,
    private readonly record: (content: NewRecord) => AccessRecord,
    private readonly emit: Emit,
  ) {}

  /** Somebody comes to the door, and is let in or not. */
  walkUp(visitor: Visitor): Answer {
    const { person, accepted, unknown, face, cardNo } = this.recognise(visitor);
    const refusal = person ? this.refusalOf(person) : unknown;
    const minor = refusal ?? accepted;
    const userType = person?.UserInfo['userType'];
    const content: NewRecord = {
      major: 5,
      minor,
      door: DOOR,
      reader: 1,
      ...(person && { employeeNo: person.employeeNo, name: person.name }),
      ...(typeof userType === 'string' && { userType }),
      ...(cardNo !== undefined && (this.behaviour.writesCards || !person) && { cardNo }),
      ...(face !== undefined && { face }),
    };
    const write = (): AccessRecord[] => [this.record(content)];
    const granted = refusal === undefined;
    const records = !granted
      ? write()
      : this.behaviour.unlockFirst
        ? [...this.unlock(), ...write()]
        : [...write(), ...this.unlock()];
    const who = person ? { employeeNo: person.employeeNo } : {};
    this.emit({
      event: granted ? 'let in' : 'denied',
      code: `5-${minor}`,
      ...who,
      ...(person && { name: person.name }),
    });
    return { granted, code: `5-${minor}`, ...who, records };
  }

  happen(happening: Happening): AccessRecord[] {
    const records = CONTACT[happening].map((minor) => this.record({ major: 5, minor, door: DOOR }));
    this.emit({ event: 'at the door', door: DOOR, what: happening });
    return happening === 'exitButton' ? [...records, ...this.unlock()] : records;
  }

  /** Somebody commands the door over the network; the records do not say who. */
  remote(cmd: string): void {
    const minor = REMOTE[cmd];
    if (minor === undefined) return;
    this.record({ major: 3, minor, door: DOOR, remoteHostAddr: '', netUser: '' });
    if (cmd === 'open') this.unlock();
  }

  private unlock(): AccessRecord[] {
    this.clock.after(this.behaviour.unlockSeconds, () => this.record({ major: 5, minor: LOCKED, door: DOOR }));
    return [this.record({ major: 5, minor: UNLOCKED, door: DOOR })];
  }

  private recognise(visitor: Visitor): Recognised {
    if ('face' in visitor) {
      const { face } = visitor;
      return { ...found(this.persons.all().find((each) => each.face?.name === face)), accepted: 75, unknown: 76, face };
    }
    if ('card' in visitor) {
      const { card: cardNo } = visitor;
      return {
        ...found(this.persons.all().find(({ cards }) => cards.includes(cardNo))),
        accepted: 1,
        unknown: 9,
        cardNo,
      };
    }
    const person = this.persons.get(visitor.employeeNo);
    const cardNo = person?.cards[0];
    if (person?.face) return { person, accepted: 75, unknown: 76, face: person.face.name };
    if (person && cardNo !== undefined) return { person, accepted: 1, unknown: 9, cardNo };
    return { ...found(person), accepted: 226, unknown: 152 };
  }

  /** The minor that says why this person is not let in. */
  private refusalOf(person: Person): number | undefined {
    const { Valid, userType } = person.UserInfo;
    if (userType === 'blackList') return 113;
    if (!doorsOf(person).includes(DOOR)) return 6;
    if (!isObject(Valid) || Valid['enable'] === false) return undefined;
    const { beginTime, endTime, timeType } = Valid;
    const now = wallText(timeType === 'UTC' ? this.wallClock.utc() : this.wallClock.now());
    if (typeof beginTime === 'string' && now < beginTime) return 7;
    if (typeof endTime === 'string' && now > endTime) return 8;
    return undefined;
  }
}

function found(person: Person | undefined): { person?: Person } {
  return person ? { person } : {};
}
