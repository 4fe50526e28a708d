import { connectionDefinition } from '../editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('isapi-config', {
  category: 'config',
  // Flows name terminals in msg.terminal too: one that no node has chosen is not unused.
  hasUsers: false,
  ...connectionDefinition('isapi-config', settings, 'test'),
});
