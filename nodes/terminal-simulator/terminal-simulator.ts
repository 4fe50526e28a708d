import type { Node, NodeAPI, NodeDef } from 'node-red';

import { offerFreePort } from '../common/free-port.js';
import { readSettings } from '../common/settings.js';
import { runSimulator } from '../common/simulator-node.js';
import { tlsOptionsOf } from '../common/tls-config.js';
import { settings as rules } from './settings.js';
import { parseCommand, SimulatedTerminal } from '../../simulator/simulated-terminal.js';

/** Where the search for a free port begins; the help names it. */
const FIRST_PORT = 8343;

interface Credentials {
  username: string;
  password: string;
}

type Settings = NodeDef & { tls?: string };

export = (RED: NodeAPI): void => {
  function TerminalSimulator(this: Node<Credentials>, config: Settings): void {
    RED.nodes.createNode(this, config);
    runSimulator(RED, this, {
      nodeType: 'terminal-simulator',
      reasons: { start: 'simulatorStart', command: 'input.simulator' },
      open: () => {
        const { port, model, faceAfter, username, password } = readSettings(rules, { ...config, ...this.credentials });
        const tls = tlsOptionsOf(RED, config.tls);
        return new SimulatedTerminal({
          port,
          model,
          username,
          password,
          // Else a redeployed simulator would give its first picture a URL that was used before, and the picture is taken for old.
          urlCounter: Date.now() % 1e12,
          ...(faceAfter === undefined ? {} : { faceAfter: faceAfter / 1000 }),
          ...(tls ? { tls } : {}),
        });
      },
      run: (terminal, payload) => terminal.runCommand(parseCommand(payload)),
    });
  }

  RED.nodes.registerType('terminal-simulator', TerminalSimulator, {
    credentials: { username: { type: 'text' }, password: { type: 'password' } },
  });

  offerFreePort(RED, 'terminal-simulator', FIRST_PORT);
};
