import type { Node, NodeAPI } from 'node-red';

import { HikvisionError } from '../../core/errors/hikvision-error.js';
import { printable } from '../../core/errors/printable.js';
import { nodeError } from './texts.js';

/** What is simulated, as far as a node has to do with it. */
interface Simulator {
  on(name: 'event', listener: (event: { event: string }) => void): unknown;
  start(): Promise<unknown>;
  stop(): Promise<void>;
  readonly address: { host: string; port: number };
}

/** Why a simulator does not run, and what is wrong with a command. */
type SimulatorReason = 'simulatorStart' | 'input.simulator' | 'gatewaySimulator.start' | 'gatewaySimulator.command';

interface SimulatorKind<S extends Simulator> {
  nodeType: string;
  reasons: { start: SimulatorReason; command: SimulatorReason };
  /** Reads the settings. @throws HikvisionError for one that cannot be used, or Error */
  open: () => S;
  /** Does what a message asks for. @throws Error that says what is wrong with it */
  run: (simulator: S, payload: unknown) => void;
}

/**
 * A node that is a simulator: it listens while it is deployed, its status says where, each event leaves as a message, and
 * a message that comes in is a command.
 */
export function runSimulator<S extends Simulator>(RED: NodeAPI, node: Node, kind: SimulatorKind<S>): void {
  const { nodeType, reasons, open, run } = kind;
  let running: S | undefined;

  const start = async (): Promise<void> => {
    const simulator = open();
    simulator.on('event', (event) => {
      node.send({ topic: event.event, payload: event });
    });
    await simulator.start();
    running = simulator;
    const { host, port } = simulator.address;
    node.status({ fill: 'green', shape: 'dot', text: `${host}:${port}` });
  };

  const starting = start().catch((error: unknown) => {
    // A setting that cannot be used says so itself.
    const failure = error instanceof HikvisionError ? error : failureOf(reasons.start, error);
    node.status({ fill: 'red', shape: 'ring', text: `${nodeType}.status.stopped` });
    node.error(nodeError(RED, failure).message);
  });

  node.on('input', (msg, _send, done) => {
    void starting.then(() => {
      try {
        if (!running) throw new Error('not running');
        run(running, msg.payload);
        done();
      } catch (error) {
        done(nodeError(RED, failureOf(reasons.command, error)));
      }
    });
  });
  node.on('close', (_removed: boolean, done: () => void) => {
    void starting.then(() => running?.stop()).finally(done);
  });
}

function failureOf(reason: SimulatorReason, error: unknown): HikvisionError {
  const detail = printable(error instanceof Error ? error.message : String(error));
  return HikvisionError.of(reason, { delivery: 'unsent', params: { detail } });
}
