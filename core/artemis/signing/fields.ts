import { printable } from '../../errors/printable.js';
import { invalidRequest } from '../../errors/invalid.js';

/** Query or form fields, not percent-encoded. Null is a name without `=`, as the gateway signs a value without content. */
export type Fields = ReadonlyMap<string, string | null>;

/**
 * Fields from an object or from text like `a=1&b=2`. A blank value in an object gives the bare name; text keeps `k` and
 * `k=` apart, so that `k=` can be asked for. In an object undefined leaves the field out.
 * @throws HikvisionError `INVALID_INPUT` where a value is no text, number or boolean
 */
export function readFields(source: unknown): Fields {
  if (source === undefined || source === null || source === '') return new Map();
  if (typeof source === 'string') return mergeFields(...source.replace(/^\?/, '').split('&').map(fieldOfText));
  if (typeof source !== 'object' || Array.isArray(source) || Buffer.isBuffer(source)) throw invalidRequest('fields');
  return new Map(
    Object.entries(source)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, plainValue(name, value)]),
  );
}

/** All of them together. @throws HikvisionError `INVALID_INPUT` for a name that occurs twice: the signature has no rule for that */
export function mergeFields(...parts: readonly Fields[]): Fields {
  const all = new Map<string, string | null>();
  for (const [name, value] of parts.flatMap((part) => [...part])) {
    if (all.has(name)) throw invalidRequest('fieldTwice', { field: printable(name, 60) });
    all.set(name, value);
  }
  return all;
}

/** Percent-encoded, as on the wire. */
export function encodeFields(fields: Fields): string {
  return [...fields]
    .map(([name, value]) => (value === null ? encode(name) : `${encode(name)}=${encode(value)}`))
    .join('&');
}

function fieldOfText(pair: string): Fields {
  if (pair === '') return new Map();
  const [name = '', ...rest] = pair.split('=');
  return new Map([[decode(name), rest.length === 0 ? null : decode(rest.join('='))]]);
}

function plainValue(name: string, value: unknown): string | null {
  if (value === null || value === '') return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw invalidRequest('fieldValue', { field: printable(name, 60) });
}

function encode(text: string): string {
  if (hasLoneSurrogate(text)) throw invalidRequest('characters');
  return encodeURIComponent(text);
}

/** Half a character, which has no UTF-8 form. */
function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

/** Undoes percent-encoding; text with a stray `%` was not encoded and stays as it is. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
