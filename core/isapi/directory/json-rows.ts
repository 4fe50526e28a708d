import { COLUMN_NAMES, LIMITS, type Cells, type Column, type Problem, type Row } from './columns.js';
import type { Table } from './delimited.js';

/** An element of the list: where it begins, and its text. */
interface Element {
  line: number;
  column: number;
  text: string;
}

/**
 * Reads a JSON list of terminals. Each element is parsed by itself, so that one with a mistake is named by line and column
 * and the others are there.
 */
export function readJson(text: string): Table {
  const { elements, problem } = elementsOf(text);
  const rows: Row[] = [];
  const problems: Problem[] = problem ? [problem] : [];
  for (const { line, column, text: source } of elements) {
    if (rows.length >= LIMITS.rows) {
      problems.push({ line, column: String(column), reason: 'tooManyRows', params: { max: LIMITS.rows } });
      break;
    }
    try {
      const value: unknown = JSON.parse(source);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        problems.push({ line, column: String(column), reason: 'notRow' });
      } else {
        rows.push({ line, cells: cellsOf(value, line, problems) });
      }
    } catch (error) {
      problems.push(syntaxProblem(source, line, column, error));
    }
  }
  return { rows, problems };
}

function cellsOf(value: object, line: number, problems: Problem[]): Cells {
  const cells: Partial<Record<Column, unknown>> = {};
  for (const [name, cell] of Object.entries(value)) {
    if ((COLUMN_NAMES as string[]).includes(name)) cells[name as Column] = cell;
    else if (/^passw/i.test(name)) problems.push({ line, column: name.slice(0, 40), reason: 'secretColumn' });
    else problems.push({ line, column: name.slice(0, 40), reason: 'columnUnknown' });
  }
  return cells;
}

/** Where V8 stopped within an element, counted in the file; the element's beginning where it does not say. */
function syntaxProblem(source: string, line: number, column: number, error: unknown): Problem {
  const [, position] = /position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
  const before = source.slice(0, Number(position ?? 0)).split('\n');
  const last = before.at(-1)?.length ?? 0;
  const place = before.length === 1 ? column + last : last + 1;
  return { line: line + before.length - 1, column: String(place), reason: 'syntax' };
}

/** The elements of the outermost list, cut at its commas. A string that is not closed ends with its line. */
function elementsOf(text: string): { elements: Element[]; problem?: Problem } {
  const elements: Element[] = [];
  const first = text.search(/\S/);
  let [line, lineBegin, depth, isInString] = [1, 0, 0, false];
  /** Nothing but blanks since the line began: looking back from each character would take the square of its length. */
  let isLineBlank = true;
  let start = { at: 0, line: 1, column: 1 };
  const here = (at: number, reason: Problem['reason']): Problem => ({
    line,
    column: String(at - lineBegin + 1),
    reason,
  });
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\n') [line, lineBegin, isInString, isLineBlank] = [line + 1, at + 1, false, true];
    if (at < first) continue;
    const isFirstOfLine = isLineBlank;
    if (isLineBlank && /\S/.test(character)) isLineBlank = false;
    if (at === first && character !== '[') return { elements, problem: here(at, 'notList') };
    if (isInString) {
      if (character === '\\' && text.charAt(at + 1) !== '\n') at += 1;
      else if (character === '"') isInString = false;
      continue;
    }
    const isEnd = character === ']' && depth === 1;
    // A row has no objects in it: one that begins on a line of its own is the next row, and the one before is not closed.
    const isNext = character === '{' && depth > 1 && isFirstOfLine;
    if (isEnd || isNext || (character === ',' && depth === 1)) {
      const source = text.slice(start.at, at);
      if (source.trim() !== '') elements.push({ ...placeOf(source, start), text: source.trim() });
      if (isNext) [depth, start] = [1, { at, line, column: at - lineBegin + 1 }];
      if (elements.length > LIMITS.rows) return { elements };
    }
    if (character === '"') isInString = true;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (isEnd) {
      const rest = text.slice(at + 1).search(/\S/);
      return rest < 0 ? { elements } : { elements, problem: here(at + 1 + rest, 'syntax') };
    }
    if (depth === 1 && (at === first || character === ',')) start = { at: at + 1, line, column: at - lineBegin + 2 };
  }
  return { elements, problem: first < 0 ? here(0, 'notList') : here(text.length, 'syntax') };
}

/** Where the first character of an element stands, after the blanks and line breaks in front of it. */
function placeOf(source: string, start: { line: number; column: number }): { line: number; column: number } {
  const blanks = source.slice(0, source.length - source.trimStart().length).split('\n');
  const last = blanks.at(-1)?.length ?? 0;
  return { line: start.line + blanks.length - 1, column: blanks.length === 1 ? start.column + last : last + 1 };
}
