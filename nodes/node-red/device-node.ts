import type { Node, NodeAPI, NodeMessage } from 'node-red';

import { asFailure, HikvisionError } from '../http/failure.js';
import type { Terminal } from '../isapi/terminal.js';
import { Status } from './status.js';
import { knownTerminal, terminalFor } from './terminals.js';
import { nodeError } from './texts.js';
import { evaluate, typedInput, type TypedInput } from './typed-input.js';

export interface DeviceNodeSettings {
  terminal?: string;
}

/** One message on its way through a device node. */
export interface Job {
  msg: NodeMessage & Record<string, unknown>;
  terminal: Terminal;
  status: Status;
  /** Aborted, with `CANCELLED`, when the node is closed. */
  signal: AbortSignal;
  /** The value of the typedInput of that name, or of the one given, for this message. */
  input: (name: string, from?: TypedInput) => Promise<unknown>;
}

/**
 * Runs `work` for each message. Its result is what leaves the node (an array: one entry an output; undefined: nothing);
 * what it throws goes to `done`. So each message ends exactly once, and a close waits for all of them.
 * @param intercept takes a message that is a command to the node itself; true where it was one
 */
export function onMessages(
  RED: NodeAPI,
  node: Node,
  nodeType: string,
  config: DeviceNodeSettings,
  work: (job: Job) => Promise<NodeMessage | (NodeMessage | null)[]>,
  intercept: (msg: Job['msg']) => boolean = () => false,
): void {
  const closing = new AbortController();
  const inFlight = new Set<Promise<void>>();
  const status = new Status(node, nodeType);

  const handle = async (
    msg: Job['msg'],
    send: (out: NodeMessage | (NodeMessage | null)[]) => void,
    done: (error?: Error) => void,
  ): Promise<void> => {
    try {
      const terminal = terminalFor(config.terminal, msg);
      status.unchecked = isUnchecked(terminal);
      const input: Job['input'] = (name, from = typedInput(config, name)) => evaluate(RED, node, msg, name, from);
      send(await work({ msg, terminal, status, signal: closing.signal, input }));
      done();
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code === 'CANCELLED') status.idle();
      else status.failed(failure);
      done(nodeError(RED, failure));
    }
  };

  const chosen = knownTerminal(config.terminal);
  status.unchecked = chosen !== undefined && isUnchecked(chosen);
  if (status.unchecked) status.idle();

  node.on('input', (msg, send, done) => {
    const message = msg as Job['msg'];
    if (intercept(message)) {
      done();
      return;
    }
    const job = handle(message, send, done);
    inFlight.add(job);
    void job.finally(() => inFlight.delete(job));
  });
  node.on('close', (_removed: boolean, done: () => void) => {
    closing.abort(new HikvisionError('CANCELLED'));
    void Promise.allSettled(inFlight).then(() => done());
  });
}

/** Whether anybody in the network could pretend to be this terminal. */
export function isUnchecked({ settings }: Terminal): boolean {
  return settings.protocol === 'https' && settings.certificate.mode === 'none';
}
