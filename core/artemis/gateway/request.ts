import { createHash } from 'node:crypto';

import { printable } from '../../errors/printable.js';
import { openApiPath } from '../../settings/paths.js';
import { decode, encodeFields, mergeFields, readFields, type Fields } from '../signing/fields.js';
import type { GatewaySettings } from './gateway-settings.js';
import { invalidRequest } from '../../errors/invalid.js';
import { linesToSign, namesToSign, signatureOf, type SignatureShape, type SignedLine } from '../signing/signature.js';

/** A call as a flow gives it. */
export interface RequestInput {
  method: string;
  /** Below the base path, or with it; may carry a query. */
  path: string;
  query?: unknown;
  /** An object is sent as JSON, or as a form where Content-Type says so; text and Buffers as they are. GET and DELETE send none. */
  body?: unknown;
  /** Further headers; those whose names begin with `x-ca-`, and those that `X-Ca-Signature-Headers` lists, are signed. */
  headers?: unknown;
}

/** A checked call: everything that is the same each time it is sent. */
export interface PreparedRequest {
  method: string;
  /** Path and query as on the wire. */
  target: string;
  /** The whole path, not percent-encoded. */
  path: string;
  fields: Fields;
  headers: Readonly<Record<string, string>>;
  signedHeaders: readonly string[];
  body?: Buffer;
}

export interface SignedRequest {
  headers: Readonly<Record<string, string>>;
  lines: readonly SignedLine[];
}

const METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE']);
const FORM = 'application/x-www-form-urlencoded';
/** Headers of a message that are never passed on: they belong to one connection, or to the signature. */
const NOT_PASSED_ON = new Set([
  ...['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding', 'content-encoding', 'accept-encoding'],
  ...[
    'proxy-connection',
    'proxy-authorization',
    'authorization',
    'upgrade',
    'expect',
    'te',
    'trailer',
    'server',
    'cookie',
    'set-cookie',
  ],
  ...['x-ca-key', 'x-ca-signature', 'x-ca-signature-headers'],
]);
const SHAPES: Readonly<Record<SignatureShape, { nonce: boolean; timestamp: boolean; signed: string[] }>> = {
  'key-nonce-timestamp': { nonce: true, timestamp: true, signed: ['x-ca-key', 'x-ca-nonce', 'x-ca-timestamp'] },
  'key-timestamp': { nonce: false, timestamp: true, signed: ['x-ca-key', 'x-ca-timestamp'] },
  key: { nonce: false, timestamp: false, signed: ['x-ca-key'] },
  minimal: { nonce: false, timestamp: false, signed: [] },
};

/** Checks a call and gives it its bytes. @throws HikvisionError `INVALID_INPUT` */
export function prepareRequest(
  input: RequestInput,
  { basePath, contentMD5, userId }: Pick<GatewaySettings, 'basePath' | 'contentMD5' | 'userId'>,
): PreparedRequest {
  const method = input.method.toUpperCase();
  if (!METHODS.has(method)) throw invalidRequest('method');
  const { segments, query } = pathParts(input.path, basePath);
  const fields = mergeFields(readFields(query), readFields(input.query));
  const extra = extraHeaders(input.headers);
  const content =
    method === 'GET' || method === 'DELETE' ? undefined : contentOf(input.body, extra.get('content-type'));
  extra.delete('content-type');
  const headers: Record<string, string> = { Accept: extra.get('accept') ?? '*/*' };
  extra.delete('accept');
  if (content) headers['Content-Type'] = content.type;
  if (content && contentMD5 && !content.form) {
    headers['Content-MD5'] = createHash('md5').update(content.body).digest('base64');
    extra.delete('content-md5');
  }
  if (userId !== '') headers['userId'] = userId;
  for (const [name, value] of extra) {
    if (!(name === 'userid' && userId !== '')) headers[name] = value;
  }
  const wireQuery = encodeFields(fields);
  return {
    method,
    target: `/${segments.map(encodeSegment).join('/')}${wireQuery === '' ? '' : `?${wireQuery}`}`,
    path: `/${segments.join('/')}`,
    fields: content?.form ? mergeFields(fields, content.form) : fields,
    headers,
    signedHeaders: [...listedHeaders(input.headers), ...[...extra.keys()].filter((name) => name.startsWith('x-ca-'))],
    ...(content ? { body: content.body } : {}),
  };
}

