import { nodeDefinition } from '../editor/definition.js';
import { choosePort, offerAsConfig } from '../editor/devices/simulators.js';
import { settings } from './settings.js';

RED.nodes.registerType('terminal-simulator', {
  category: 'hikvision',
  color: '#D0C494',
  icon: 'terminal-simulator.svg',
  ...nodeDefinition('terminal-simulator', settings, {
    outputs: ['event'],
    label: ({ name, type, model }) => name || `${type} · ${String(model)}`,
    placed: choosePort,
    prepare: (node) =>
      offerAsConfig(node, {
        configType: 'isapi-config',
        credentials: ['username', 'password'],
        settings: (given) => {
          const tls = given('tls');
          const isChosen = typeof tls === 'string' && !['', '_ADD_'].includes(tls);
          return isChosen ? { protocol: 'https', tls } : { protocol: 'http' };
        },
      }),
  }),
});
