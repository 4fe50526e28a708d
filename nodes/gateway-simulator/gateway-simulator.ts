import type { Node, NodeAPI, NodeDef } from 'node-red';

import { offerFreePort } from '../common/free-port.js';
import { readSettings } from '../common/settings.js';
import { runSimulator } from '../common/simulator-node.js';
import { settings as rules } from './settings.js';
import { parseCommand, SimulatedGateway } from '../../simulator/simulated-gateway.js';

/** Where the search for a free port begins; the help names it. */
const FIRST_PORT = 8444;

interface Credentials {
  appKey: string;
  appSecret: string;
}

export = (RED: NodeAPI): void => {
  function GatewaySimulator(this: Node<Credentials>, config: NodeDef): void {
    RED.nodes.createNode(this, config);
    runSimulator(RED, this, {
      nodeType: 'gateway-simulator',
      reasons: { start: 'gatewaySimulator.start', command: 'gatewaySimulator.command' },
      open: () => {
        const { appKey, ...settings } = readSettings(rules, { ...config, ...this.credentials });
        // Blanks around a key never reach the wire.
        return new SimulatedGateway({ ...settings, appKey: appKey.trim() });
      },
      run: (gateway, payload) => gateway.runCommand(parseCommand(payload)),
    });
  }

  RED.nodes.registerType('gateway-simulator', GatewaySimulator, {
    credentials: { appKey: { type: 'text' }, appSecret: { type: 'password' } },
  });

  offerFreePort(RED, 'gateway-simulator', FIRST_PORT);
};
