import { isOurPackage, packageOf } from '../../core/settings/packages.js';
import type { Rule } from '../../core/settings/rule.js';

type Params = Readonly<Record<string, unknown>>;

/** Names a sentence of a node type's catalogue, below `errors`. */
export interface ErrorText {
  catalogue: string;
  key: string;
  params: Params;
}

/** Whether a node type is one of ours. */
export function isOurs(type: string): boolean {
  return isOurPackage(RED.nodes.getType(type)?.set?.module);
}

/** A key of a node type's catalogue with its namespace. */
export function textKey(type: string, key: string): string {
  return `${packageOf(type)}/${type}:${type}.${key}`;
}

/** A text of a node type's catalogue in the editor's language; '' where the catalogue does not have it. */
export function text(type: string, key: string, params: Params = {}): string {
  const name = textKey(type, key);
  const found = RED._(name, { defaultValue: '', ...(params as Record<string, string | number>) });
  // The editor gives the key itself back where a whole branch of the catalogue stands in place of a text.
  return found === name ? '' : found;
}

/** What a field is called in the dialog. */
export function labelOf(type: string, property: string): string {
  return text(type, `label.${property}`) || property;
}

/** A sentence of an error, in the editor's language. */
export function errorText({ catalogue, key, params }: ErrorText): string {
  return text(catalogue, `errors.${key}`, params);
}

/** The numbers that hints and complaints about a setting name. */
export function numbersOf({ min, max, default: usual }: Rule<unknown, string>): Params {
  return { min, max, usual };
}

/**
 * Why a value is refused: in words of the dialog's own (`invalid.<property>`, by reason or for all of them), else in those of
 * the error that the runtime would give.
 */
export function complaint(
  type: string,
  property: string,
  rule: Rule<unknown, string>,
  { refused, params }: { refused: string; params?: Params },
): string {
  const values = { ...numbersOf(rule), ...params, field: labelOf(type, property) };
  for (const key of [`${property}.${refused}`, `${property}.other`, property]) {
    const own = text(type, `invalid.${key}`, values);
    if (own !== '') return own;
  }
  const sentences = ['what', 'hint'].map(
    (part) =>
      text(type, `errors.${refused}.${part}`, values) ||
      text('isapi-config', `errors.input.${refused}.${part}`, values),
  );
  return sentences.filter(Boolean).join(' ') || values.field;
}
