import { nodeDefinition } from '../../../nodes/editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('fleet-in', {
  category: 'hikvision',
  color: '#8FBAC2',
  icon: 'fleet-in.svg',
  ...nodeDefinition('fleet-in', settings, { outputs: ['job'] }),
  inputs: 0,
});
