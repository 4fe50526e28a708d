import { nodeDefinition } from '../editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('register-person', {
  category: 'hikvision',
  color: '#8FBAC2',
  icon: 'register-person.svg',
  ...nodeDefinition('register-person', settings, { outputs: ['registered', 'nobody'] }),
});
