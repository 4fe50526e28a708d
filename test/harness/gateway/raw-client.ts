import { createHash, randomUUID } from 'node:crypto';
import http from 'node:http';

import {
  SimulatedGateway,
  type GatewayEvent,
  type GatewaySimulatorSettings,
  type SignatureShape,
} from '../../../simulator/simulated-gateway.js';
import { hmacBase64, wireStringToSign } from './wire-signature.js';

export const PARTNER = { appKey: '29666671', appSecret: 'Zm9vYmFyYmF6cXV4MTIz' };

/** What the reply of a gateway says; `text` is the body as it came. */
export interface GatewayAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  code: string;
  msg: string;
  data: unknown;
}

export interface RawCall {
  method?: string;
  /** What is signed of the client's own headers; undefined sends the call unsigned. */
  shape?: SignatureShape;
  appKey?: string;
  appSecret?: string;
  timestamp?: number;
  nonce?: string;
  /** Added before signing. */
  headers?: Record<string, string>;
  /** Changes the headers after signing. */
  tamper?: (headers: Record<string, string>) => void;
  /** In place of JSON of the body. */
  rawBody?: string | Buffer;
}

const SIGNED: Record<SignatureShape, readonly string[]> = {
  'key-nonce-timestamp': ['X-Ca-Key', 'X-Ca-Nonce', 'X-Ca-Timestamp'],
  'key-timestamp': ['X-Ca-Key', 'X-Ca-Timestamp'],
  key: ['X-Ca-Key'],
  minimal: [],
};

/** Starts a gateway for one test. */
export async function withGateway(
  settings: Partial<GatewaySimulatorSettings>,
  use: (gateway: SimulatedGateway) => Promise<void>,
): Promise<void> {
  const gateway = new SimulatedGateway({ port: 0, ...settings });
  await gateway.start();
  try {
    await use(gateway);
  } finally {
    await gateway.stop();
  }
}

/** What the gateway has emitted from now on. */
export function eventsOf(gateway: SimulatedGateway): GatewayEvent[] {
  const events: GatewayEvent[] = [];
  gateway.on('event', (event) => events.push(event));
  return events;
}

/** Calls a path below /artemis/api/, or any path that begins with a slash; nothing of it comes from core/. */
export async function call(
  gateway: SimulatedGateway,
  path: string,
  body: unknown = {},
  options: RawCall = {},
): Promise<GatewayAnswer> {
  const { method = 'POST', shape, rawBody, tamper, headers: more = {} } = options;
  const url = path.startsWith('/') ? path : `/artemis/api/${path}`;
  const content = Buffer.from(rawBody ?? JSON.stringify(body));
  const headers: Record<string, string> = { Accept: '*/*', 'Content-Type': 'application/json', ...more };
  if (shape !== undefined) sign({ method, url, headers, body: content, shape, options });
  tamper?.(headers);
  return send(gateway, { method, url, headers, body: content });
}

interface Unsigned {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: Buffer;
  shape: SignatureShape;
  options: RawCall;
}

function sign({ method, url, headers, body, shape, options }: Unsigned): void {
  const { appKey, appSecret } = { ...PARTNER, ...options };
  const own: Record<string, string> = {
    'X-Ca-Key': appKey,
    'X-Ca-Nonce': options.nonce ?? randomUUID(),
    'X-Ca-Timestamp': String(options.timestamp ?? Date.now()),
  };
  // The key goes out whether it is signed or not.
  for (const name of new Set(['X-Ca-Key', ...SIGNED[shape]])) headers[name] = own[name] ?? '';
  if (SIGNED[shape].length > 0) headers['X-Ca-Signature-Headers'] = SIGNED[shape].join(',').toLowerCase();
  const rawHeaders = Object.entries(headers).flat();
  headers['X-Ca-Signature'] = hmacBase64(appSecret, wireStringToSign({ method, url, rawHeaders, body }));
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('base64');
}

function send(
  gateway: SimulatedGateway,
  { method, url, headers, body }: { method: string; url: string; headers: Record<string, string>; body: Buffer },
): Promise<GatewayAnswer> {
  const { host, port } = gateway.address;
  return new Promise((resolve, reject) => {
    const all = { 'Content-Length': String(body.length), ...headers };
    const request = http.request({ host, port, method, path: url, headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, ...said(text) });
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}

function said(text: string): Pick<GatewayAnswer, 'code' | 'msg' | 'data'> {
  try {
    const { code, msg, data } = JSON.parse(text) as Pick<GatewayAnswer, 'code' | 'msg' | 'data'>;
    return { code, msg, data };
  } catch {
    return { code: '', msg: '', data: undefined };
  }
}
