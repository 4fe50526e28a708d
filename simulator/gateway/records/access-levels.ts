import type { Emit } from '../behaviour/events.js';
import { isObject, list, MOST_IDS, text, wholeNumber, type JsonObject } from '../protocol/input.js';
import { refuse } from '../protocol/replies.js';
import type { Persons } from './persons.js';
import type { Visits } from './visits.js';

/** Whom an access level is for: 1 persons, 2 visitors. */
type LevelType = 1 | 2;

interface AccessLevel {
  privilegeGroupId: string;
  privilegeGroupName: string;
  type: LevelType;
  members: Set<string>;
}

/** The access levels of one gateway and who has them. Every method throws a Refusal for what the gateway refuses. */
export class AccessLevels {
  private readonly levels: readonly AccessLevel[] = [
    { privilegeGroupId: '1', privilegeGroupName: 'Main entrance', type: 1, members: new Set() },
    { privilegeGroupId: '2', privilegeGroupName: 'All doors', type: 1, members: new Set() },
    { privilegeGroupId: '7', privilegeGroupName: 'Visitors', type: 2, members: new Set() },
  ];

  constructor(
    private readonly persons: Persons,
    private readonly visits: Visits,
    private readonly emit: Emit,
  ) {}

  /** Those of the type that is asked for, as the list shows them. */
  listed(input: JsonObject): Omit<AccessLevel, 'members' | 'type'>[] {
    const type = levelType(input);
    return this.levels
      .filter((level) => level.type === type)
      .map(({ privilegeGroupId, privilegeGroupName }) => ({ privilegeGroupId, privilegeGroupName }));
  }

  /** Whoever has the access level; nobody where there is none. */
  membersOf(privilegeGroupId: string): string[] {
    return [...(this.levels.find((level) => level.privilegeGroupId === privilegeGroupId)?.members ?? [])];
  }

  /** All or nobody: where one of them is not there, nobody gets it. Who has it already keeps it. */
  assign(input: JsonObject): void {
    const { level, ids } = this.named(input);
    const isThere = (id: string): boolean => (level.type === 1 ? this.persons.has(id) : this.visits.hasVisitor(id));
    if (!ids.every(isThere)) throw refuse('128', 'list');
    for (const id of ids) {
      level.members.add(id);
      this.emit({ event: 'access assigned', accessLevel: level.privilegeGroupId, id });
    }
  }

  /** Of whom does not have it nothing is taken, and nothing said. */
  revoke(input: JsonObject): void {
    const { level, ids } = this.named(input);
    for (const id of ids) this.take(level, id);
  }

  /** The person or visitor has no access level any more. */
  revokeAll(id: string): void {
    for (const level of this.levels) this.take(level, id);
  }

  reset(): void {
    for (const { members } of this.levels) members.clear();
  }

  private take(level: AccessLevel, id: string): void {
    if (level.members.delete(id)) this.emit({ event: 'access revoked', accessLevel: level.privilegeGroupId, id });
  }

  private named(input: JsonObject): { level: AccessLevel; ids: string[] } {
    const privilegeGroupId = text(input, 'privilegeGroupId');
    const type = levelType(input);
    const level = this.levels.find((each) => each.privilegeGroupId === privilegeGroupId && each.type === type);
    if (!level) throw refuse('128', 'privilegeGroupId');
    const ids = list(input, 'list', MOST_IDS).map((item) => {
      if (!isObject(item)) throw refuse('0x00072003', 'list');
      return text(item, 'id');
    });
    return { level, ids };
  }
}

function levelType(input: JsonObject): LevelType {
  return wholeNumber(input, 'type', 1, 2) as LevelType;
}
