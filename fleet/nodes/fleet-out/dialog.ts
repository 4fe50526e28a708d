import { nodeDefinition } from '../../../nodes/editor/definition.js';
import { offerPlace } from './place.dialog.js';
import { settings } from './settings.js';

RED.nodes.registerType('fleet-out', {
  category: 'hikvision',
  color: '#8FBAC2',
  icon: 'fleet-out.svg',
  ...nodeDefinition('fleet-out', settings, { outputs: ['message'], prepare: offerPlace }),
});
