import type { Node, NodeAPI, NodeDef } from 'node-red';

import { Gateway, type GatewayReply } from '../../core/artemis/gateway/gateway.js';
import { invalidRequest } from '../../core/errors/invalid.js';
import { failedItems } from '../../core/artemis/protocol/item-results.js';
import { isIdempotent, operationName, operations } from '../../core/artemis/operations/catalogue.js';
import { pageFieldOf, keepablePages, pagesOf, withPaging, type Page } from '../../core/artemis/operations/paging.js';
import { HikvisionError } from '../../core/errors/hikvision-error.js';
import { printable } from '../../core/errors/printable.js';
import { onMessages, type Message, type Send } from '../common/message-loop.js';
import { readSettings, type TypedName } from '../common/settings.js';
import { evaluate, typedInput } from '../common/typed-input.js';
import { settings as rules } from './settings.js';

type Settings = NodeDef & { gateway?: string };

/** What an artemis-config offers. */
interface GatewayNode extends Node {
  gateway: Gateway | HikvisionError;
  check: (signal: AbortSignal) => Promise<{ id: string; state: string }[]>;
}

/** What a call needs besides one page's own values. */
interface Call {
  method: string;
  path: string;
  query: unknown;
  body: unknown;
  headers: unknown;
  operation: string;
  idempotent: boolean;
  signal: AbortSignal;
}

export = (RED: NodeAPI): void => {
  function ArtemisRequest(this: Node, config: Settings): void {
    RED.nodes.createNode(this, config);

    const callFor = async (gateway: Gateway, msg: Message): Promise<Call> => {
      const { method, idempotent } = readSettings(rules, config);
      const input = (name: TypedName<typeof rules>): Promise<unknown> =>
        evaluate(RED, this, msg, name, typedInput(rules, config, name));
      const given = await input('path');
      const { value: path } = rules.path.read(given);
      if (path === undefined) {
        const shown = printable(typeof given === 'string' ? given : typeof given, 120);
        throw invalidRequest('path', { path: shown, basePath: gateway.settings.basePath });
      }
      return {
        method,
        path,
        query: await input('query'),
        body: await input('body'),
        headers: ownHeaders(msg),
        operation: operationName(method, path),
        idempotent: idempotent === 'auto' ? isIdempotent(method, path) : idempotent === 'yes',
        signal,
      };
    };

    const single = async (gateway: Gateway, call: Call, msg: Message): Promise<Message> => {
      status.busy('asking');
      const reply = await gateway.call(call);
      const failed = failedItems(reply.data);
      msg.payload = reply.data;
      msg['artemis'] = { ...described(reply), ...(failed.length > 0 ? { failed } : {}) };
      if (failed.length === 0) {
        status.done('done');
      } else {
        status.warn('partly');
        this.warn(RED._('artemis-request.errors.partly', { items: printable(JSON.stringify(failed)) }));
      }
      return msg;
    };

    const pages = (gateway: Gateway, call: Call): AsyncGenerator<Page> => {
      const inQuery = call.method.toUpperCase() === 'GET';
      const parameters = inQuery ? call.query : call.body;
      const { pageSize } = readSettings(rules, config);
      return pagesOf(
        (paging) => {
          status.busy('page', Object.values(paging)[0]);
          const filled = withPaging(parameters, paging);
          return gateway.call({ ...call, ...(inQuery ? { query: filled } : { body: filled }) });
        },
        pageSize,
        pageFieldOf(parameters),
      );
    };

    /** Says on the node whether the list was read to its promised end. */
    const ended = ({ complete, total }: Page, collected: number): void => {
      if (complete !== false) {
        status.done('done');
        return;
      }
      status.warn('incomplete');
      this.warn(RED._('artemis-request.errors.incomplete', { collected, total: total ?? '?' }));
    };

    const collect = async (gateway: Gateway, call: Call, msg: Message): Promise<Message> => {
      const all: unknown[] = [];
      for await (const page of keepablePages(pages(gateway, call))) {
        for (const item of page.list) all.push(item);
        msg['artemis'] = pageDescribed(page);
        if (page.complete !== undefined) ended(page, all.length);
      }
      msg.payload = all;
      return msg;
    };

    const stream = async (gateway: Gateway, call: Call, msg: Message, send: Send): Promise<void> => {
      const id = RED.util.generateId();
      const { pageSize: length } = readSettings(rules, config);
      let collected = 0;
      for await (const page of pages(gateway, call)) {
        collected += page.list.length;
        const { index, count } = page;
        const out = RED.util.cloneMessage(msg);
        out.payload = page.list;
        out['artemis'] = pageDescribed(page);
        // As the split node's arrays with a length, so that a join node puts the pages together to one list.
        out['parts'] = { id, type: 'array', len: length, index, ...(count === undefined ? {} : { count }) };
        if (page.complete !== undefined) ended(page, collected);
        send(out);
      }
    };

    const work = async (msg: Message, send: Send): Promise<void> => {
      const chosen = config.gateway ? (RED.nodes.getNode(config.gateway) as GatewayNode | null) : null;
      if (!chosen) throw HikvisionError.of('noGateway', { delivery: 'unsent' });
      const { gateway } = chosen;
      if (gateway instanceof HikvisionError) throw gateway;
      status.unchecked = gateway.settings.certificate.mode === 'none' && gateway.settings.protocol === 'https';
      const { operation, paging } = readSettings(rules, config);
      if (operation === 'check') {
        status.busy('asking');
        const findings = await chosen.check(signal);
        msg.payload = findings;
        if (findings.every(({ state }) => state === 'passed')) status.done('accepted');
        else status.warn('attention');
        send(msg);
        return;
      }
      const call = await callFor(gateway, msg);
      if (paging === 'stream') await stream(gateway, call, msg, send);
      else send(await (paging === 'collect' ? collect : single)(gateway, call, msg));
    };

    const { status, signal } = onMessages(RED, this, 'artemis-request', { work });
  }

  RED.nodes.registerType('artemis-request', ArtemisRequest);

  RED.httpAdmin.get(
    '/artemis-request/operations',
    RED.auth.needsPermission('artemis-request.read'),
    (_request, response) => {
      response.json(operations);
    },
  );
};

function pageDescribed({ reply, total, complete }: Page): object {
  return { ...described(reply, total), ...(complete === false ? { incomplete: true } : {}) };
}

function described(reply: GatewayReply, total?: number): Record<string, unknown> {
  const { code, msg, path, httpStatus } = reply;
  return { code, msg, path, status: httpStatus, ...(total === undefined ? {} : { total }) };
}

/** The headers that the flow has set. Beside a statusCode they are those of a reply, which says nothing about this request. */
function ownHeaders(msg: Message): unknown {
  return msg['statusCode'] === undefined ? msg['headers'] : undefined;
}
