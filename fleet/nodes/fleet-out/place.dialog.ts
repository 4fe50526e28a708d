import { field } from '../../../nodes/editor/form/fields.js';

/** The property of a message that names a terminal, or a site, has the same name: who changes one means the other too. */
export function offerPlace(node: EditorNode): void {
  const target = field(node, 'target');
  const value = field(node, 'value');
  target.on('change', () => {
    const wanted = String(target.val());
    const isUsual = field(node, 'valueType').val() === 'msg' && ['terminal', 'site'].includes(String(value.val()));
    if (isUsual && wanted !== 'all') value.typedInput('value', wanted);
  });
}
