import { nodeDefinition } from '../editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('gateway-simulator', {
  category: 'hikvision',
  color: '#D0C494',
  icon: 'gateway-simulator.svg',
  ...nodeDefinition('gateway-simulator', settings, {
    outputs: ['event'],
    label: ({ name, type }) => name || type,
  }),
});
