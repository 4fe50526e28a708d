import type { Node, NodeAPI, NodeDef } from 'node-red';

import { asFailure, HikvisionError } from '../../../core/errors/hikvision-error.js';
import { take } from '../../../core/settings/take.js';
import { onMessages, type Message } from '../../../nodes/common/message-loop.js';
import { readSettings } from '../../../nodes/common/settings.js';
import { nodeError } from '../../../nodes/common/texts.js';
import { evaluate, typedInput } from '../../../nodes/common/typed-input.js';
import type { WorkFor } from '../../core/options.js';
import { fleetFor } from '../common/fleets.js';
import { showFleet } from '../common/fleet-status.js';
import { settings as rules } from './settings.js';

const TYPE = 'fleet-out';

export = (RED: NodeAPI): void => {
  function FleetOut(this: Node, config: NodeDef & { fleet?: string }): void {
    RED.nodes.createNode(this, config);
    const input = (msg: Message, name: 'value' | 'priority'): Promise<unknown> =>
      evaluate(RED, this, msg, name, typedInput(rules, config, name));

    const workIn = async (msg: Message): Promise<WorkFor> => {
      const { target } = readSettings(rules, config);
      if (target === 'all') return 'all';
      const name = take('value', rules.value, await input(msg, 'value'));
      return target === 'site' ? { site: name } : { terminal: name };
    };

    const loop = onMessages(RED, this, TYPE, {
      work: async (msg, send) => {
        const { fleet } = fleetFor(config.fleet);
        if (fleet instanceof HikvisionError) throw fleet;
        const priority = take('priority', rules.priority, await input(msg, 'priority'));
        const sent = await fleet.send(await workIn(msg), priority);
        if (sent.added > 0) loop.status.done('sent', sent.added);
        else loop.status.note('merged');
        send({ ...msg, sent });
      },
    });

    try {
      const forget = showFleet(this, fleetFor(config.fleet), () => loop.status.idle());
      this.on('close', forget);
    } catch (error) {
      const failure = asFailure(error);
      loop.status.failed(failure);
      this.error(nodeError(RED, failure).message);
    }
  }

  RED.nodes.registerType(TYPE, FleetOut);
};
