import { nodeDefinition } from '../editor/definition.js';
import { current, field } from '../editor/form/fields.js';
import { labelOfNode, labelOfRequest } from '../editor/labels.js';
import { text } from '../editor/texts.js';
import { OperationPicker } from './operation-picker.dialog.js';
import { settings } from './settings.js';

RED.nodes.registerType('artemis-request', {
  category: 'hikvision',
  color: '#B1A3D6',
  icon: 'artemis-request.svg',
  ...nodeDefinition('artemis-request', settings, {
    outputs: ['reply'],
    label: (node) =>
      node['operation'] === 'check'
        ? labelOfNode(node, text('artemis-request', 'option.operation.check'))
        : labelOfRequest(node, 3),
    prepare: (node) => {
      const show = (): void => void $('.hikvision-call').toggle(current(node, 'operation') !== 'check');
      field(node, 'operation').on('change', show);
      show();
      new OperationPicker(node).load();
    },
  }),
});
