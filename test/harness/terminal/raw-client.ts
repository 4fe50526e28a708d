import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import {
  SimulatedTerminal,
  type SimulatorEvent,
  type SimulatorSettings,
} from '../../../simulator/simulated-terminal.js';

/** What came back from the terminal. */
export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  challenges: string[];
  body: Buffer;
  text: string;
}

export interface SendOptions {
  method?: string;
  headers?: http.OutgoingHttpHeaders;
  body?: string | Buffer;
  agent?: http.Agent;
  signal?: AbortSignal;
}

/** Sends one request with node:http or node:https and nothing else. */
export function send(terminal: SimulatedTerminal, path: string, options: SendOptions = {}): Promise<Answer> {
  const { host, port, protocol } = terminal.address;
  const { method = 'GET', headers = {}, body, agent, signal } = options;
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
  const request = protocol === 'https' ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host,
        port,
        path,
        method,
        headers: { ...length, ...headers },
        rejectUnauthorized: false,
        ...(agent && { agent }),
        ...(signal && { signal }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const content = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            challenges: response.headersDistinct['www-authenticate'] ?? [],
            body: content,
            text: content.toString('utf8'),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Sends a JSON document and reads one. */
export async function sendJson(
  terminal: SimulatedTerminal,
  method: string,
  path: string,
  document?: unknown,
): Promise<{ status: number; document: Record<string, unknown> }> {
  const body = document === undefined ? {} : { body: JSON.stringify(document) };
  const { status, text } = await send(terminal, `${path}?format=json`, { method, ...body });
  return { status, document: JSON.parse(text) as Record<string, unknown> };
}

/** Starts a terminal on any free port, runs `work` with it and stops it whatever happens. */
export async function withTerminal(
  settings: Omit<SimulatorSettings, 'port'>,
  work: (terminal: SimulatedTerminal) => Promise<void>,
): Promise<void> {
  const terminal = new SimulatedTerminal({ ...settings, port: 0 });
  await terminal.start();
  try {
    await work(terminal);
  } finally {
    await terminal.stop();
  }
}

/** Every event from now on, in order. */
export function eventsOf(terminal: SimulatedTerminal): SimulatorEvent[] {
  const events: SimulatorEvent[] = [];
  terminal.on('event', (event) => events.push(event));
  return events;
}

/** An event to compare: its time left out. */
export function withoutTime(event: SimulatorEvent): Omit<SimulatorEvent, 'at'> {
  return Object.fromEntries(Object.entries(event).filter(([name]) => name !== 'at')) as Omit<SimulatorEvent, 'at'>;
}

/** The next event of this name. */
export function nextEvent(terminal: SimulatedTerminal, name: SimulatorEvent['event']): Promise<SimulatorEvent> {
  return new Promise((resolve) => {
    const listener = (event: SimulatorEvent): void => {
      if (event.event !== name) return;
      terminal.off('event', listener);
      resolve(event);
    };
    terminal.on('event', listener);
  });
}

export const CAPTURE = '/ISAPI/AccessControl/CaptureFaceData';

/** Sends one capture POST. */
export function capture(
  terminal: SimulatedTerminal,
  children: string,
  options: Omit<SendOptions, 'method' | 'body'> = {},
): Promise<Answer> {
  return send(terminal, CAPTURE, {
    ...options,
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...options.headers },
    body: captureBody(children),
  });
}

export function captureBody(children: string): string {
  const xmlns = 'http://www.isapi.org/ver20/XMLSchema';
  return `<CaptureFaceDataCond version="2.0" xmlns="${xmlns}">${children}</CaptureFaceDataCond>`;
}

export const URL_MODE = '<captureInfrared>false</captureInfrared><dataType>url</dataType>';
export const BINARY_MODE = '<captureInfrared>false</captureInfrared><dataType>binary</dataType>';

/** The text of an XML element; undefined where there is none. */
export function element(text: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
}

/** The fields of a Digest challenge. */
export function fieldsOf(challenge: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, name = '', quoted, bare] of challenge.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,"]+))/g)) {
    fields[name] = quoted ?? bare ?? '';
  }
  return fields;
}

export interface SignOptions {
  username?: string;
  password?: string;
  method?: string;
  path: string;
  nc?: string;
  cnonce?: string;
  /** Fields to write differently, after the response was computed; undefined leaves one out. */
  instead?: Record<string, string | undefined>;
}

/** An Authorization header for a challenge. */
export function sign(challenge: string, options: SignOptions): string {
  const {
    username = 'admin',
    password = 'secret-1',
    method = 'GET',
    path,
    nc = '00000001',
    cnonce = 'abcdef',
  } = options;
  const { realm = '', nonce = '', algorithm, opaque } = fieldsOf(challenge);
  const hashes: Record<string, string> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };
  const hash = (text: string): string =>
    createHash(hashes[algorithm?.replace('-sess', '') ?? 'MD5'] ?? '')
      .update(text)
      .digest('hex');
  const secret = hash(`${username}:${realm}:${password}`);
  const first = algorithm?.endsWith('-sess') === true ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const fields: Record<string, string | undefined> = {
    username,
    realm,
    nonce,
    uri: path,
    qop: 'auth',
    nc,
    cnonce,
    opaque,
    algorithm,
    response: hash(`${first}:${nonce}:${nc}:${cnonce}:auth:${hash(`${method}:${path}`)}`),
    ...options.instead,
  };
  const bare = ['qop', 'nc', 'algorithm'];
  const written = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [bare.includes(name) ? `${name}=${value}` : `${name}="${value}"`],
  );
  return `Digest ${written.join(', ')}`;
}

/** Forgets the connections to a terminal that has just hung up: the next request would go out on one before that is heard. */
export function forgetConnections(): void {
  http.globalAgent.destroy();
}
