import path from 'node:path';

import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';

import { asFailure, type HikvisionError } from '../../core/errors/hikvision-error.js';
import { EventMemory } from '../../core/isapi/events/cursor/event-memory.js';
import type { TerminalEvent, TerminalNotice } from '../../core/isapi/events/options.js';
import { registerAcks } from '../common/event-acks.js';
import { onMessages, type Message } from '../common/message-loop.js';
import { readSettings } from '../common/settings.js';
import { sourceFor, type TerminalSource } from '../common/terminals.js';
import { nodeError } from '../common/texts.js';
import { commandIn } from './command.js';
import { watchOpener, type WatchSettings } from './watching/event-watch.js';
import { settings as rules } from './settings.js';
import { TerminalWatches } from './watching/terminal-watches.js';
import { StatusLine } from './watching/watch-status.js';
import { nameOf, noticeInWords } from './words.js';

const TYPE = 'access-events';

export = (RED: NodeAPI): void => {
  // One for all nodes: each has a folder of its own there.
  const memory = new EventMemory(path.join(RED.settings.userDir ?? '.', 'hikvision', 'events'));

  function AccessEvents(this: Node, config: NodeDef & { terminal?: string }): void {
    RED.nodes.createNode(this, config);
    let watches: TerminalWatches | undefined;

    const loop = onMessages(RED, this, TYPE, {
      work: async (msg) => {
        const source = sourceFor(config.terminal);
        const command = commandIn(msg);
        await source.ready;
        loop.signal.throwIfAborted();
        await watches?.run(command, source.isDirectory ? nameIn(msg) : undefined);
      },
    });

    try {
      watches = begin(this, sourceFor(config.terminal), readSettings(rules, config));
    } catch (error) {
      const failure = asFailure(error);
      loop.status.failed(failure);
      this.error(nodeError(RED, failure).message);
    }

    function begin(node: Node, source: TerminalSource, settings: WatchSettings): TerminalWatches {
      loop.status.unchecked = isUnchecked(source);
      const status = new StatusLine(loop.status, source.isDirectory);
      const onFailure = (failure: HikvisionError): void => report(node, failure);
      const onEvent = (event: TerminalEvent): void => {
        status.onEvent(event);
        node.send([eventMessage(node, event, settings), null]);
      };
      const onNotice = (notice: TerminalNotice): void => node.send([null, noticeMessage(notice)]);
      const onStatus: StatusLine['onStatus'] = (statuses) => status.onStatus(statuses);
      const open = watchOpener(node.id, memory, settings);
      const opened = new TerminalWatches(source, open, { onEvent, onNotice, onFailure, onStatus });
      const forget = registerAcks(node.id, (id) => opened.acknowledge(id));
      node.on('close', (_removed: boolean, done: () => void) => {
        forget();
        status.close();
        void opened.close().finally(done);
      });
      return opened;
    }
  }

  function eventMessage(node: Node, event: TerminalEvent, { acknowledge }: WatchSettings): NodeMessage {
    const { id, terminal, serial, kind, raw, ...rest } = event;
    // Where it may be sent again, a flow that changes it must not change what is sent then.
    const own = acknowledge === 'acked' ? structuredClone(raw) : raw;
    const payload = { id, terminal, serial, kind, name: nameOf(RED, event.code), ...rest, raw: own };
    const message = { topic: `${terminal}/${kind}`, terminal, event: { id, node: node.id }, payload };
    return message;
  }

  function noticeMessage(notice: TerminalNotice): NodeMessage {
    const { terminal } = notice;
    const message = { topic: `${terminal}/${notice.notice}`, terminal, payload: noticeInWords(RED, notice) };
    return message;
  }

  /** Tells a Catch node, with a message that names the terminal. */
  function report(node: Node, failure: HikvisionError): void {
    const { terminal } = failure.cause;
    const message = { topic: `${terminal ?? ''}/error`, terminal, payload: { terminal, code: failure.code } };
    node.error(nodeError(RED, failure), message);
  }

  RED.nodes.registerType(TYPE, AccessEvents);
};

/** The terminal of a directory that a message names; all of them without. */
function nameIn({ terminal }: Message): string | undefined {
  if (terminal === undefined || terminal === null || terminal === '') return undefined;
  return typeof terminal === 'string' ? terminal : '?';
}

/** Whether anybody in the network could pretend to be the terminal; of a directory each may be another. */
function isUnchecked(source: TerminalSource): boolean {
  if (source.isDirectory) return false;
  return [...source.list().values()].some(
    (terminal) =>
      'settings' in terminal && terminal.settings.protocol === 'https' && terminal.settings.certificate.mode === 'none',
  );
}
