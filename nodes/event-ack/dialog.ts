import { nodeDefinition } from '../editor/definition.js';
import { settings } from './settings.js';

RED.nodes.registerType('event-ack', {
  category: 'hikvision',
  color: '#8FBAC2',
  icon: 'event-ack.svg',
  ...nodeDefinition('event-ack', settings, { outputs: ['message'] }),
});
