import { nodeDefinition } from '../editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('fdsetup-bind', {
  category: 'hikvision',
  color: '#8FBAC2',
  icon: 'fdsetup-bind.svg',
  ...nodeDefinition('fdsetup-bind', settings, { outputs: ['bound'] }),
});
