import { UNKNOWN, type Given, type Rules } from '../../../core/settings/rule.js';
import { isBlank, isSubstituted } from '../../../core/settings/values.js';

/** The prefix of the ids of a node's inputs. */
export function prefixOf(node: EditorNode): string {
  return node._def.category === 'config' ? 'node-config-input' : 'node-input';
}

/** The input of a property in the dialog that is open. */
export function field(node: EditorNode, property: string): JQuery {
  return $(`#${prefixOf(node)}-${property}`);
}

/** The form of a node's dialog. */
export function formOf(node: EditorNode): JQuery {
  return field(node, 'name').closest('.hikvision-form');
}

/** The row of the dialog in which an input stands. */
export function rowOf(input: JQuery): JQuery {
  return input.closest('.form-row');
}

/** A property as it stands in the node's own open dialog, else in the node. */
export function current(node: EditorNode, property: string): unknown {
  const input = $(`.hikvision-form[data-node="${node.id}"] #${prefixOf(node)}-${property}`);
  if (input.length === 0) return node[property];
  return input.is('[type=checkbox]') ? input.prop('checked') : input.val();
}

/** The property that keeps the kind of a typed input. */
export function typeProperty(rules: Rules, property: string): string {
  return rules[property]?.typed?.typeProperty ?? `${property}Type`;
}

/** The settings of a node as they stand in its dialog; what comes with a message or from the environment is UNKNOWN. */
export function givenIn(node: EditorNode, rules: Rules): Given {
  return (property) => {
    const value = current(node, property);
    if (isSubstituted(value)) return UNKNOWN;
    return rules[property]?.typed ? literal(value, current(node, typeProperty(rules, property))) : value;
  };
}

/** The value of a typed input of a fixed value; UNKNOWN for those that only a message has. */
export function literal(value: unknown, type: unknown): unknown {
  if (isBlank(value) || isBlank(type) || type === 'str' || type === 'bool') return value;
  if (type !== 'json') return UNKNOWN;
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return UNKNOWN;
  }
}
