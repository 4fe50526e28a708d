import { HikvisionError } from '../errors/hikvision-error.js';
import type { Given, Rule } from './rule.js';

/** The value of a field by its rule. @throws HikvisionError `INVALID_INPUT`, naming the field */
export function take<T>(field: string, rule: Rule<T>, value: unknown, given?: Given): T {
  const reading = rule.read(value, given);
  if (reading.refused === undefined) return reading.value;
  // The type of a refusal pairs each reason with its parameters.
  const params = { field: reading.field ?? field, ...reading.params };
  throw HikvisionError.of(`input.${reading.refused}` as 'input.notText', { delivery: 'unsent', params });
}
