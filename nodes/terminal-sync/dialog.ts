import { nodeDefinition } from '../editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('terminal-sync', {
  category: 'hikvision',
  color: '#8FBAC2',
  icon: 'terminal-sync.svg',
  ...nodeDefinition('terminal-sync', settings, { outputs: ['result', 'progress'] }),
});