/** Signs a prepared call for one sending. @param timestamp milliseconds since 1970 */
export function signRequest(
  request: PreparedRequest,
  { appKey, appSecret, signature }: Pick<GatewaySettings, 'appKey' | 'appSecret' | 'signature'>,
  timestamp: number,
  nonce: string,
): SignedRequest {
  const shape = SHAPES[signature];
  const headers: Record<string, string> = { ...request.headers };
  const ours = {
    'X-Ca-Key': appKey.trim(),
    ...(shape.timestamp ? { 'X-Ca-Timestamp': String(timestamp) } : {}),
    ...(shape.nonce ? { 'X-Ca-Nonce': nonce } : {}),
  };
  for (const [name, value] of Object.entries(ours)) {
    // A message may have a header of that name; a nonce from there would be used twice.
    Reflect.deleteProperty(headers, name.toLowerCase());
    headers[name] = value;
  }
  const wanted = [...request.signedHeaders, ...shape.signed];
  const lines = linesToSign({ ...request, headers, signedHeaders: wanted });
  const names = namesToSign(headers, wanted);
  if (names.length > 0) headers['X-Ca-Signature-Headers'] = names.join(',');
  headers['X-Ca-Signature'] = signatureOf(lines, appSecret);
  return { headers, lines };
}

interface PathParts {
  /** Not percent-encoded. */
  segments: string[];
  query: string;
}

function pathParts(given: string, basePath: string): PathParts {
  const [pathText = '', ...rest] = given.trim().split('?');
  const path = pathText.startsWith('/') ? pathText : `/${pathText}`;
  const whole = path === basePath || path.startsWith(`${basePath}/`) ? path : `${basePath}${path}`;
  const segments = whole.slice(1).split('/').map(decode);
  if (openApiPath.read(given).refused !== undefined) {
    throw invalidRequest('path', { path: printable(given, 120), basePath });
  }
  return { segments, query: rest.join('?') };
}

/** A path segment on the wire; what a path may hold as it is stays as it is. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/%(?:3A|40|24|26|2B|2C|3B|3D)/g, decodeURIComponent);
}

interface Content {
  type: string;
  body: Buffer;
  form?: Fields;
}

function contentOf(body: unknown, wantedType: string | undefined): Content {
  const type = wantedType ?? 'application/json';
  if (Buffer.isBuffer(body)) return { type, body };
  if (type.toLowerCase().startsWith(FORM)) {
    const form = readFields(body);
    return { type, body: Buffer.from(encodeFields(form)), form };
  }
  if (body === undefined || body === null || body === '') return { type, body: Buffer.from('{}') };
  if (typeof body === 'string') return { type, body: Buffer.from(body) };
  if (typeof body !== 'object') throw invalidRequest('body', { kind: typeof body });
  try {
    // An object is JSON, whatever Content-Type the reply of an earlier node has left on the message.
    return { type: /json/i.test(type) ? type : 'application/json', body: Buffer.from(JSON.stringify(body)) };
  } catch {
    // A circular object, such as msg.req of an http-in node.
    throw invalidRequest('body', { kind: 'object' });
  }
}

/** The headers of a message by lower-case name. */
function extraHeaders(headers: unknown): Map<string, string> {
  const found = new Map<string, string>();
  if (typeof headers !== 'object' || headers === null) return found;
  for (const [given, value] of Object.entries(headers)) {
    const name = given.trim().toLowerCase();
    if (NOT_PASSED_ON.has(name) || value === undefined || value === null) continue;
    const text = (Array.isArray(value) ? value.join(', ') : String(value)).trim();
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\x20-\x7e]*$/.test(text)) {
      throw invalidRequest('header', { field: printable(given, 60) });
    }
    if (text !== '') found.set(name, text);
  }
  return found;
}

/** Further headers that the message wants signed. */
function listedHeaders(headers: unknown): string[] {
  if (typeof headers !== 'object' || headers === null) return [];
  const entry = Object.entries(headers).find(([name]) => name.trim().toLowerCase() === 'x-ca-signature-headers');
  return typeof entry?.[1] === 'string' ? entry[1].split(',') : [];
}
