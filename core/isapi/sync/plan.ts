import { asFailure, HikvisionError } from '../../errors/hikvision-error.js';
import { changeOf, type Change } from './difference.js';
import { hasFace, type Look } from './look.js';
import type { Remembered } from './memory.js';
import type { PersonFailure, SyncOptions } from './options.js';
import { unhurried } from './unhurried.js';
import { versionIn, type WantedFace } from './wanted/face.js';
import type { WantedPerson } from './wanted/person-list.js';
import type { CardChange } from './writing/cards.js';

/** What has to be done. */
export interface Plan {
  /** Persons whose access ends: first of all. */
  leavers: string[];
  /** Persons who are in no list, where the list is everybody. */
  strangers: string[];
  /** Those who lose something come before the others. */
  changes: Change[];
  additions: WantedPerson[];
  /** Faces to be sent, with their version, by number. */
  faces: Map<string, FaceToSend>;
  /** Cards to be given and taken, by number. */
  cards: Map<string, CardChange>;
  unchanged: number;
  facesKept: number;
  /** Those of them whom nothing but what was sent once tells to have a face. */
  facesUnseen: Set<string>;
  /** What can be said before anything is written. */
  failed: PersonFailure[];
}

export interface FaceToSend {
  face: WantedFace;
  version: string;
}

/** What is known of the terminal beside what was read of it. */
export interface Known {
  remembered: Remembered;
  /** Another terminal hangs there now: whatever it has, it was not sent by us. */
  isReplaced: boolean;
  capacity: number | undefined;
}

/** Compares the list with what was read. */
export async function planOf(look: Look, known: Known, options: SyncOptions): Promise<Plan> {
  const { persons, scope } = options;
  const plan: Plan = {
    ...{ leavers: [], strangers: [], changes: [], additions: [], failed: [], unchanged: 0, facesKept: 0 },
    ...{ faces: new Map(), cards: new Map(), facesUnseen: new Set() },
  };
  await unhurried(persons, options.signal, (person) => {
    if (!person.remove) return addPerson(plan, person, look, known, options);
    if (look.stored.has(person.employeeNo)) plan.leavers.push(person.employeeNo);
    return undefined;
  });
  // A list of nobody is a mistake rather than a wish.
  const isEmpty = persons.every(({ remove }) => remove);
  if (scope === 'all' && !isEmpty) plan.strangers.push(...look.others);
  plan.changes.sort((one, other) => Number(other.isNarrowing) - Number(one.isNarrowing));
  return plan;
}

/** Whether anything has to be written. */
export function isNothing({ leavers, strangers, changes, additions, faces, cards }: Plan): boolean {
  return leavers.length + strangers.length + changes.length + additions.length + faces.size + cards.size === 0;
}

/**
 * Before the first write.
 * @throws HikvisionError `TOO_MANY_REMOVALS`, `CAPACITY`
 */
export function assertAllowed(plan: Plan, { found }: Look, { capacity }: Known, { maxRemovals }: SyncOptions): void {
  const removals = plan.leavers.length + plan.strangers.length;
  if (!(removals <= maxRemovals)) {
    throw HikvisionError.of('tooManyRemovals', { delivery: 'unsent', params: { removals, limit: maxRemovals, found } });
  }
  const additions = plan.additions.length;
  if (capacity !== undefined && additions > 0 && found - removals + additions > capacity) {
    throw HikvisionError.of('capacity', { delivery: 'unsent', params: { capacity, found, removals, additions } });
  }
}

/** Whether there is no room for the new ones before the strangers have gone. */
export function mustRemoveFirst({ leavers, additions }: Plan, { found }: Look, { capacity }: Known): boolean {
  return capacity !== undefined && found - leavers.length + additions.length > capacity;
}

async function addPerson(
  plan: Plan,
  person: WantedPerson,
  look: Look,
  { remembered, isReplaced }: Known,
  options: SyncOptions,
): Promise<void> {
  const { employeeNo } = person;
  const stored = look.stored.get(employeeNo);
  const isSettled = look.settled.has(employeeNo);
  try {
    if (isSettled) {
      plan.unchanged += 1;
    } else if (stored) {
      const change = changeOf(person, stored, { nameBytes: remembered.nameBytes, isSettled });
      if (change) plan.changes.push(change);
      else plan.unchanged += 1;
    } else {
      plan.additions.push(person);
    }
  } catch (error) {
    plan.failed.push({ employeeNo, step: 'person', failure: asFailure(error), retryable: false });
    return;
  }
  addCards(plan, person, look, isSettled);
  await addFace(plan, person, {
    // Whoever is new has none, whatever was sent to somebody of this number before.
    has: isSettled || (stored ? hasFace(look, employeeNo) : false),
    isReplaced,
    sent: remembered.faces.get(employeeNo),
    mode: options.faces,
  });
}

function addCards(plan: Plan, { employeeNo, cards }: WantedPerson, look: Look, isSettled: boolean): void {
  if (!cards || isSettled) return;
  const held = look.cards.get(employeeNo) ?? new Set();
  const add = cards.filter((card) => !held.has(card));
  const remove = [...held].filter((card) => !cards.includes(card));
  if (add.length + remove.length > 0) plan.cards.set(employeeNo, { employeeNo, add, remove, held: held.size });
}

interface FaceKnowledge {
  /** Undefined where the terminal does not tell. */
  has: boolean | undefined;
  isReplaced: boolean;
  /** The version that was sent last. */
  sent: string | undefined;
  mode: SyncOptions['faces'];
}

async function addFace(
  plan: Plan,
  { employeeNo, face }: WantedPerson,
  { has, isReplaced, sent, mode }: FaceKnowledge,
): Promise<void> {
  if (!face) return;
  try {
    const isMissing = !(has ?? sent !== undefined);
    const isAnyhow = mode === 'all' || isReplaced || isMissing;
    if (isAnyhow || mode !== 'missing') {
      const version = await versionIn(face);
      if (isAnyhow || version !== sent) {
        plan.faces.set(employeeNo, { face, version });
        return;
      }
    }
    plan.facesKept += 1;
    if (has === undefined) plan.facesUnseen.add(employeeNo);
  } catch (error) {
    plan.failed.push({ employeeNo, step: 'face', failure: asFailure(error), retryable: false });
  }
}
