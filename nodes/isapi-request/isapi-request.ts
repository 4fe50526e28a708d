import type { Node, NodeAPI, NodeDef } from 'node-red';

import { rawRequest, replyBody } from '../../core/isapi/operations/raw-request.js';
import { onDeviceMessages, type DeviceNodeSettings, type Job } from '../common/device-node.js';
import type { Message } from '../common/message-loop.js';
import { readSettings } from '../common/settings.js';
import type { TypedInput } from '../common/typed-input.js';
import { settings as rules } from './settings.js';

interface Settings extends NodeDef, DeviceNodeSettings {
  body?: unknown;
  bodySource?: unknown;
}

export = (RED: NodeAPI): void => {
  function IsapiRequest(this: Node, config: Settings): void {
    RED.nodes.createNode(this, config);

    const work = async ({ msg, terminal, status, signal, input }: Job<typeof rules>): Promise<Message> => {
      const { method, bodyType, returnType, mayErase } = readSettings(rules, config);
      const path = await input('path');
      const body = method === 'GET' ? undefined : await input('body', bodySource(config));
      status.sending('sending', terminal.waitingCount);
      const reply = await rawRequest(terminal, { method, path, body, bodyType, mayErase, signal, owner: this });
      msg.payload = replyBody(reply, returnType);
      msg['statusCode'] = reply.httpStatus;
      msg['headers'] = reply.headers;
      status.done('answered');
      return msg;
    };

    onDeviceMessages(RED, this, 'isapi-request', rules, config, { work });
  }

  RED.nodes.registerType('isapi-request', IsapiRequest);
};

/** A flow written by hand may lack `bodySource`: then a body that looks like a document is one, anything else a property of msg. */
function bodySource({ body, bodySource }: Settings): TypedInput {
  const looksLikeDocument = typeof body === 'string' && /^\s*[{[<]/.test(body);
  const type = typeof bodySource === 'string' && bodySource !== '' ? bodySource : looksLikeDocument ? 'str' : 'msg';
  return { value: body ?? rules.body.default, type };
}
