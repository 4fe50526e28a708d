import * as connection from '../../settings/connection.js';
import { choice } from '../../settings/kinds.js';
import { rule, type Given, type Rule } from '../../settings/rule.js';

/** Limits of a table of terminals, whoever wrote it: a file is foreign input. */
export const LIMITS = { bytes: 4 * 1024 * 1024, rows: 10_000, characters: 1000, problems: 100 } as const;

const NAME_CHARACTERS = 128;

/** What is wrong with a cell, a row or a whole file; the dialog and the runtime have a sentence for each. */
type ProblemReason =
  | connection.ConnectionReason
  | 'wholeNumber'
  | 'notAllowed'
  | 'notText'
  | 'long'
  | 'controlCharacters'
  | 'nameTaken'
  | 'loginUnknown'
  | 'loginWanted'
  | 'columnUnknown'
  | 'columnTwice'
  | 'hostColumn'
  | 'secretColumn'
  | 'moreCells'
  | 'quote'
  | 'notRow'
  | 'notList'
  | 'syntax'
  | 'tooManyRows';

/** Where a table has a mistake. */
export interface Problem {
  /** From 1: a line of the file, or a row of the table in the dialog. */
  line: number;
  /** The name of the column, or the place in the line (from 1) where no column is known. */
  column: string;
  reason: ProblemReason;
  params?: Readonly<Record<string, string | number>>;
}

/** A row as it was given: any cell may be missing, and of a JSON file a cell may be anything. */
export type Cells = Readonly<Partial<Record<Column, unknown>>>;

/** A row with the line at which it begins. */
export interface Row {
  line: number;
  cells: Cells;
}

/** Words that people see in lists and errors: short, and one line. */
function label(): Rule<string, 'notText' | 'long' | 'controlCharacters'> {
  return rule<string, 'notText' | 'long' | 'controlCharacters'>('text', { value: '' }, (value) => {
    if (typeof value !== 'string' && typeof value !== 'number') return { refused: 'notText' };
    const text = String(value).trim();
    if (text.length > NAME_CHARACTERS) return { refused: 'long', params: { max: NAME_CHARACTERS } };
    return /\p{Cc}/u.test(text) ? { refused: 'controlCharacters' } : { value: text };
  });
}

/** One rule a column; in this order they stand in a table without headings. */
export const COLUMNS = {
  /** Blank: the address. */
  name: label(),
  host: connection.host,
  port: connection.port,
  protocol: connection.protocol,
  // Not as in an isapi-config: a word that is none is a mistake in the table, and is named.
  certificate: choice(['verify', 'pin', 'none']),
  fingerprint: connection.fingerprint,
  site: label(),
  /** The name of a login; blank where the directory has one only, or none. */
  login: label(),
} satisfies Record<string, Rule<unknown, string>>;

export type Column = keyof typeof COLUMNS;

export const COLUMN_NAMES = Object.keys(COLUMNS) as Column[];

/** Whether a column is looked at as the others of its row stand. */
export function isUsed(column: Column, cells: Cells): boolean {
  const isHttps = COLUMNS.protocol.read(cells.protocol).value !== 'http';
  if (column === 'certificate') return isHttps;
  if (column === 'fingerprint') return isHttps && COLUMNS.certificate.read(cells.certificate).value === 'pin';
  return true;
}

/** Why this cell cannot be used; undefined where it can. */
export function whatIsWrong(column: Column, cells: Cells): Pick<Problem, 'reason' | 'params'> | undefined {
  if (!isUsed(column, cells)) return undefined;
  const given: Given = (name) => cells[name as Column];
  const value = cells[column];
  if (typeof value === 'string' && value.length > LIMITS.characters) {
    return { reason: 'long', params: { max: LIMITS.characters } };
  }
  const rule: Rule<unknown, string> = COLUMNS[column];
  const { refused, params } = rule.read(value, given) as { refused?: ProblemReason; params?: Problem['params'] };
  if (refused === undefined) return undefined;
  return params === undefined ? { reason: refused } : { reason: refused, params };
}
