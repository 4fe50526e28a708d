import type { Node, NodeAPI, NodeDef } from 'node-red';

import { HikvisionError } from '../../core/errors/hikvision-error.js';
import { printable } from '../../core/errors/printable.js';
import { nodeError } from '../common/texts.js';
import { tlsOptionsOf } from '../common/tls-config.js';
import { isModelName, parseCommand, SimulatedTerminal } from '../../simulator/simulated-terminal.js';

interface Credentials {
  username: string;
  password: string;
}

interface Settings extends NodeDef {
  port?: unknown;
  model?: unknown;
  faceAfter?: unknown;
  tls?: string;
}

export = (RED: NodeAPI): void => {
  function TerminalSimulator(this: Node<Credentials>, config: Settings): void {
    RED.nodes.createNode(this, config);
    let terminal: SimulatedTerminal | undefined;

    const start = async (): Promise<void> => {
      const model = config.model === undefined || config.model === '' ? 'DS-K1T343EFWX' : config.model;
      if (!isModelName(model)) throw new Error(`model ${JSON.stringify(model)}`);
      const tls = tlsOptionsOf(RED, config.tls);
      const faceAfter = numberOf(config.faceAfter);
      terminal = new SimulatedTerminal({
        port: numberOf(config.port) ?? 0,
        model,
        ...this.credentials,
        // Else a redeployed simulator would give its first picture a URL that was used before, and the picture is taken for old.
        urlCounter: Date.now() % 1e12,
        ...(faceAfter === undefined ? {} : { faceAfter }),
        ...(tls ? { tls } : {}),
      });
      terminal.on('event', (event) => {
        this.send({ topic: event.event, payload: event });
      });
      await terminal.start();
      const { host, port } = terminal.address;
      this.status({ fill: 'green', shape: 'dot', text: `${host}:${port}` });
    };

    const starting = start().catch((error: unknown) => {
      const failure = failureOf('simulatorStart', error);
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

function numberOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const found = Number(value);
  if (!Number.isFinite(found) || found < 0) throw new Error(`number ${JSON.stringify(value)}`);
  return found;
}
