import type { EditRequest } from '../../../../simulator/simulated-terminal.js';
import { NAMES, type Change } from './site/site.js';

/** What a run is like. */
export interface Size {
  /** Of the faults. */
  seconds: number;
  terminals: number;
}

/** Something that happens so many milliseconds after the beginning. */
export type Happening = { at: number } & (
  | { what: 'kill'; instance: string; restartAfter: number }
  | { what: 'pause' | 'cut database' | 'cut terminals'; instance: string; for: number }
  | { what: 'stop database'; how: 'fast' | 'immediate'; for: number }
  | { what: 'end connections' }
  | { what: 'offline'; terminal: number; for: number }
  | { what: 'reboot' | 'replace'; terminal: number }
  | { what: 'slow'; terminal: number; place: 'capture' | 'face' | 'person' | 'search'; for: number }
  /** A page of a search is answered as though the list moved while it was read. */
  | { what: 'page'; terminal: number; times: number }
  | { what: 'edit'; terminal: number; edit: EditRequest }
  | { what: 'change'; change: Change }
  | { what: 'register'; instance: string; terminal: number; employeeNo: string }
  | { what: 'send'; instance: string; terminal: number }
);

export interface Schedule {
  persons: { number: string; places: string[] }[];
  happenings: Happening[];
}

export const INSTANCES = ['north', 'south'] as const;
const PERSONS = 40;
/** Terminals of each person, and those that a change of access turns over. */
const PLACES = 8;
const TURNED = 3;
/** Registrations meet at so few terminals that they meet each other. */
const DOORS = 4;

/** Even ones have lists of those who may and may not come; of the others the list is everybody. */
export function isWhole(index: number): boolean {
  return index % 2 === 1;
}

export function terminalName(index: number): string {
  return `T${String(index + 1).padStart(2, '0')}`;
}

/** The same for the same seed. */
export function scheduleOf(seed: number, { seconds, terminals }: Size): Schedule {
  const dice = new Dice(seed);
  const persons = Array.from({ length: PERSONS }, (_none, index) => {
    return { number: String(101 + index), places: dice.several(terminals - 1, PLACES).map(terminalName) };
  });
  const span = seconds * 1000;
  const happenings = [
    ...INSTANCES.flatMap((instance) => troubles(dice, instance, span, seconds > 60)),
    ...databaseTroubles(dice, span),
    ...terminalTroubles(dice, span, terminals),
    ...every(dice, span, 300, 1500, (at) => ({ at, what: 'change', change: anyChange(dice, persons, terminals) })),
    ...registrations(dice, span),
    ...every(dice, span, 2000, 8000, (at): Happening => {
      return { at, what: 'send', instance: dice.one(INSTANCES), terminal: dice.below(terminals) };
    }),
  ];
  return { persons, happenings: happenings.sort((one, other) => one.at - other.at) };
}

/** An instance is killed, paused or cut off each 5 to 20 s; the next trouble comes after this one. */
function troubles(dice: Dice, instance: string, span: number, isLong: boolean): Happening[] {
  const found: Happening[] = [];
  let at = dice.between(1000, 8000);
  while (at < span) {
    const kind = dice.below(10);
    const longest = isLong ? 60_000 : 12_000;
    const length = Math.min(dice.between(1000, longest), Math.max(1000, span - at));
    if (kind < 5) {
      found.push({ at, what: 'kill', instance, restartAfter: dice.between(0, 3000) });
      at += dice.between(5000, 20_000);
    } else {
      const what = kind < 7 ? 'pause' : kind < 9 ? 'cut database' : 'cut terminals';
      found.push({ at, what, instance, for: length });
      at += length + dice.between(3000, 12_000);
    }
  }
  return found;
}

function databaseTroubles(dice: Dice, span: number): Happening[] {
  const how = (): 'fast' | 'immediate' => dice.one(['fast', 'immediate']);
  return [
    ...every(dice, span, 15_000, 45_000, (at) => {
      return { at, what: 'stop database', how: how(), for: dice.between(1000, 4000) };
    }),
    ...every(dice, span, 15_000, 40_000, (at) => ({ at, what: 'end connections' })),
  ];
}

function terminalTroubles(dice: Dice, span: number, terminals: number): Happening[] {
  const anyone = (): number => dice.below(terminals - 1);
  let made = 500;
  return [
    ...every(dice, span, 2000, 8000, (at) => ({
      at,
      what: 'offline',
      terminal: anyone(),
      for: dice.between(1000, 8000),
    })),
    ...every(dice, span, 4000, 15_000, (at) => ({ at, what: 'reboot', terminal: anyone() })),
    ...every(dice, span, 10_000, 30_000, (at) => ({ at, what: 'replace', terminal: anyone() })),
    ...every(dice, span, 500, 3000, (at) => {
      const place = dice.one(['capture', 'face', 'person', 'search'] as const);
      const terminal = place === 'capture' || dice.below(2) === 0 ? 2 * dice.below(DOORS) : anyone();
      return { at, what: 'slow', terminal, place, for: dice.between(500, 8000) };
    }),
    ...every(dice, span, 1500, 5000, (at) => {
      const edit = anyEdit(dice, () => String((made += 1)));
      return { at, what: 'edit', terminal: anyone(), edit };
    }),
  ];
}

/** Somebody is made who is in no list, or is renamed, loses their face, or goes, at the terminal's own menu. */
function anyEdit(dice: Dice, newNumber: () => string): EditRequest {
  const number = String(101 + dice.below(PERSONS));
  switch (dice.below(4)) {
    case 0:
      return { remove: number };
    case 1:
      return { person: { employeeNo: number, name: 'By hand', face: null } };
    case 2:
      return { person: { employeeNo: number, name: dice.one(NAMES) } };
    default: {
      const employeeNo = newNumber();
      return { person: { employeeNo, name: `Made ${employeeNo}`, face: `P${employeeNo}.1` } };
    }
  }
}

function anyChange(dice: Dice, persons: Schedule['persons'], terminals: number): Change {
  const { number } = dice.one(persons);
  const what = dice.one(['name', 'ends', 'face', 'access', 'access'] as const);
  if (what !== 'access') return { what, number };
  return { what, number, terminals: dice.several(terminals, TURNED).map(terminalName) };
}

function registrations(dice: Dice, span: number): Happening[] {
  let number = 9000;
  return every(dice, span, 500, 2500, (at) => {
    const employeeNo = String((number += 1));
    return { at, what: 'register', instance: dice.one(INSTANCES), terminal: 2 * dice.below(DOORS), employeeNo };
  });
}

function every(dice: Dice, span: number, least: number, most: number, make: (at: number) => Happening): Happening[] {
  const found: Happening[] = [];
  for (let at = dice.between(0, most); at < span; at += dice.between(least, most)) found.push(make(at));
  return found;
}

/** Numbers that a seed determines (mulberry32). */
class Dice {
  constructor(private state: number) {}

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  one<T>(all: readonly [T, ...T[]] | readonly T[]): T {
    return all[this.below(all.length)] as T;
  }

  /** So many different numbers below a limit. */
  several(limit: number, count: number): number[] {
    const found = new Set<number>();
    while (found.size < Math.min(limit, count)) found.add(this.below(limit));
    return [...found];
  }
}
