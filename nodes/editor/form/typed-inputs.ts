import type { Rules } from '../../../core/settings/rule.js';
import { labelOf, text } from '../texts.js';
import { field, prefixOf, rowOf, typeProperty } from './fields.js';

/** Makes a typed input of each setting that is one. */
export function makeTypedInputs(node: EditorNode, rules: Rules): void {
  for (const [property, { typed, choices }] of Object.entries(rules)) {
    if (!typed) continue;
    const input = field(node, property);
    const row = rowOf(input);
    const labelId = `${prefixOf(node)}-${property}-label`;
    row.find('label').attr('id', labelId);
    const kinds = typed.types.map((kind) => (kind === 'str' && choices ? choice(node, property, choices) : kind));
    input.typedInput({
      types: kinds as TypedInputKind[],
      default: typed.types[0] ?? 'str',
      typeField: `#${prefixOf(node)}-${typeProperty(rules, property)}`,
    });
    row.find('.red-ui-typedInput-input').attr('aria-labelledby', labelId);
    explain(node, property, input);
  }
}

/** The fixed text of a setting with few values, as a choice of them. Another value of an imported flow stays available. */
function choice(node: EditorNode, property: string, choices: readonly string[]): TypedInputKind {
  const current = node[`${property}Type`] === 'str' ? String(node[property]) : '';
  const known = current === '' || choices.includes(current) ? choices : [...choices, current];
  return {
    value: 'str',
    label: labelOf(node.type, property),
    icon: 'red/images/typedInput/az.svg',
    options: known.map((value) => ({ value, label: text(node.type, `option.${property}.${value}`) || value })),
  };
}

/** Says at a typed input what is wrong with it: the editor's own tooltip hangs on the plain input, which is hidden behind it. */
function explain(node: EditorNode, property: string, input: JQuery): void {
  const shown = input.next('.red-ui-typedInput-container');
  let tooltip: { delete(): void } | undefined;
  const update = (): void => {
    const verdict = node._def.defaults[property]?.validate?.call(node, input.val(), {});
    tooltip?.delete();
    tooltip = typeof verdict === 'string' ? RED.popover.tooltip(shown, verdict) : undefined;
    shown.find('.red-ui-typedInput-input').attr('aria-invalid', String(tooltip !== undefined));
  };
  input.on('change', update);
  update();
}
