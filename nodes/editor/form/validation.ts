import { applies, UNKNOWN, type Rules } from '../../../core/settings/rule.js';
import { isBlank, isSubstituted } from '../../../core/settings/values.js';
import { complaint, labelOf } from '../texts.js';
import { current, givenIn, literal, typeProperty } from './fields.js';

/** A validator that judges a property as the runtime does, by the rule of its setting. */
export function validatorOf(type: string, rules: Rules, property: string): Validator {
  // Exactly two parameters: else the editor does not show the text.
  return function (value, opt) {
    const wrong = whatIsWrong(this, type, rules, property, value, opt);
    return wrong === undefined || (opt ? wrong : false);
  };
}

function whatIsWrong(
  node: EditorNode,
  type: string,
  rules: Rules,
  property: string,
  value: unknown,
  opt: object | undefined,
): string | undefined {
  const rule = rules[property];
  const given = givenIn(node, rules);
  // Where another setting is known only at run time, so is whether this one is used.
  if (!rule || isSubstituted(value) || applies(rules, property, given) !== true) return undefined;
  let known = value;
  if (rule.typed && !isBlank(value)) {
    const kind = current(node, typeProperty(rules, property));
    known = literal(value, kind);
    if (known === UNKNOWN || kind === 'json') {
      const verdict = RED.utils.validateTypedProperty(value, String(kind), opt);
      if (verdict !== true) return `${labelOf(type, property)}: ${verdict}`;
    }
  }
  if (known === UNKNOWN) return undefined;
  const reading = rule.read(known, given);
  return reading.refused === undefined ? undefined : complaint(type, property, rule, reading);
}
