import { applies, type Given, type Rule, type Rules, type TypedRule, type ValueOf } from '../../core/settings/rule.js';
import { take } from '../../core/settings/take.js';

/** Names of the settings that are typed inputs. */
export type TypedName<R extends Rules> = {
  [Name in keyof R]: R[Name] extends TypedRule<unknown, string> ? Name : never;
}[keyof R] &
  string;

/** The settings that are the same for every message; other nodes are found in Node-RED's own way. */
export type Values<R extends Rules> = {
  readonly [Name in Exclude<keyof R, TypedName<R>>]: ValueOf<R[Name]>;
};

/**
 * The settings of a node that are the same for every message, by their rules. One that is not used as the others stand has
 * its default, whatever stands in its field.
 * @param config the node's properties, with its credentials where there are any
 * @throws HikvisionError `INVALID_INPUT`, naming the field
 */
export function readSettings<R extends Rules>(rules: R, config: object): Values<R> {
  const given: Given = (name) => (config as Record<string, unknown>)[name];
  const values: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    if (rule.typed || rule.kind === 'node') continue;
    const used = applies(rules, name, given) !== false;
    values[name] = take(name, rule as Rule<unknown>, used ? given(name) : rule.default, given);
  }
  return values as Values<R>;
}
