import { nodeDefinition } from '../editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('create-user', {
  category: 'hikvision',
  color: '#8FBAC2',
  icon: 'create-user.svg',
  ...nodeDefinition('create-user', settings, { outputs: ['person'] }),
});
