import { offerDirectories } from '../editor/devices/directories.js';
import { nodeDefinition } from '../editor/definition.js';
import { offerKinds, warnWithoutAck } from './form.dialog.js';
import { settings } from './settings.js';

RED.nodes.registerType('access-events', {
  category: 'hikvision',
  color: '#8FBAC2',
  icon: 'access-events.svg',
  ...nodeDefinition('access-events', settings, {
    outputs: ['event', 'notice'],
    prepare: (node) => {
      offerDirectories(node, 'terminal');
      offerKinds(node);
      warnWithoutAck(node);
    },
  }),
});
