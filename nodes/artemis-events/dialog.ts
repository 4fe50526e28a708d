import { nodeDefinition } from '../editor/definition.js';
import { field } from '../editor/form/fields.js';
import { settings } from './settings.js';
import { offerTypes } from './types.dialog.js';

RED.nodes.registerType('artemis-events', {
  category: 'hikvision',
  color: '#B1A3D6',
  icon: 'artemis-events.svg',
  ...nodeDefinition('artemis-events', settings, {
    outputs: ['event', 'notice'],
    prepare: (node) => {
      offerTypes(node);
      // Most likely the address under which the editor was opened, unless that is this computer's own name for itself.
      if (!/^(?:localhost|127\..*|\[::1\])$/.test(location.hostname)) {
        field(node, 'address').attr('placeholder', location.origin);
      }
    },
  }),
});
