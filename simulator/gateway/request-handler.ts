import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, type RequestBody } from '../server/request-body.js';
import { sendReply, type Reply } from '../server/reply.js';
import { faultReply, htmlReply } from './behaviour/fault-replies.js';
import type { Fault } from './behaviour/faults.js';
import type { RequestRecord } from './behaviour/request-log.js';
import { WholeReply, type Endpoint } from './endpoints/endpoint.js';
import { pictureAt } from './endpoints/events.js';
import { BASE_PATH, bodyLimitOf, carryOut, endpointOf } from './endpoints/routes.js';
import { readJson } from './protocol/input.js';
import { answerReply, codeReply, Refusal, successReply } from './protocol/replies.js';
import { plain, type WireRequest } from './signing/string-to-sign.js';
import type { GatewayState } from './state/gateway-state.js';

/** How a request ends: with an answer, with none at all, or with its socket destroyed. */
type Ending = Reply | 'no answer' | 'socket destroyed';

/** A request on its way through the gateway. */
interface Visit {
  wire: WireRequest;
  endpoint: Endpoint | undefined;
  record: RequestRecord;
}

const EMPTY = Buffer.alloc(0);

/** Takes a request to one gateway: log, body, signature, fault, call, answer. */
export class RequestHandler {
  constructor(private readonly gateway: GatewayState) {}

  async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log, clock } = this.gateway;
    const { method = '', url: target = '', headers } = incoming;
    const path = plain(target.split('?', 1)[0] ?? '');
    const endpoint = endpointOf(path);
    const record = log.begin({ method, path, group: endpoint?.group });
    incoming.on('error', () => undefined);
    response.on('error', () => undefined);

    const body = await readBody(incoming, bodyLimitOf(endpoint), { takesChunks: true });
    const ending =
      body.outcome === 'read'
        ? await this.serve({ wire: { method, target, headers, body: body.content }, endpoint, record })
        : unreadable(body);
    if (ending === 'socket destroyed') response.destroy();
    else if (ending !== 'no answer') {
      const date = new Date(clock.now()).toUTCString();
      if (sendReply(response, { ...ending, date })) record.status = ending.status;
    }
  }

  private async serve(visit: Visit): Promise<Ending> {
    const { wire, endpoint, record } = visit;
    const { partner, faults, emit } = this.gateway;
    const picture = pictureAt(this.gateway, wire.method, record.path);
    if (picture) return picture;
    // Something else answers there, as the server of the web client does.
    if (!record.path.startsWith(`${BASE_PATH}/`)) return htmlReply(404, 'Not Found');
    const refused = partner.check(wire);
    if (refused) return this.refusal(refused, record);
    const fault = faults.take(endpoint?.group, record.path);
    if (!fault) return this.reply(visit);
    emit({ event: 'fault', fault, path: record.path });
    return this.spoil(fault, visit);
  }

  private async spoil(fault: Fault, visit: Visit): Promise<Ending> {
    switch (fault.kind) {
      case 'timeout':
        return 'no answer';
      case 'reset':
        return 'socket destroyed';
      case 'lost':
        this.reply(visit);
        return 'socket destroyed';
      case 'empty':
        this.reply(visit);
        return { status: 200, body: EMPTY };
      case 'slow':
        await this.gateway.clock.wait(fault.seconds ?? 5);
        return this.reply(visit);
      default:
        return faultReply({ ...fault, kind: fault.kind });
    }
  }

  private reply({ wire, endpoint, record }: Visit): Reply {
    try {
      const data = carryOut(endpoint, wire.method, this.gateway, () => readJson(wire.body));
      record.code = '0';
      return data instanceof WholeReply ? data.reply : successReply(data);
    } catch (error) {
      if (error instanceof Refusal) return this.refusal(error, record);
      return codeReply('1', 'Unknown error');
    }
  }

  private refusal({ code, msg, httpStatus, why }: Refusal, record: RequestRecord): Reply {
    const { emit, rawLineBreaks } = this.gateway;
    record.code = code;
    emit({ event: 'refused', code, why, path: record.path });
    return answerReply({ code, msg, data: '' }, httpStatus, { rawLineBreaks });
  }
}

function unreadable({ outcome }: Exclude<RequestBody, { outcome: 'read' }>): Ending {
  return outcome === 'aborted' ? 'no answer' : { status: 413, body: EMPTY, close: true };
}
