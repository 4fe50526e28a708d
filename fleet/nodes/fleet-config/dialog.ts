import { connectionDefinition } from '../../../nodes/editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('fleet-config', {
  category: 'config',
  ...connectionDefinition('fleet-config', settings, 'test'),
});
