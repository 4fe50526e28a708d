import type { Node, NodeAPI, NodeDef } from 'node-red';

import { invalid } from '../../core/errors/invalid.js';
import { acknowledgeEvent } from '../common/event-acks.js';
import { onMessages, type Message } from '../common/message-loop.js';
import { evaluate, typedInput } from '../common/typed-input.js';
import { settings as rules } from './settings.js';

/** An id has the serial number of the unit and two numbers. */
const MOST_CHARACTERS = 300;

/** An event that has been dealt with, and the node that sent it where that is known. */
interface Dealt {
  id: string;
  node?: string;
}

export = (RED: NodeAPI): void => {
  function EventAck(this: Node, config: NodeDef): void {
    RED.nodes.createNode(this, config);

    const loop = onMessages(RED, this, 'event-ack', {
      work: async (msg, send) => {
        const given = await evaluate(RED, this, msg, 'event', typedInput(rules, config, 'event'));
        // All of them are looked at first: a batch is acknowledged as a whole or not at all.
        const dealt = dealtIn(given ?? ofPayload(msg));
        const count = dealt.filter(({ id, node }) => acknowledgeEvent(id, node)).length;
        if (count > 0) loop.status.done('acknowledged', count);
        else loop.status.note('nobody');
        send(msg);
      },
    });
  }

  RED.nodes.registerType('event-ack', EventAck);
};

/** The event itself may still be there where what stood beside it is not. */
function ofPayload({ payload }: Message): unknown {
  return typeof payload === 'object' && payload !== null ? (payload as { id?: unknown }).id : undefined;
}

function dealtIn(given: unknown): Dealt[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw invalid('eventId', 'event');
  return list.map((each) => {
    const { id, node } = typeof each === 'object' && each !== null ? (each as Record<string, unknown>) : { id: each };
    if (typeof id !== 'string' || id.trim() === '' || id.length > MOST_CHARACTERS) throw invalid('eventId', 'event');
    return typeof node === 'string' && node !== '' ? { id, node } : { id };
  });
}
