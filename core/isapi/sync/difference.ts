import { hash } from 'node:crypto';

import { HikvisionError } from '../../errors/hikvision-error.js';
import { child, isTree, text, type Tree } from '../protocol/document.js';
import { changedPerson, unchangedField } from '../operations/person/person-change.js';
import type { WantedPerson } from './wanted/person-list.js';

/** What has to be written for a person who is there. */
export interface Change {
  person: WantedPerson;
  written: Tree;
  /** Somebody loses access by it: that comes before everything else. */
  isNarrowing: boolean;
}

export interface Comparing {
  /** Bytes after which this terminal cuts a name, where that is known. */
  nameBytes: number | undefined;
  /** The terminal was found to hold what the list says of this person, and the list still says so. */
  isSettled: boolean;
}

/** A shorter beginning of a name is another name. */
const LEAST_NAME_BYTES = 16;
const LONG_AGO = '2000-01-01T00:00:00';
/** Access that a terminal may keep to itself; then only what was written tells. */
const ACCESS = ['doorRight', 'RightPlan'];

/**
 * What has to be written so that the person is as the list says; undefined where nothing has.
 * @throws HikvisionError `INVALID_INPUT` or `BAD_REPLY`, as `changedPerson`
 */
export function changeOf(person: WantedPerson, stored: Tree, comparing: Comparing): Change | undefined {
  const written = writtenPerson(person, stored);
  if (differingField(person, stored, written, comparing) === undefined) return undefined;
  return { person, written, isNarrowing: isNarrowing(stored, written) };
}

/** The first field in which a terminal does not show what was written; undefined where it shows all of it. */
export function differingField(
  { change }: WantedPerson,
  stored: Tree,
  written: Tree,
  { nameBytes, isSettled }: Comparing,
): string | undefined {
  if (!isSameName(text(stored, 'name') ?? '', change.name, nameBytes)) return 'name';
  for (const field of ['gender', 'timeType'] as const) {
    const [is, wanted] = [text(stored, field) ?? text(validOf(stored), field), change[field]];
    if (is !== undefined && wanted !== undefined && is.toLowerCase() !== wanted.toLowerCase()) return field;
  }
  const isHidden = change.doors !== undefined && ACCESS.some((field) => child(stored, field) === undefined);
  if (isHidden && !isSettled) return 'doorRight';
  return unchangedField(stored, written);
}

/** Whether the terminal shows this name, or as much of it as it keeps. */
function isSameName(stored: string, wanted: string, nameBytes: number | undefined): boolean {
  if (stored === wanted) return true;
  const kept = keptBytes(stored, wanted);
  // A character that was cut in its middle is left out, or shown as U+FFFD.
  return nameBytes !== undefined && kept !== undefined && kept > nameBytes - 4 && kept <= nameBytes;
}

/** How many bytes of a name the terminal has kept, where what it shows is its beginning. */
export function keptBytes(stored: string, wanted: string): number | undefined {
  const shown = Buffer.from(stored.replace(/\uFFFD+$/, ''));
  const whole = Buffer.from(wanted);
  const isBeginning = shown.length < whole.length && whole.subarray(0, shown.length).equals(shown);
  return isBeginning && shown.length >= LEAST_NAME_BYTES ? shown.length : undefined;
}

/** What a list says of a person, in short: equal where it says the same. */
export function digestOf({ employeeNo, remove, change, cards, face }: WantedPerson): string {
  const said = JSON.stringify(
    remove ? [employeeNo, 'remove'] : [employeeNo, change, cards ?? null, face !== undefined],
  );
  return hash('sha256', said, 'base64url').slice(0, 16);
}

/**
 * An end before the beginning that the terminal has means that the access has ended. Of somebody without any validity, made on
 * the terminal's own menu, the end that the list gives is the whole of it.
 */
function withBegin({ change }: WantedPerson, stored: Tree): WantedPerson['change'] {
  if (change.endTime === undefined) return change;
  if (!isTree(child(stored, 'Valid'))) return { beginTime: LONG_AGO, enabled: true, timeType: 'local', ...change };
  const begin = text(validOf(stored), 'beginTime')?.slice(0, 19);
  const hasEnded = change.beginTime === undefined && begin !== undefined && change.endTime <= begin;
  return hasEnded ? { ...change, beginTime: LONG_AGO } : change;
}

/** @throws HikvisionError `BAD_REPLY` where the terminal does not show what the person may do, and the list says only part of it */
function writtenPerson(person: WantedPerson, stored: Tree): Tree {
  const { employeeNo } = person;
  try {
    return changedPerson(employeeNo, stored, withBegin(person, stored));
  } catch (error) {
    const isUnreadable = error instanceof HikvisionError && error.reason === 'personUnreadable';
    throw isUnreadable
      ? HikvisionError.of('accessUnreadable', { delivery: 'answered', params: { employeeNo } })
      : error;
  }
}

function isNarrowing(stored: Tree, written: Tree): boolean {
  const [was, is] = [accessOf(stored), accessOf(written)];
  const losesDoors = was.doors.some((door) => !is.doors.includes(door));
  const isShorter = is.end < was.end || is.begin > was.begin;
  return losesDoors || isShorter || (was.isEnabled && !is.isEnabled) || (was.isAllowed && !is.isAllowed);
}

function accessOf(person: Tree): {
  doors: string[];
  begin: string;
  end: string;
  isEnabled: boolean;
  isAllowed: boolean;
} {
  const valid = validOf(person);
  return {
    doors: (text(person, 'doorRight') ?? '').split(',').filter(Boolean),
    begin: (text(valid, 'beginTime') ?? '').slice(0, 19),
    end: (text(valid, 'endTime') ?? '').slice(0, 19),
    isEnabled: text(valid, 'enable')?.toLowerCase() !== 'false',
    isAllowed: text(person, 'userType')?.toLowerCase() !== 'blacklist',
  };
}

function validOf(person: Tree): Tree {
  const valid = child(person, 'Valid');
  return isTree(valid) ? valid : {};
}
