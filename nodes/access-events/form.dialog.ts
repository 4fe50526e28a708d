import { EVENT_KINDS } from '../../core/isapi/events/options.js';
import { field, formOf } from '../editor/form/fields.js';
import { text } from '../editor/texts.js';
import { ALL_KINDS, settings } from './settings.js';

const TYPE = 'access-events';
/** What no kind at all is written as: a blank would mean all of them. */
const NO_KIND = 'none';

/** A box for each kind of event; what is ticked stands in the hidden field, as the runtime reads it. */
export function offerKinds(node: EditorNode): void {
  const input = field(node, 'kinds');
  const boxes = formOf(node).find('.hikvision-checks');
  const chosen = settings.kinds.read(input.val()).value ?? [];
  for (const kind of EVENT_KINDS) {
    const box = $('<input>', { type: 'checkbox', value: kind }).prop('checked', chosen.includes(kind));
    $('<label>')
      .append(box, document.createTextNode(` ${text(TYPE, `option.kinds.${kind}`)}`))
      .appendTo(boxes);
  }
  boxes.on('change', 'input', () => {
    const ticked = EVENT_KINDS.filter((kind) => boxes.find(`[value=${kind}]`).prop('checked'));
    const isAll = ticked.length === EVENT_KINDS.length;
    input.val(isAll ? ALL_KINDS : ticked.join(', ') || NO_KIND).trigger('change');
    boxes.attr('aria-invalid', String(ticked.length === 0)).toggleClass('input-error', ticked.length === 0);
  });
}

/** Says so where events are to be acknowledged and there is no node that could. */
export function warnWithoutAck(node: EditorNode): void {
  const notice = formOf(node).find('.hikvision-no-ack');
  const acknowledge = field(node, 'acknowledge');
  const show = (): void => void notice.toggle(acknowledge.val() === 'acked' && !isThereAnAck());
  acknowledge.on('change', show);
  show();
}

function isThereAnAck(): boolean {
  let found = false;
  // In braces: false would end the round.
  RED.nodes.eachNode(({ type }) => {
    found ||= type === 'event-ack';
  });
  return found;
}
