import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { MOST_DELIVERY_BYTES } from '../../core/artemis/events/inbox/delivery.js';
import type { Receipt } from '../../core/artemis/events/event-watch.js';

/** Takes what was posted. */
export type Receive = (body: Buffer) => Promise<Receipt>;

/** Where Node-RED serves the pages of flows: an Express application, as far as it is used here. */
interface PathServer {
  /** What it hands on has a URL from which the path is gone. */
  use(path: string, handle: (request: Posted, response: ServerResponse, next: () => void) => void): unknown;
}

interface Posted extends IncomingMessage {
  /** What was read already: by the editor's reader of JSON, where the editor lies at the root, or a middleware of the user. */
  body?: unknown;
}

/** Below httpNodeRoot. */
export const EVENTS_PATH = '/hikvision';
const PATH = /^\/([\w-]+)\/?(?:\?|$)/;
/** Deliveries that are read at once; a gateway sends one after another. */
const MOST_AT_ONCE = 20;
/** A body that takes longer is not waited for (milliseconds). */
const LONGEST_BODY_MS = 20_000;
const STATUS: Readonly<Record<Receipt, number>> = { taken: 200, unreadable: 400, unavailable: 503 };

/**
 * Where gateways post their events: one path for each node, known by a secret. Whoever does not know it learns nothing and
 * costs next to nothing: no body is read, nothing is logged, and how much of a guess was right cannot be measured.
 */
export class EventEndpoint {
  private readonly places = new Map<Receive, Buffer>();
  private reading = 0;

  constructor(server: PathServer) {
    // Not by a parameter of the path: Express decodes one, and logs what it cannot decode.
    server.use(EVENTS_PATH, (request, response, next) => {
      const [, secret = ''] = PATH.exec(request.url ?? '') ?? [];
      const receive = this.placeOf(secret);
      if (receive) void this.answer(receive, request, response);
      else next();
    });
  }

  /** Opens the path with this secret, until the returned function is called. */
  open(secret: string, receive: Receive): () => void {
    this.places.set(receive, digest(secret));
    return () => void this.places.delete(receive);
  }

  /** Compares with each of them, in a time that does not depend on how much is right. */
  private placeOf(secret: string): Receive | undefined {
    const given = digest(secret);
    let found: Receive | undefined;
    for (const [receive, own] of this.places) if (timingSafeEqual(own, given)) found = receive;
    return found;
  }

  private async answer(receive: Receive, request: Posted, response: ServerResponse): Promise<void> {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const refused = refusalOf(request);
    if (refused !== undefined) {
      end(response, refused);
    } else if (this.reading >= MOST_AT_ONCE) {
      end(response, 503);
    } else {
      this.reading += 1;
      try {
        const body = await bodyOf(request);
        end(response, Buffer.isBuffer(body) ? STATUS[await receive(body)] : body);
      } finally {
        this.reading -= 1;
      }
    }
  }
}

/** The status of a request that is refused without reading it. */
function refusalOf({ method, headers }: Posted): number | undefined {
  if (method !== 'POST') return 405;
  const type = headers['content-type'];
  const isJson = type === undefined || /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type);
  if (!isJson || !/^(?:identity)?$/i.test(headers['content-encoding'] ?? '')) return 415;
  return Number(headers['content-length'] ?? 0) > MOST_DELIVERY_BYTES ? 413 : undefined;
}

/** The body, or the status where it is too long or does not come. */
async function bodyOf(request: Posted): Promise<Buffer | number> {
  if (request.readableEnded) return readAlready(request.body);
  const slow = setTimeout(() => request.destroy(), LONGEST_BODY_MS);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MOST_DELIVERY_BYTES) return 413;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch {
    return 400;
  } finally {
    clearTimeout(slow);
  }
}

/** As bytes again; what is nested too deep to be written is none. */
function readAlready(body: unknown): Buffer | number {
  if (Buffer.isBuffer(body)) return body;
  try {
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? null));
    return bytes.length > MOST_DELIVERY_BYTES ? 413 : bytes;
  } catch {
    return 400;
  }
}

function end(response: ServerResponse, status: number): void {
  if (response.destroyed || response.headersSent) return;
  response.statusCode = status;
  // What was not read of a refused request is not waited for.
  if (status === 413) response.setHeader('Connection', 'close');
  if (status === 405) response.setHeader('Allow', 'POST');
  if (status === 503) response.setHeader('Retry-After', '5');
  response.setHeader('Content-Length', '0');
  response.end();
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
