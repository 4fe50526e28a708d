import { facesOf } from '../operations/person/person.js';
import type { Tree } from '../protocol/document.js';
import type { Terminal } from '../terminal/terminal.js';
import { digestOf } from './difference.js';
import { GONE, UNSETTLED, type Remembered, type Settled } from './memory.js';
import { readAllCards, readCardsOf, type CardsByPerson } from './reading/cards.js';
import { readFacesOf } from './reading/faces.js';
import type { SyncLimits } from './reading/limits.js';
import { readEverybody, readNamed, type Count } from './reading/persons.js';
import type { SyncOptions } from './options.js';
import { unhurried } from './unhurried.js';
import type { WantedPerson } from './wanted/person-list.js';

/** What was read of a terminal. */
export interface Look {
  kind: 'quick' | 'full';
  /** Persons on the terminal. */
  found: number;
  foreign: number;
  /** Persons of the list who are there, as the terminal shows them. */
  stored: ReadonlyMap<string, Tree>;
  /** Persons of the list who were found as it says, and have not been read again. */
  settled: ReadonlySet<string>;
  /** Those who are on the terminal and in no list, as far as their numbers are known. */
  others: readonly string[];
  /** Those of them who have a face. */
  facesOfOthers: ReadonlySet<string>;
  /** Whoever has a face, of those with whom the terminal does not show it; undefined where it does not tell at all. */
  faces: ReadonlySet<string> | undefined;
  /** Of the persons who were read, where the list speaks of cards. */
  cards: CardsByPerson;
  /** When everybody was last read. */
  readAt: number;
}

export interface Looking {
  terminal: Terminal;
  limits: SyncLimits;
  options: SyncOptions;
  count: Count | undefined;
  onPage: (read: number, told: number) => void;
}

/** However quiet a terminal seems, once a day it is read whole: a name that was changed by hand changes no count. */
const FULL_LOOK_MS = 24 * 3_600_000;

/** Whether what is remembered and the terminal's own count leave nothing to be suspected. */
export function mayLookQuickly(
  { options, count }: Pick<Looking, 'options' | 'count'>,
  remembered: Remembered | undefined,
  now: number,
): remembered is Remembered & { settled: Settled } {
  const settled = remembered?.settled;
  if (!settled || !count || options.full || settled.scope !== options.scope) return false;
  return count.all === settled.count && isOfToday(settled, now);
}

/** Whether the whole terminal has been read within a day. */
export function isOfToday({ readAt }: Settled, now: number): boolean {
  const age = now - readAt;
  return age >= 0 && age < FULL_LOOK_MS;
}

/** What is remembered of a person who is as the list says. */
export function settledAs(person: WantedPerson): string {
  return person.remove ? GONE : digestOf(person);
}

/**
 * Reads only the persons of whom the list says something new, and those whom it no longer names.
 * @returns undefined where that shows that not all is as it was: then everybody has to be read
 */
export async function lookQuickly(looking: Looking, settled: Settled): Promise<Look | undefined> {
  const { terminal, limits, options, count } = looking;
  const { signal, persons } = options;
  const listed = new Map(persons.map((person) => [person.employeeNo, person]));
  const same = new Set<string>();
  await unhurried(persons, signal, (person) => {
    if (settled.persons.get(person.employeeNo) === settledAs(person)) same.add(person.employeeNo);
  });
  const changed = [...listed.keys()].filter((employeeNo) => !same.has(employeeNo));
  const gone = [...settled.persons.keys()].filter((employeeNo) => !listed.has(employeeNo));
  const found = await readNamed(terminal, limits, [...changed, ...gone], signal);
  const wasThere = (employeeNo: string): boolean =>
    ![undefined, UNSETTLED, GONE].includes(settled.persons.get(employeeNo));
  // As many as there were, but others: or a search that does not find whom it should.
  if ([...changed, ...gone].some((employeeNo) => wasThere(employeeNo) && !found.has(employeeNo))) return undefined;
  const others = gone.filter((employeeNo) => found.has(employeeNo));
  const withCards = changed.filter(
    (employeeNo) => listed.get(employeeNo)?.cards !== undefined && found.has(employeeNo),
  );
  const stored = new Map([...found].filter(([employeeNo]) => listed.has(employeeNo)));
  const foreign = settled.foreign - changed.filter((each) => !settled.persons.has(each) && found.has(each)).length;
  return {
    kind: 'quick',
    found: count?.persons ?? settled.found,
    foreign: Math.max(0, foreign) + others.length,
    stored,
    settled: same,
    others,
    facesOfOthers: new Set(others.filter((employeeNo) => (facesOf(found.get(employeeNo) ?? {}) ?? 0) > 0)),
    faces: await readHiddenFaces(looking, stored),
    cards:
      withCards.length === 0 ? new Map<string, Set<string>>() : await readCardsOf(terminal, limits, withCards, signal),
    readAt: settled.readAt,
  };
}

/** Reads everybody. @throws HikvisionError `LIST_INCOMPLETE` */
export async function lookAtAll(looking: Looking): Promise<Look> {
  const { terminal, limits, options, count, onPage } = looking;
  const { signal, persons } = options;
  const listed = new Set(persons.map(({ employeeNo }) => employeeNo));
  const everybody = await readEverybody(
    ...([terminal, limits, count, (employeeNo: string) => listed.has(employeeNo), signal, onPage] as const),
  );
  const others = [...everybody.persons.keys()].filter((employeeNo) => !listed.has(employeeNo));
  const stored = new Map([...everybody.persons].flatMap(([no, shown]) => (shown ? [[no, shown] as const] : [])));
  const speaksOfCards = persons.some(({ cards }) => cards !== undefined);
  return {
    kind: 'full',
    found: everybody.found,
    foreign: others.length,
    stored,
    settled: new Set(),
    // Somebody without a number cannot be named, and so not be removed.
    others: others.filter((employeeNo) => employeeNo !== ''),
    facesOfOthers: everybody.facesOfOthers,
    faces: await readHiddenFaces(looking, stored),
    cards: speaksOfCards ? await readAllCards(terminal, limits, signal) : new Map<string, Set<string>>(),
    readAt: Date.now(),
  };
}

/** Whether somebody who was read has a face; undefined where the terminal does not tell. */
export function hasFace({ stored, faces }: Look, employeeNo: string): boolean | undefined {
  const shown = facesOf(stored.get(employeeNo) ?? {});
  return shown === undefined ? faces?.has(employeeNo) : shown > 0;
}

/** As `Look.faces`, of those whose face the list speaks of. */
async function readHiddenFaces(
  { terminal, limits, options: { persons, signal } }: Looking,
  stored: ReadonlyMap<string, Tree>,
): Promise<Look['faces']> {
  const hidden = persons.filter(({ employeeNo, face }) => {
    const person = face && stored.get(employeeNo);
    return person && facesOf(person) === undefined;
  });
  if (hidden.length === 0) return new Set();
  return readFacesOf(
    terminal,
    limits,
    hidden.map(({ employeeNo }) => employeeNo),
    signal,
  );
}
