import { refuse } from './replies.js';

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Texts of a record; a picture has a limit of its own. */
const LONGEST_TEXT = 255;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/;

/** The body as an object; a blank one is an empty object. @throws Refusal */
export function readJson(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw refuse('0x00072003', 'body');
  }
  if (!isObject(value)) throw refuse('0x00072003', 'body');
  return value;
}

/** A text, or undefined where it is missing or blank. @throws Refusal */
export function optionalText(input: JsonObject, field: string): string | undefined {
  const value = input[field];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw refuse('0x00072003', field);
  if (value.length > LONGEST_TEXT) throw refuse('0x00072002', field);
  return value;
}

/** @throws Refusal */
export function text(input: JsonObject, field: string): string {
  const value = optionalText(input, field);
  if (value === undefined) throw refuse('0x00072001', field);
  return value;
}

/** @throws Refusal */
export function wholeNumber(input: JsonObject, field: string, least: number, most: number): number {
  const value = input[field];
  if (value === undefined || value === null) throw refuse('0x00072001', field);
  if (typeof value !== 'number' || !Number.isInteger(value)) throw refuse('0x00072003', field);
  if (value < least || value > most) throw refuse('0x00072002', field);
  return value;
}

/** ISO 8601 with an offset, as it was written; undefined where it is missing or blank. @throws Refusal */
export function optionalTime(input: JsonObject, field: string): string | undefined {
  const value = optionalText(input, field);
  if (value !== undefined && (!TIME.test(value) || Number.isNaN(Date.parse(value)))) throw refuse('0x00072003', field);
  return value;
}

/** @throws Refusal */
export function time(input: JsonObject, field: string): string {
  const value = optionalTime(input, field);
  if (value === undefined) throw refuse('0x00072001', field);
  return value;
}

/** @throws Refusal */
export function list(input: JsonObject, field: string, most: number): unknown[] {
  const value = input[field];
  if (value === undefined || value === null) throw refuse('0x00072001', field);
  if (!Array.isArray(value)) throw refuse('0x00072003', field);
  if (value.length === 0 || value.length > most) throw refuse('0x00072002', field);
  return value as unknown[];
}

/** Ids that one call may name. */
export const MOST_IDS = 1000;
/** Of an id, with room for blanks and comma. */
const LONGEST_ID = 70;

/** The ids that a text names by commas, each once. @throws Refusal */
export function ids(input: JsonObject, field: string): string[] {
  const value = input[field];
  if (value !== undefined && typeof value !== 'string') throw refuse('0x00072003', field);
  if (value !== undefined && value.length > MOST_IDS * LONGEST_ID) throw refuse('0x00072002', field);
  const named = (value ?? '').split(',').map((id) => id.trim());
  const found = [...new Set(named.filter((id) => id !== ''))];
  if (found.length === 0) throw refuse('0x00072001', field);
  if (found.length > MOST_IDS) throw refuse('0x00072002', field);
  return found;
}
