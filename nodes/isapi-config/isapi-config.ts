import type { Node, NodeAPI, NodeDef } from 'node-red';

import { asFailure } from '../../core/errors/hikvision-error.js';
import { testTerminal } from '../../core/isapi/operations/connection-test/connection-test.js';
import { Terminal, type TerminalSettings } from '../../core/isapi/terminal/terminal.js';
import { terminalSettings, type RawTerminalSettings } from '../../core/isapi/terminal/terminal-settings.js';
import { onConnectionTest, secretFor, type DialogSettings } from '../common/connection-test-endpoint.js';
import { settingsInDialog } from '../common/dialog-settings.js';
import { keepHeldLogins } from '../common/held-logins.js';
import { heedGuards } from '../common/terminal-guard.js';
import { registerTerminal, terminalFor } from '../common/terminals.js';
import { nodeError } from '../common/texts.js';
import { tlsOptionsOf } from '../common/tls-config.js';

interface Credentials {
  username: string;
  password: string;
}

type Settings = NodeDef & RawTerminalSettings & { tls?: string };

export = (RED: NodeAPI): void => {
  heedGuards(RED);
  keepHeldLogins(RED);

  function IsapiConfig(this: Node<Credentials>, config: Settings): void {
    RED.nodes.createNode(this, config);
    const terminal = openTerminal({ ...config, ...this.credentials }, config.tls, (name) =>
      this.warn(RED._('isapi-config.warning.reboot', { name })),
    );
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

  function openTerminal(
    raw: RawTerminalSettings,
    tlsConfig: string | undefined,
    rebootRequired: (name: string) => void,
  ): Terminal | ReturnType<typeof asFailure> {
    try {
      const settings = terminalSettings(raw, tlsOptionsOf(RED, tlsConfig));
      return new Terminal(settings, { onRebootRequired: () => rebootRequired(settings.name) });
    } catch (error) {
      return asFailure(error);
    }
  }

  RED.nodes.registerType('isapi-config', IsapiConfig, {
    credentials: { username: { type: 'text' }, password: { type: 'password' } },
  });

  onConnectionTest(RED, 'isapi-config', 'test', (id, dialog, signal) =>
    testTerminal(dialogSettings(id, dialog), signal),
  );

  /** The terminal that stands in the dialog; with the stored password where that is unchanged, and so are address and user. */
  function dialogSettings(id: string, dialog: DialogSettings): TerminalSettings {
    const settings = settingsInDialog(RED, dialog, 'password', terminalSettings);
    const { credentials } = settings;
    if (!credentials) return settings;
    return { ...settings, credentials: { ...credentials, password: passwordOf(id, dialog, settings) } };
  }

  function passwordOf(id: string, dialog: DialogSettings, settings: TerminalSettings): string {
    const deployed = deployedTerminal(id)?.settings;
    const isSame = deployed && isSameUser(deployed, settings);
    return secretFor(dialog['password'], isSame ? deployed.credentials?.password : undefined);
  }

  function deployedTerminal(id: string): Terminal | undefined {
    try {
      return terminalFor(id, {});
    } catch {
      return undefined;
    }
  }
};

function nameOf({ name, host }: Settings): string {
  return name || (typeof host === 'string' ? host : '');
}

function isSameUser(one: TerminalSettings, other: TerminalSettings): boolean {
  const sameAddress = one.protocol === other.protocol && one.host === other.host && one.port === other.port;
  return sameAddress && one.credentials?.username === other.credentials?.username;
}
