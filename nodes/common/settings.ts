import { invalid } from '../../core/errors/invalid.js';

/** A checkbox; an environment variable gives it as text. */
export function isOn(value: unknown, blank: boolean): boolean {
  return value === undefined || value === '' ? blank : value === true || value === 'true';
}

/** A duration in seconds as milliseconds. @throws HikvisionError `INVALID_INPUT` */
export function milliseconds(field: string, value: unknown, blankSeconds: number): number {
  if (value === undefined || value === null || value === '') return blankSeconds * 1000;
  const seconds = Number(value);
  if (Number.isFinite(seconds) && seconds >= 0 && seconds <= 86_400) return seconds * 1000;
  throw invalid('number', field, { min: 0, max: 86_400 });
}

/** One of a few words; the first is meant where it is blank. @throws HikvisionError `INVALID_INPUT` */
export function oneOf<T extends string>(field: string, value: unknown, words: readonly [T, ...T[]]): T {
  if (value === undefined || value === '') return words[0];
  const found = words.find((word) => word === value);
  if (found === undefined) throw invalid('notAllowed', field, { allowed: words.join(', ') });
  return found;
}
