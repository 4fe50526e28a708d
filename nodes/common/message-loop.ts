import { setMaxListeners } from 'node:events';

import type { Node, NodeAPI, NodeMessage } from 'node-red';

import { asFailure, HikvisionError } from '../../core/errors/hikvision-error.js';
import { Status } from './status.js';
import { nodeError } from './texts.js';

export type Message = NodeMessage & Record<string, unknown>;
export type Send = (out: NodeMessage | (NodeMessage | null)[]) => void;

export interface MessageWork {
  work: (msg: Message, send: Send) => Promise<void>;
  /** Takes a message that is a command to the node itself; true where it was one. */
  intercept?: (msg: Message) => boolean;
}

/** What the work on one node's messages shares. */
export interface MessageLoop {
  status: Status;
  /** Aborted, with `CANCELLED`, when the node is closed. */
  signal: AbortSignal;
}

/**
 * Runs `work` for each message; what it throws goes to `done` and shows under the node. So each message ends exactly
 * once, and a close waits for all of them.
 */
export function onMessages(
  RED: NodeAPI,
  node: Node,
  nodeType: string,
  { work, intercept = () => false }: MessageWork,
): MessageLoop {
  const closing = new AbortController();
  // Every message in flight listens: many are no leak.
  setMaxListeners(0, closing.signal);
  const inFlight = new Set<Promise<void>>();
  const status = new Status(node, nodeType);

  const handle = async (msg: Message, send: Send, done: (error?: Error) => void): Promise<void> => {
    try {
      await work(msg, send);
      done();
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code === 'CANCELLED') status.idle();
      else status.failed(failure);
      done(nodeError(RED, failure));
    }
  };

  node.on('input', (msg, send, done) => {
    const message = msg as Message;
    if (intercept(message)) {
      done();
      return;
    }
    const job = handle(message, send, done);
    inFlight.add(job);
    void job.finally(() => inFlight.delete(job));
  });
  node.on('close', (_removed: boolean, done: () => void) => {
    closing.abort(HikvisionError.of('cancelled'));
    void Promise.allSettled(inFlight).then(() => done());
  });
  return { status, signal: closing.signal };
}
