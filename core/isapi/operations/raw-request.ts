import { invalid } from '../../errors/invalid.js';
import * as paths from '../../settings/paths.js';
import { take } from '../../settings/take.js';
import { withAnyOf } from '../../http/turns/wait.js';
import { readCaptureReply } from '../protocol/capture-reply.js';
import type { IsapiReply } from '../protocol/reply.js';
import type { CaptureLease } from '../terminal/capture-lease.js';
import { guardInForce } from '../terminal/guarding/guard-in-force.js';
import type { IsapiCall, Terminal } from '../terminal/terminal.js';
import { CAPTURE_CONTENT_TYPE, CAPTURE_PATH, CAPTURE_TIMEOUT_MS } from './capture/capture-call.js';
import { guardLease } from './capture/guarded-lease.js';
import { assertErasesOnlyNamed, withoutEscapes } from './erasure.js';

export type BodyType = 'auto' | 'json' | 'xml' | 'raw';
export type ReturnType = 'parsed' | 'text' | 'buffer';

/** What a flow gives: values of any type, to be checked. */
export interface RawRequest {
  /** GET where it is blank. */
  method: unknown;
  /** Path and query, below /ISAPI/ or /LOCALS/. */
  path: unknown;
  /** Text or bytes; for JSON an object too. */
  body: unknown;
  bodyType: BodyType;
  signal: AbortSignal;
  /** Who asks, should it be a capture. */
  owner: object;
  /** Lets calls through that may erase more than they name. */
  mayErase?: boolean;
}

const MAX_REPLY_BYTES = 16 * 1024 * 1024;
const CONTENT_TYPES = { json: 'application/json', xml: 'application/xml', raw: 'application/octet-stream' };

/**
 * Sends any other call, with the checks that keep it harmless: only paths of the terminal itself, no body that deletes
 * everybody, no bind by URL, which would bypass the reservation, and a capture only under a lease.
 * @throws HikvisionError `INVALID_INPUT`, or the terminal's own
 */
export async function rawRequest(terminal: Terminal, request: RawRequest): Promise<IsapiReply> {
  const method = take('method', paths.method, request.method);
  const path = take('path', paths.terminalPath, request.path);
  const { bytes, kind } = encode(request.body, request.bodyType);
  if (!request.mayErase) assertErasesOnlyNamed({ method, path, plainPath: decoded(path), body: bytes, kind });
  if (method !== 'GET' && bindsFaces(path) && withoutEscapes(bytes).includes('faceURL')) {
    throw invalid('useBind', 'body');
  }
  const call: IsapiCall = {
    operation: `${method} ${path.replace(/\?.*$/s, '')}`,
    method,
    path,
    ...(bytes ? { body: bytes, contentType: CONTENT_TYPES[kind] } : {}),
    policy: method !== 'POST' || /(Search|Count|AcsEvent)$/i.test(decoded(path)) ? 'repeatable' : 'notTwice',
    maxBytes: MAX_REPLY_BYTES,
    signal: request.signal,
  };
  if (method === 'POST' && decoded(path).toLowerCase() === CAPTURE_PATH.toLowerCase()) {
    return capture(terminal, call, request);
  }
  return terminal.call(call);
}

/** The reply as a flow wants it: an object for JSON and XML with the root as its key, text, or the bytes. */
export function replyBody(reply: IsapiReply, returnType: ReturnType): unknown {
  if (returnType === 'buffer') return reply.body;
  if (returnType === 'text') return reply.body.toString('utf8');
  const { document, body } = reply;
  if (document) return document.root === '' ? document.content : { [document.root]: document.content };
  const isText = /^text\//i.test(reply.headers['content-type'] ?? '') || body.length === 0;
  return isText ? body.toString('utf8') : body;
}

/** A capture overwrites the enrolment picture whoever starts it, so it needs a lease and raises the generation. */
async function capture(terminal: Terminal, call: IsapiCall, { owner, signal }: RawRequest): Promise<IsapiReply> {
  const lease = await terminal.enrolment.takeLease({ owner, limit: terminal.settings.queueLimit, signal });
  try {
    const guard = guardInForce();
    if (!guard) return await captureUnder(lease, terminal, { ...call, signal });
    const hold = await guardLease(guard, terminal, lease, { signal });
    const beforeSending = (): void => hold.assertHeld();
    return await withAnyOf([signal, hold.lost], (either) =>
      captureUnder(lease, terminal, { ...call, signal: either, beforeSending }),
    );
  } finally {
    lease.end();
  }
}

async function captureUnder(
  lease: CaptureLease,
  terminal: Terminal,
  call: IsapiCall & { signal: AbortSignal },
): Promise<IsapiReply> {
  await lease.startCapture('url', 0, call.signal);
  const reply = await terminal.call({
    ...call,
    contentType: CAPTURE_CONTENT_TYPE,
    timeoutMs: CAPTURE_TIMEOUT_MS,
    policy: 'rawCapture',
  });
  const { progress, faceURL } = readCaptureReply(reply);
  if ((progress ?? 100) >= 100) lease.noteCaptured(faceURL);
  return reply;
}

/** A path that has been checked, as a terminal may read it. */
function decoded(path: string): string {
  return paths.decodedPath(path) ?? path;
}

interface Encoded {
  bytes?: Buffer;
  kind: keyof typeof CONTENT_TYPES;
}

function encode(body: unknown, bodyType: BodyType): Encoded {
  if (body === undefined || body === null || body === '') return { kind: 'raw' };
  const kind = bodyType === 'auto' ? kindOf(body) : bodyType;
  if (Buffer.isBuffer(body)) return { bytes: body, kind };
  if (typeof body === 'string') return { bytes: Buffer.from(body, 'utf8'), kind };
  if (typeof body === 'object' && kind === 'json') return { bytes: Buffer.from(JSON.stringify(body), 'utf8'), kind };
  throw invalid('body', kind);
}

function kindOf(body: unknown): keyof typeof CONTENT_TYPES {
  if (Buffer.isBuffer(body)) return 'raw';
  return typeof body === 'string' ? (body.trimStart().startsWith('<') ? 'xml' : 'json') : 'json';
}

function bindsFaces(path: string): boolean {
  return /\/FDLib\/(FDSetUp|FDModify|FaceDataRecord)$/i.test(decoded(path));
}
