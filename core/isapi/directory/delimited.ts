import { COLUMN_NAMES, LIMITS, type Column, type Problem, type Row } from './columns.js';

/** A table as it was read: what can be made of it, and what is wrong with the rest. */
export interface Table {
  rows: Row[];
  problems: Problem[];
}

const DELIMITERS = ['\t', ';', ','];
const SECRET = /^(?:password|passwd|pass|secret|пароль)$/i;

interface Line {
  number: number;
  cells: string[];
}

/**
 * Reads a table of terminals as spreadsheets write it: CSV with commas or semicolons, or cells with tabs between them. A line
 * that cannot be read is named, the others are there.
 * @param headings `needed`: the first line names the columns, as in a file; `optional`: as pasted, where without it the cells
 * stand in the order of the columns
 */
export function readDelimited(text: string, headings: 'needed' | 'optional'): Table {
  const problems: Problem[] = [];
  const lines = linesOf(text, problems);
  const [first] = lines;
  if (!first) return { rows: [], problems };
  const hasHeadings = headings === 'needed' || first.cells.some((cell) => isColumn(heading(cell)));
  const columns = hasHeadings ? columnsOf(first, problems) : COLUMN_NAMES;
  if (hasHeadings && !columns.includes('host')) {
    return { rows: [], problems: [...problems, { line: first.number, column: 'host', reason: 'hostColumn' }] };
  }
  const rows: Row[] = [];
  for (const line of hasHeadings ? lines.slice(1) : lines) {
    if (rows.length >= LIMITS.rows) {
      problems.push({ line: line.number, column: '1', reason: 'tooManyRows', params: { max: LIMITS.rows } });
      break;
    }
    if (line.cells.length > columns.length) {
      const params = { cells: line.cells.length, columns: columns.length };
      problems.push({ line: line.number, column: String(columns.length + 1), reason: 'moreCells', params });
      continue;
    }
    rows.push({ line: line.number, cells: cellsOf(columns, line.cells) });
  }
  return { rows, problems };
}

function cellsOf(columns: readonly (Column | undefined)[], cells: readonly string[]): Row['cells'] {
  const named: Partial<Record<Column, string>> = {};
  for (const [index, column] of columns.entries()) {
    if (column !== undefined) named[column] = (cells[index] ?? '').trim();
  }
  return named;
}

/** The columns that a first line names; what is none of ours is said, and its cells are passed over. */
function columnsOf({ number: line, cells }: Line, problems: Problem[]): (Column | undefined)[] {
  const seen = new Set<string>();
  return cells.map((cell, index) => {
    const name = heading(cell);
    if (name === '') return undefined;
    const column = shown(cell) || String(index + 1);
    if (SECRET.test(name)) problems.push({ line, column, reason: 'secretColumn' });
    else if (!isColumn(name)) problems.push({ line, column, reason: 'columnUnknown' });
    else if (seen.has(name)) problems.push({ line, column, reason: 'columnTwice' });
    else {
      seen.add(name);
      return name;
    }
    return undefined;
  });
}

function heading(cell: string): string {
  return cell.trim().toLowerCase();
}

function isColumn(name: string): name is Column {
  return (COLUMN_NAMES as string[]).includes(name);
}

function shown(cell: string): string {
  return cell.trim().slice(0, 40);
}

/** The lines that are not empty, cut into cells. A cell within quotes ends with its line: nothing in a terminal's row has two. */
function linesOf(text: string, problems: Problem[]): Line[] {
  const lines: Line[] = [];
  let delimiter: string | undefined;
  let number = 0;
  for (const line of text.split(/\r\n|\n|\r/)) {
    number += 1;
    if (line.trim() === '') continue;
    delimiter ??= delimiterOf(line);
    const cells = cellsIn(line, delimiter);
    if (Array.isArray(cells)) lines.push({ number, cells });
    else problems.push({ line: number, column: String(cells.column), reason: 'quote' });
    // One more than there may be: whoever reads them says so. Beyond that nothing is looked at.
    if (lines.length > LIMITS.rows + 1 || problems.length > LIMITS.rows) break;
  }
  return lines;
}

/** A tab where there is one, since it is in no cell; else what stands more often in the first line. */
function delimiterOf(line: string): string {
  const count = (each: string): number => line.split(each).length;
  if (line.includes('\t')) return '\t';
  return DELIMITERS.reduce((best, each) => (count(each) > count(best) ? each : best), ',');
}

/** The cells of a line, or the place (from 1) of the quote that is not closed. */
function cellsIn(line: string, delimiter: string): string[] | { column: number } {
  const cells: string[] = [];
  for (let at = 0; at <= line.length;) {
    if (line[at] !== '"') {
      const found = line.indexOf(delimiter, at);
      const end = found < 0 ? line.length : found;
      cells.push(line.slice(at, end));
      at = end + 1;
      continue;
    }
    const [, quoted] = /^"((?:[^"]|"")*)"/.exec(line.slice(at)) ?? [];
    if (quoted === undefined) return { column: at + 1 };
    const after = at + quoted.length + 2;
    if (after < line.length && line[after] !== delimiter) return { column: after + 1 };
    cells.push(quoted.replaceAll('""', '"'));
    at = after + 1;
  }
  return cells;
}
