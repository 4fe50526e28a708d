import { nodeDefinition } from '../editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('terminal-simulator', {
  category: 'hikvision',
  color: '#D0C494',
  icon: 'terminal-simulator.svg',
  ...nodeDefinition('terminal-simulator', settings, {
    outputs: ['event'],
    label: ({ name, type, model }) => name || `${type} · ${String(model)}`,
  }),
});
