import { applies, type Rules } from '../../../core/settings/rule.js';
import { numbersOf, text } from '../texts.js';
import { current, field, formOf, givenIn, prefixOf, rowOf } from './fields.js';
import { makeTypedInputs } from './typed-inputs.js';

/**
 * Makes the opened dialog of a node work by the rules of its settings: typed inputs, hints, which rows are shown, and the
 * disclosure of rarely used fields.
 */
export function prepareForm(node: EditorNode, rules: Rules): void {
  formOf(node).attr('data-node', node.id);
  makeTypedInputs(node, rules);
  fillHints(node, rules);
  describeInputs(node);
  showRowsInUse(node, rules);
  openWhereChanged(node);
}

/** What a blank means, and hints with the numbers of the rules or with what belongs to the chosen word. */
function fillHints(node: EditorNode, rules: Rules): void {
  for (const [property, rule] of Object.entries(rules)) {
    const input = field(node, property);
    const hint = rowOf(input).find('.hikvision-hint');
    // Only where an empty field means the default.
    const blankIsUsual = rule.default !== '' && rule.blank.value !== undefined;
    if (blankIsUsual && !rule.typed) input.filter('[type=text]').attr('placeholder', String(rule.default));
    const update = (): void => {
      const words = [`hint.${property}.${String(current(node, property))}`, `hint.${property}`];
      const found = words.map((key) => text(node.type, key, numbersOf(rule))).find(Boolean);
      // The editor fills in what has this attribute after us, and knows no numbers.
      if (found !== undefined) hint.removeAttr('data-i18n').text(found);
    };
    if (rule.choices) input.on('change', update);
    update();
  }
}

/** Tells screen readers which hint belongs to which input, and that icons say nothing. */
function describeInputs(node: EditorNode): void {
  const form = formOf(node);
  form.find('i.fa').attr('aria-hidden', 'true');
  form.find('.hikvision-hint').each((index, element) => {
    const id = `${prefixOf(node)}-hint-${index}`;
    $(element).attr('id', id);
    rowOf($(element)).find('input, select').filter(':not([type=hidden])').attr('aria-describedby', id);
  });
}

/** Shows the rows of those settings that are used as the others stand. */
function showRowsInUse(node: EditorNode, rules: Rules): void {
  const conditional = Object.keys(rules).filter((property) => rules[property]?.when);
  const show = (): void => {
    const given = givenIn(node, rules);
    for (const property of conditional) {
      rowOf(field(node, property)).toggle(applies(rules, property, given) !== false);
    }
  };
  const deciding = new Set(conditional.flatMap((property) => Object.keys(rules[property]?.when ?? {})));
  for (const property of deciding) field(node, property).on('change', show);
  show();
}

/** The disclosure starts open where one of its fields is not as delivered. */
function openWhereChanged(node: EditorNode): void {
  formOf(node)
    .find('details')
    .each((_index, details) => {
      const isChanged = $(details)
        .find('input, select')
        .toArray()
        .some(({ id }) => {
          const property = id.slice(prefixOf(node).length + 1);
          const usual = node._def.defaults[property]?.value;
          const own = node[property] ?? usual;
          // A number may come as text.
          return usual !== undefined && `${own as string | number | boolean}` !== `${usual}`;
        });
      if (isChanged) $(details).prop('open', true);
    });
}
