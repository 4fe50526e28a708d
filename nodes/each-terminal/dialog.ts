import { nodeDefinition } from '../editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('each-terminal', {
  category: 'hikvision',
  color: '#8FBAC2',
  icon: 'each-terminal.svg',
  ...nodeDefinition('each-terminal', settings, { outputs: ['terminal'] }),
});
