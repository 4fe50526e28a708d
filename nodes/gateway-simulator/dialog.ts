import { nodeDefinition } from '../editor/definition.js';
import { choosePort, offerAsConfig } from '../editor/devices/simulators.js';
import { settings } from './settings.js';

RED.nodes.registerType('gateway-simulator', {
  category: 'hikvision',
  color: '#D0C494',
  icon: 'gateway-simulator.svg',
  ...nodeDefinition('gateway-simulator', settings, {
    outputs: ['event'],
    label: ({ name, type }) => name || type,
    placed: choosePort,
    prepare: (node) =>
      offerAsConfig(node, {
        configType: 'artemis-config',
        credentials: ['appKey', 'appSecret'],
        anyCredentials: ['simulator', 'simulator'],
        settings: (given) => ({ protocol: 'http', signature: given('signature') }),
      }),
  }),
});
