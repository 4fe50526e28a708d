import { connectionDefinition } from '../editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('artemis-config', {
  category: 'config',
  ...connectionDefinition('artemis-config', settings, 'check'),
});
