import { nodeDefinition } from '../editor/definition.js';
import { labelOfRequest } from '../editor/labels.js';
import { settings } from './settings.js';

RED.nodes.registerType('isapi-request', {
  category: 'hikvision',
  color: '#8FBAC2',
  icon: 'isapi-request.svg',
  ...nodeDefinition('isapi-request', settings, { outputs: ['reply'], label: (node) => labelOfRequest(node, 2) }),
});
