import type { Node, NodeAPI, NodeDef } from 'node-red';

import { asFailure } from './http/failure.js';
import { Terminal } from './isapi/terminal.js';
import { terminalSettings, type RawTerminalSettings } from './isapi/terminal-settings.js';
import { registerTerminal } from './node-red/terminals.js';
import { nodeError } from './node-red/texts.js';
import { tlsOptionsOf } from './node-red/tls-config.js';

interface Credentials {
  username: string;
  password: string;
}

type Settings = NodeDef & RawTerminalSettings & { tls?: string };

export = (RED: NodeAPI): void => {
  function IsapiConfig(this: Node<Credentials>, config: Settings): void {
    RED.nodes.createNode(this, config);
    const terminal = openTerminal({ ...config, ...this.credentials }, config.tls);
    const unregister = registerTerminal(this.id, nameOf(config), terminal);
    if (terminal instanceof Terminal) {
      const { protocol, certificate } = terminal.settings;
      if (protocol === 'https' && certificate.mode === 'none') this.warn(RED._('isapi-config.warning.unchecked'));
    } else {
      this.error(nodeError(RED, terminal).message);
    }
    this.on('close', (_removed: boolean, done: () => void) => {
      unregister();
      void (terminal instanceof Terminal ? terminal.close() : Promise.resolve()).finally(done);
    });
  }

  function openTerminal(settings: RawTerminalSettings, tlsConfig?: string): Terminal | ReturnType<typeof asFailure> {
    try {
      return new Terminal(terminalSettings(settings, tlsOptionsOf(RED, tlsConfig)));
    } catch (error) {
      return asFailure(error);
    }
  }

  RED.nodes.registerType('isapi-config', IsapiConfig, {
    credentials: { username: { type: 'text' }, password: { type: 'password' } },
  });
};

function nameOf({ name, host }: Settings): string {
  return name || (typeof host === 'string' ? host : '');
}
