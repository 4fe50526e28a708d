import type { Node, NodeAPI, NodeDef } from 'node-red';

import { rawRequest, replyBody, type BodyType, type ReturnType } from '../../core/isapi/operations/raw-request.js';
import { onDeviceMessages, type DeviceNodeSettings, type Job } from '../common/device-node.js';
import { oneOf } from '../common/settings.js';
import type { TypedInput } from '../common/typed-input.js';

interface Settings extends NodeDef, DeviceNodeSettings {
  method?: unknown;
  body?: unknown;
  /** Where the body comes from; `bodyType` is the form in which it is sent. */
  bodySource?: unknown;
  bodyType?: unknown;
  returnType?: unknown;
}

export = (RED: NodeAPI): void => {
  function IsapiRequest(this: Node, config: Settings): void {
    RED.nodes.createNode(this, config);

    const work = async ({ msg, terminal, status, signal, input }: Job): Promise<Job['msg']> => {
      const { source, bodyType } = bodySettings(config);
      const returnType = oneOf<ReturnType>('returnType', config.returnType, ['parsed', 'text', 'buffer']);
      const path = await input('path');
      const body = config.method === 'GET' ? undefined : await input('body', source);
      status.sending('sending', terminal.waitingCount);
      const reply = await rawRequest(terminal, { method: config.method, path, body, bodyType, signal, owner: this });
      msg.payload = replyBody(reply, returnType);
      msg['statusCode'] = reply.httpStatus;
      msg['headers'] = reply.headers;
      status.done('answered');
      return msg;
    };

    onDeviceMessages(RED, this, 'isapi-request', config, work);
  }

  RED.nodes.registerType('isapi-request', IsapiRequest);
};

/** A flow written by hand may lack `bodySource`: then a body that looks like a document is one, anything else a property of msg. */
function bodySettings(config: Settings): { source: TypedInput; bodyType: BodyType } {
  const { body, bodySource } = config;
  const looksLikeDocument = typeof body === 'string' && /^\s*[{[<]/.test(body);
  const type = typeof bodySource === 'string' && bodySource !== '' ? bodySource : looksLikeDocument ? 'str' : 'msg';
  return {
    source: { value: body ?? 'payload', type },
    bodyType: oneOf<BodyType>('bodyType', config.bodyType, ['auto', 'json', 'xml', 'raw']),
  };
}
