import { HikvisionError } from '../../errors/hikvision-error.js';
import { terminalSettings } from '../terminal/terminal-settings.js';
import type { TerminalSettings } from '../terminal/terminal.js';
import { COLUMN_NAMES, COLUMNS, LIMITS, whatIsWrong, type Cells, type Problem, type Row } from './columns.js';
import type { Table } from './delimited.js';

/** A login that rows name. */
export interface NamedLogin {
  name: string;
  username: string;
  password: string;
}

/** What all terminals of a directory have in common, as the node has it: numbers may be text. */
export interface Common {
  timeout: unknown;
  retries: unknown;
  queueLimit: unknown;
}

/** A terminal of a directory. Where its row has a mistake it is there by its name, with the reason in place of settings. */
export interface Entry {
  name: string;
  site: string;
  terminal: TerminalSettings | HikvisionError;
}

/** What a directory consists of. */
export interface Listing {
  entries: Entry[];
  /** The first hundred. */
  problems: Problem[];
}

/**
 * Makes terminals of the rows of a table. A row with a mistake is named in the problems, the others work.
 * @param directory its name, for errors
 */
export function listingOf(table: Table, directory: string, logins: readonly NamedLogin[], common: Common): Listing {
  const entries: Entry[] = [];
  const problems = [...table.problems];
  const lines = new Map<string, number>();
  for (const { line, cells } of table.rows) {
    const found = problemsOf(cells, logins).map((problem) => ({ ...problem, line }));
    const name = nameOf(cells);
    const first = name === '' ? undefined : lines.get(name);
    if (first !== undefined) found.push({ line, column: 'name', reason: 'nameTaken', params: { name, first } });
    problems.push(...found);
    if (name === '' || first !== undefined) continue;
    lines.set(name, line);
    const [problem] = found;
    const terminal = problem ? unusable(problem, name, directory) : settingsOf(cells, name, logins, common);
    entries.push({ name, site: COLUMNS.site.read(cells.site).value ?? '', terminal });
  }
  problems.sort((one, other) => one.line - other.line);
  return { entries, problems: problems.slice(0, LIMITS.problems) };
}

/** The rows of the table in the dialog: lines are counted from 1. What is no row stays one, so that it is named. */
export function tableOf(rows: readonly unknown[]): Table {
  const kept = rows.slice(0, LIMITS.rows);
  const table: Table = { rows: [], problems: [] };
  for (const [index, row] of kept.entries()) {
    const line = index + 1;
    if (typeof row === 'object' && row !== null) table.rows.push({ line, cells: ownCells(row) });
    else table.problems.push({ line, column: '1', reason: 'notRow' });
  }
  if (rows.length > kept.length) {
    const params = { max: LIMITS.rows };
    table.problems.push({ line: kept.length + 1, column: '1', reason: 'tooManyRows', params });
  }
  return table;
}

function ownCells(row: object): Row['cells'] {
  const given = row as Record<string, unknown>;
  return Object.fromEntries(COLUMN_NAMES.flatMap((name) => (Object.hasOwn(given, name) ? [[name, given[name]]] : [])));
}

function problemsOf(cells: Cells, logins: readonly NamedLogin[]): Omit<Problem, 'line'>[] {
  const found: Omit<Problem, 'line'>[] = [];
  for (const column of COLUMN_NAMES) {
    const wrong = whatIsWrong(column, cells);
    if (wrong) found.push({ column, ...wrong });
  }
  const { value: login = '' } = COLUMNS.login.read(cells.login);
  if (login !== '' && !logins.some(({ name }) => name === login)) {
    found.push({ column: 'login', reason: 'loginUnknown', params: { login } });
  }
  if (login === '' && logins.length > 1) found.push({ column: 'login', reason: 'loginWanted' });
  return found;
}

/** A row without a name goes by its address, as an isapi-config does. */
function nameOf(cells: Cells): string {
  const { value: name } = COLUMNS.name.read(cells.name);
  if (name === undefined) return '';
  return name === '' ? (COLUMNS.host.read(cells.host).value ?? '') : name;
}

function settingsOf(cells: Cells, name: string, logins: readonly NamedLogin[], common: Common): TerminalSettings {
  const wanted = COLUMNS.login.read(cells.login).value ?? '';
  const login = wanted === '' ? logins[0] : logins.find((each) => each.name === wanted);
  return terminalSettings({ ...cells, ...common, name, username: login?.username, password: login?.password });
}

function unusable({ line, column }: Problem, name: string, directory: string): HikvisionError {
  return HikvisionError.of('directoryRow', {
    terminal: name,
    delivery: 'unsent',
    params: { name, directory, line, column },
  });
}
