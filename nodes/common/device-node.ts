import type { Node, NodeAPI, NodeMessage } from 'node-red';

import type { Terminal } from '../../core/isapi/terminal/terminal.js';
import { onMessages, type Message, type MessageLoop } from './message-loop.js';
import { knownTerminal, terminalFor } from './terminals.js';
import { evaluate, typedInput, type TypedInput } from './typed-input.js';

export interface DeviceNodeSettings {
  terminal?: string;
}

/** One message on its way through a device node. */
export interface Job extends MessageLoop {
  msg: Message;
  terminal: Terminal;
  /** The value of the typedInput of that name, or of the one given, for this message. */
  input: (name: string, from?: TypedInput) => Promise<unknown>;
}

/**
 * Runs `work` for each message, on the terminal that the message or the node names. Its result is what leaves the node
 * (an array: one entry an output).
 * @param intercept takes a message that is a command to the node itself; true where it was one
 */
export function onDeviceMessages(
  RED: NodeAPI,
  node: Node,
  nodeType: string,
  config: DeviceNodeSettings,
  work: (job: Job) => Promise<NodeMessage | (NodeMessage | null)[]>,
  intercept?: (msg: Message) => boolean,
): void {
  const loop = onMessages(RED, node, nodeType, {
    work: async (msg, send) => {
      const terminal = terminalFor(config.terminal, msg);
      loop.status.unchecked = isUnchecked(terminal);
      const input: Job['input'] = (name, from = typedInput(config, name)) => evaluate(RED, node, msg, name, from);
      send(await work({ ...loop, msg, terminal, input }));
    },
    ...(intercept ? { intercept } : {}),
  });
  const chosen = knownTerminal(config.terminal);
  loop.status.unchecked = chosen !== undefined && isUnchecked(chosen);
  if (loop.status.unchecked) loop.status.idle();
}

/** Whether anybody in the network could pretend to be this terminal. */
function isUnchecked({ settings }: Terminal): boolean {
  return settings.protocol === 'https' && settings.certificate.mode === 'none';
}
