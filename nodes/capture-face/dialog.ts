import { nodeDefinition } from '../editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('capture-face', {
  category: 'hikvision',
  color: '#8FBAC2',
  icon: 'capture-face.svg',
  ...nodeDefinition('capture-face', settings, { outputs: ['captured', 'nobody'] }),
});
