import type { Node, NodeAPI, NodeDef } from 'node-red';

import { HikvisionError } from '../../core/errors/hikvision-error.js';
import { printable } from '../../core/errors/printable.js';
import { readSettings } from '../common/settings.js';
import { nodeError } from '../common/texts.js';
import { tlsOptionsOf } from '../common/tls-config.js';
import { settings as rules } from './settings.js';
import { parseCommand, SimulatedTerminal } from '../../simulator/simulated-terminal.js';

interface Credentials {
  username: string;
  password: string;
}

type Settings = NodeDef & { tls?: string };

export = (RED: NodeAPI): void => {
  function TerminalSimulator(this: Node<Credentials>, config: Settings): void {
    RED.nodes.createNode(this, config);
    let terminal: SimulatedTerminal | undefined;

    const start = async (): Promise<void> => {
      const { port, model, faceAfter, username, password } = readSettings(rules, { ...config, ...this.credentials });
      const tls = tlsOptionsOf(RED, config.tls);
      terminal = new SimulatedTerminal({
        port,
        model,
        username,
        password,
        // Else a redeployed simulator would give its first picture a URL that was used before, and the picture is taken for old.
        urlCounter: Date.now() % 1e12,
        ...(faceAfter === undefined ? {} : { faceAfter: faceAfter / 1000 }),
        ...(tls ? { tls } : {}),
      });
      terminal.on('event', (event) => {
        this.send({ topic: event.event, payload: event });
      });
      await terminal.start();
      const { host, port: opened } = terminal.address;
      this.status({ fill: 'green', shape: 'dot', text: `${host}:${opened}` });
    };

    const starting = start().catch((error: unknown) => {
      // A setting that cannot be used says so itself.
      const failure = error instanceof HikvisionError ? error : failureOf('simulatorStart', error);
      this.status({ fill: 'red', shape: 'ring', text: 'terminal-simulator.status.stopped' });
      this.error(nodeError(RED, failure).message);
      terminal = undefined;
    });

    this.on('input', (msg, _send, done) => {
      void starting.then(() => {
        try {
          if (!terminal) throw new Error('not running');
          terminal.runCommand(parseCommand(msg.payload));
          done();
        } catch (error) {
          done(nodeError(RED, failureOf('input.simulator', error)));
        }
      });
    });
    this.on('close', (_removed: boolean, done: () => void) => {
      void starting.then(() => terminal?.stop()).finally(done);
    });
  }

  RED.nodes.registerType('terminal-simulator', TerminalSimulator, {
    credentials: { username: { type: 'text' }, password: { type: 'password' } },
  });
};

function failureOf(reason: 'simulatorStart' | 'input.simulator', error: unknown): HikvisionError {
  const detail = printable(error instanceof Error ? error.message : String(error));
  return HikvisionError.of(reason, { delivery: 'unsent', params: { detail } });
}
