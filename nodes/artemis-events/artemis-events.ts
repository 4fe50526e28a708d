import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';

import type { GatewayEvent, GatewayNotice } from '../../core/artemis/events/gateway-event.js';
import { Gateway } from '../../core/artemis/gateway/gateway.js';
import { asFailure, HikvisionError } from '../../core/errors/hikvision-error.js';
import { invalid } from '../../core/errors/invalid.js';
import { registerAcks } from '../common/event-acks.js';
import { onMessages } from '../common/message-loop.js';
import { readSettings } from '../common/settings.js';
import { nodeError } from '../common/texts.js';
import { EventEndpoint } from './event-endpoint.js';
import { Listening } from './listening.js';
import { settings as rules } from './settings.js';
import { StatusLine } from './status-line.js';
import { nameOf, noticeInWords } from './words.js';

const TYPE = 'artemis-events';
const COMMANDS = ['stop', 'start'];

interface GatewayNode extends Node {
  gateway: Gateway | HikvisionError;
}

/** What Node-RED's settings say of the pages of flows. */
interface PageSettings {
  httpNodeRoot?: string | false;
  httpNodeAuth?: unknown;
  userDir?: string;
}

export = (RED: NodeAPI): void => {
  const { httpNodeRoot, httpNodeAuth, userDir = '.' } = RED.settings as PageSettings;
  const endpoint = httpNodeRoot === false ? undefined : new EventEndpoint(RED.httpNode as never);

  function ArtemisEvents(this: Node, config: NodeDef & { gateway?: string }): void {
    RED.nodes.createNode(this, config);
    let listening: Listening | undefined;

    const loop = onMessages(RED, this, TYPE, {
      work: async ({ command }) => {
        if (command !== 'stop' && command !== 'start') {
          throw invalid('notAllowed', 'msg.command', { allowed: COMMANDS.join(', ') });
        }
        if (command === 'start') await begin();
        else await end();
      },
    });
    const status = new StatusLine(loop.status);

    const fail = (failure: HikvisionError): void => {
      status.failed(failure);
      const { gateway } = failure.cause;
      const payload = { gateway, code: failure.code };
      // With a message, so that a Catch node hears of it.
      const message = { topic: `${gateway ?? ''}/error`, gateway, payload };
      this.error(nodeError(RED, failure), message);
    };
    const onNotice = (notice: GatewayNotice): void => {
      if (notice.notice === 'connected') status.listening();
      if (notice.notice === 'disconnected' && 'why' in notice) status.lost();
      const { gateway } = notice;
      const message = { topic: `${gateway}/${notice.notice}`, gateway, payload: noticeInWords(RED, notice) };
      this.send([null, message]);
    };
    const isAcked = config as { acknowledge?: unknown };
    const onEvent = (event: GatewayEvent): void => {
      status.event();
      this.send([eventMessage(this.id, event, isAcked.acknowledge === 'acked'), null]);
    };

    const begin = async (): Promise<void> => {
      if (!listening) return;
      status.connecting();
      await listening.start();
    };
    const end = async (): Promise<void> => {
      await listening?.stop();
      if (listening) status.stopped();
    };

    try {
      listening = listeningOf(this.id, config, {
        ...{ onEvent, onNotice, onFailure: fail },
        onWorks: () => status.listening(),
      });
      if (httpNodeAuth) fail(HikvisionError.of('events.endpointLogin', { delivery: 'unsent' }));
      void begin().catch((error: unknown) => fail(asFailure(error)));
    } catch (error) {
      fail(asFailure(error));
    }

    const forgetAcks = registerAcks(this.id, (id) => listening?.acknowledge(id) ?? false);
    this.on('close', (removed: boolean, done: () => void) => {
      forgetAcks();
      status.close();
      const closing = removed ? listening?.remove() : listening?.stop();
      // It is no longer in a flow: nobody could catch it.
      void (closing ?? Promise.resolve())
        .catch((error: unknown) => this.warn(nodeError(RED, asFailure(error)).message))
        .finally(done);
    });
  }

  /** @throws HikvisionError where something is not set up */
  function listeningOf(
    node: string,
    config: NodeDef & { gateway?: string },
    listener: ConstructorParameters<typeof Listening>[3],
  ): Listening {
    if (!endpoint) throw HikvisionError.of('events.noEndpoint', { delivery: 'unsent' });
    const chosen = config.gateway ? (RED.nodes.getNode(config.gateway) as GatewayNode | null) : null;
    if (!chosen) throw HikvisionError.of('noGateway', { delivery: 'unsent' });
    const { gateway } = chosen;
    if (gateway instanceof HikvisionError) throw gateway;
    const settings = readSettings(rules, config);
    const { address, types, check: checkMs, pictures, begin, acknowledge, inFlight } = settings;
    const options = { types, checkMs, pictures, begin, acknowledge, inFlight, ackTimeoutMs: settings.ackTimeout };
    const place = { base: baseOf(address, typeof httpNodeRoot === 'string' ? httpNodeRoot : '/'), userDir, node };
    return new Listening(gateway, endpoint, { ...options, ...place }, listener);
  }

  function eventMessage(node: string, event: GatewayEvent, isAcked: boolean): NodeMessage {
    const { id, gateway, type, status, kind, raw, ...rest } = event;
    // Where it may be sent again, a flow that changes it must not change what is sent then.
    const own = isAcked ? structuredClone(raw) : raw;
    const payload = { id, gateway, type, status, kind, name: nameOf(RED, type), ...rest, raw: own };
    const message = { topic: `${gateway}/${kind}`, gateway, event: { id, node }, payload };
    return message;
  }

  RED.nodes.registerType(TYPE, ArtemisEvents);
};

/** Where the gateway finds the paths of flows. An address with a path of its own leads there already: a proxy may map it. */
function baseOf(address: string, httpNodeRoot: string): string {
  const root = httpNodeRoot.replace(/^\/*|\/+$/g, '');
  const hasPath = new URL(address).pathname !== '/';
  return hasPath || root === '' ? address : `${address}/${root}`;
}
