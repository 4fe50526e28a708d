import { nodeDefinition } from '../../../nodes/editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('fleet-done', {
  category: 'hikvision',
  color: '#8FBAC2',
  icon: 'fleet-done.svg',
  ...nodeDefinition('fleet-done', settings, { outputs: ['message'] }),
});
