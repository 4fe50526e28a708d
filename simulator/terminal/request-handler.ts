import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, type RequestBody } from '../server/request-body.js';
import { sendReply } from '../server/reply.js';
import { faultReply } from './behaviour/fault-replies.js';
import type { RequestRecord } from './behaviour/request-log.js';
import type { Answer, Endpoint, TerminalRequest } from './endpoints/endpoint.js';
import { answer, endpointOf } from './endpoints/routes.js';
import { Refusal, statusReply } from './protocol/replies.js';
import { applyEdit } from './state/apply-edit.js';
import type { TerminalState } from './state/terminal-state.js';

/** How a request ends: with an answer, perhaps with none at all, or with its socket destroyed. */
type Ending = Answer | 'socket destroyed';

const EMPTY = Buffer.alloc(0);

/** Takes a request to one terminal: log, body, login, fault, endpoint, answer. */
export class RequestHandler {
  constructor(private readonly terminal: TerminalState) {}

  async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log } = this.terminal;
    const { method = '', url: target = '' } = incoming;
    const path = pathOf(target);
    const endpoint = endpointOf(path);
    const record = log.begin({ method, path, target, kind: endpoint.kind });
    const whenOver = once(() => log.end());
    response.once('close', whenOver);
    incoming.on('error', () => undefined);
    response.on('error', () => undefined);

    const body = await readBody(incoming, endpoint.bodyLimit);
    const ending =
      body.outcome === 'read' ? await this.serve(incoming, endpoint, record, body.content) : this.refuse(body);
    if (ending === 'socket destroyed') response.destroy();
    else if (ending === 'no answer' || response.destroyed) return;
    else if ('begin' in ending) {
      record.status = ending.status;
      // A stream is open, but nothing is in progress.
      whenOver();
      ending.begin(response);
    } else if (sendReply(response, ending)) record.status = ending.status;
  }

  private refuse({ outcome }: Exclude<RequestBody, { outcome: 'read' }>): Ending {
    switch (outcome) {
      case 'aborted':
        return 'no answer';
      case 'chunked':
        this.terminal.log.counters.chunkedBodies += 1;
        return { status: 411, body: EMPTY, close: true };
      case 'too large':
        return { status: 413, body: EMPTY, close: true };
    }
  }

  private async serve(
    { headers, socket }: IncomingMessage,
    endpoint: Endpoint,
    record: RequestRecord,
    body: Buffer,
  ): Promise<Ending> {
    const { login, log } = this.terminal;
    const contentType = headers['content-type'] ?? '';
    record.contentType = contentType;
    record.bodyBytes = body.length;
    const refused = login.check(headers.authorization, record);
    if (refused) return refused;
    record.authorized = true;
    if (record.newLogin) this.terminal.noteLogin(socket.remoteAddress ?? '');
    log.counters.requests[endpoint.kind] += 1;
    const { method, target, path } = record;
    const query = new URLSearchParams(target.split('?')[1] ?? '');
    const format = query.get('format') === 'json' ? 'json' : 'xml';
    return this.process(endpoint, { method, target, path, query, format, contentType, body });
  }

  private async process(endpoint: Endpoint, request: TerminalRequest): Promise<Ending> {
    const { faults, clock, emit } = this.terminal;
    const fault = faults.take(endpoint.kind);
    if (!fault) return this.reply(endpoint, request);
    emit({ event: 'fault', fault, path: request.path });
    switch (fault.kind) {
      case 'timeout':
        return 'no answer';
      case 'reset':
        return 'socket destroyed';
      case 'lost':
        await this.reply(endpoint, request);
        return 'socket destroyed';
      case 'empty':
        await this.reply(endpoint, request);
        return { status: 200, body: EMPTY };
      case 'slow':
        await new Promise<void>((resolve) => clock.after(fault.seconds ?? 5, resolve));
        return this.reply(endpoint, request);
      case 'edit':
        if (fault.edit) applyEdit(this.terminal, fault.edit);
        return this.reply(endpoint, request);
      case 'rejected':
        return this.terminal.login.rejection(request.target);
      case 'undone':
        return this.reply(endpoint, { ...request, undone: true });
      case 'skipped':
      case 'repeated':
      case 'missing':
      case 'total':
      case 'short':
      case 'unsorted':
      case 'hollow':
        return this.reply(endpoint, { ...request, listFault: fault.kind });
      default:
        return faultReply({ ...fault, kind: fault.kind }, request);
    }
  }

  private async reply(endpoint: Endpoint, request: TerminalRequest): Promise<Answer> {
    const { target, format } = request;
    const { statusNamespace } = this.terminal.model;
    try {
      return await answer(endpoint, this.terminal, request);
    } catch (error) {
      if (error instanceof Refusal) return statusReply(error.httpStatus, error.status, format, target, statusNamespace);
      return statusReply(500, { statusCode: 3, subStatusCode: 'deviceError' }, format, target, statusNamespace);
    }
  }
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) action();
    isDone = true;
  };
}

/** The path of a request target, percent-decoded where that is possible. */
function pathOf(target: string): string {
  const path = target.split('?', 1)[0] ?? '';
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
