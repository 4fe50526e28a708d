import { KNOWN_TYPES } from '../../core/settings/gateway-events.js';
import { field, formOf } from '../editor/form/fields.js';
import { text } from '../editor/texts.js';
import { settings } from './settings.js';

const TYPE = 'artemis-events';

/** A box for each type of event that is known by name; the field beside them also takes the numbers of others. */
export function offerTypes(node: EditorNode): void {
  const input = field(node, 'types');
  const boxes = formOf(node).find('.hikvision-checks');
  for (const type of Object.keys(KNOWN_TYPES)) {
    $('<label>')
      .append(
        $('<input>', { type: 'checkbox', value: type }),
        document.createTextNode(` ${text(TYPE, `types.${type}`)}`),
      )
      .appendTo(boxes);
  }
  const show = (): void => {
    const chosen = settings.types.read(input.val()).value ?? [];
    boxes.find('input').each((_index, box) => {
      $(box).prop('checked', chosen.includes(Number($(box).val())));
    });
  };
  boxes.on('change', 'input', (event) => {
    const box = $(event.target);
    const type = Number(box.val());
    const others = (settings.types.read(input.val()).value ?? []).filter((each) => each !== type);
    const chosen = box.prop('checked') === true ? [...others, type] : others;
    // A blank would mean the usual ones.
    if (chosen.length > 0) input.val(chosen.sort((one, other) => one - other).join(', ')).trigger('change');
    show();
  });
  input.on('input change', show);
  show();
}
