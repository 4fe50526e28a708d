import type { Node, NodeAPI, NodeMessage } from 'node-red';

import type { Terminal } from '../../core/isapi/terminal/terminal.js';
import type { Rules } from '../../core/settings/rule.js';
import { onMessages, type Message, type MessageLoop, type Send } from './message-loop.js';
import type { TypedName } from './settings.js';
import { directoriesReady, knownTerminal, terminalFor } from './terminals.js';
import { evaluate, typedInput, type TypedInput } from './typed-input.js';

export interface DeviceNodeSettings {
  terminal?: string;
}

/** One message on its way through a device node with these settings. */
export interface Job<R extends Rules> extends MessageLoop {
  msg: Message;
  terminal: Terminal;
  /** The value of the typedInput of that name, or of the one given, for this message; not judged yet. */
  input: (name: TypedName<R>, from?: TypedInput) => Promise<unknown>;
  /** Sends something before the work is done, such as how far it is; what the work ends with is sent by itself. */
  send: Send;
}

/** What a device node does with its messages. */
export interface DeviceWork<R extends Rules> {
  work: (job: Job<R>) => Promise<NodeMessage | (NodeMessage | null)[]>;
  /** Takes a message that is a command to the node itself; true where it was one. */
  intercept?: (msg: Message) => boolean;
}

/**
 * Runs `work` for each message, on the terminal that the message or the node names. Its result is what leaves the node
 * (an array: one entry an output).
 */
export function onDeviceMessages<R extends Rules>(
  RED: NodeAPI,
  node: Node,
  nodeType: string,
  rules: R,
  config: DeviceNodeSettings,
  { work, intercept }: DeviceWork<R>,
): void {
  const loop = onMessages(RED, node, nodeType, {
    work: async (msg, send) => {
      if (!config.terminal) await directoriesReady();
      const terminal = terminalFor(config.terminal, msg);
      loop.status.unchecked = isUnchecked(terminal);
      const input: Job<R>['input'] = (name, from = typedInput(rules, config, name)) =>
        evaluate(RED, node, msg, name, from);
      send(await work({ ...loop, msg, terminal, input, send }));
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
