import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import { hmacBase64, wireStringToSign } from './wire-signature.js';

export interface GatewayOptions {
  appKey: string;
  appSecret: string;
  /** Headers that have to be signed, sorted; by default those of the usual shape. */
  signed: string[];
  /** How an invalid signature is said. */
  wording: 'short' | 'long' | 'raw-line-breaks';
  /** The Content-Type that the gateway believes to have seen. */
  seenContentType?: string;
  /** The Date header; the real time where absent. */
  date?: string;
  tls?: { key: string; cert: string };
}

export interface SeenRequest {
  method: string;
  path: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  rawHeaders: string[];
  body: Buffer;
}

/** An answer of the gateway itself; of something else before it; a connection that dies; silence. */
export type Scripted =
  | { code: string | number; msg?: string; data?: unknown; status?: number }
  | { status: number; type: string; body: string | Buffer }
  | 'reset'
  | 'silence';

type Json = Record<string, unknown>;

const KEY = '29666671';
const SECRET = 'Zm9vYmFyYmF6cXV4MTIz';

/** A gateway on a loopback port that verifies signatures with code of its own and keeps persons, access and visits. */
export class SimulatedGateway {
  readonly options: GatewayOptions;
  readonly requests: SeenRequest[] = [];
  /** Requests whose signature, nonce, timestamp or Content-MD5 was not right. */
  readonly rejected: string[] = [];
  readonly persons = new Map<string, Json>();
  /** Persons, or visitors, by access level. */
  readonly access = new Map<string, Set<string>>([
    ['1', new Set()],
    ['7', new Set()],
  ]);
  readonly visits = new Map<string, { visitorId: string; face?: string; isIn: boolean; isOut: boolean }>();
  /** What the next questions for the result of applying are answered with, before every device has taken all. */
  readonly applyResults: object[][] = [];
  /** What `version` answers. */
  softVersion = 'V3.1.0';
  /** What was applied to the devices. */
  readonly applied: string[] = [];
  connections = 0;
  private readonly nonces = new Set<string>();
  private readonly scripts = new Map<string, Scripted[]>();
  private readonly server: http.Server;
  private readonly sockets = new Set<Socket>();

  constructor(options: Partial<GatewayOptions> = {}) {
    const usual = ['x-ca-key', 'x-ca-nonce', 'x-ca-timestamp'];
    this.options = { appKey: KEY, appSecret: SECRET, signed: usual, wording: 'short', ...options };
    const listener: http.RequestListener = (request, response) => void this.handle(request, response);
    this.server = this.options.tls ? https.createServer(this.options.tls, listener) : http.createServer(listener);
    this.server.on(this.options.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server.close();
    this.dropConnections();
    if (this.server.listening) await once(this.server, 'close');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The next answers to calls whose path ends so, before it answers by itself again. */
  script(path: string, ...answers: Scripted[]): void {
    this.scripts.set(path, [...(this.scripts.get(path) ?? []), ...answers]);
  }

  /** How often a path that ends so was called. */
  calls(path: string): number {
    return this.requests.filter((request) => request.path.endsWith(path)).length;
  }

  /** Ends every connection, as a gateway does with idle ones. */
  dropConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Resolves when the next request has arrived. */
  async nextRequest(): Promise<void> {
    await once(this.server, 'arrived');
  }

  private async handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers, rawHeaders } = request;
    const path = decodeURIComponent(url.split('?')[0] ?? '');
    const seen = { method, path, url, headers, rawHeaders, body: Buffer.concat(chunks) };
    this.requests.push(seen);
    this.server.emit('arrived');
    if (this.options.date !== undefined) response.setHeader('Date', this.options.date);
    const scripted = this.nextScripted(path);
    if (scripted === 'silence') return;
    if (scripted === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (scripted && 'type' in scripted) {
      response.writeHead(scripted.status, { 'Content-Type': scripted.type }).end(scripted.body);
      return;
    }
    const { status = 200, ...answer } = this.refusalOf(seen) ?? scripted ?? this.carryOut(seen);
    const text = JSON.stringify({ msg: answer.code === '0' ? 'Success' : 'Failed', ...answer });
    // Some gateways write the echoed string with real line breaks, which is no JSON.
    const raw = this.options.wording === 'raw-line-breaks' ? text.replaceAll('\\n', '\n') : text;
    response.writeHead(status, { 'Content-Type': 'application/json;charset=UTF-8' }).end(raw);
  }

  private nextScripted(path: string): Scripted | undefined {
    for (const [ending, answers] of this.scripts) if (path.endsWith(ending)) return answers.shift();
    return undefined;
  }

  private refusalOf(seen: SeenRequest): { code: string; msg: string; status?: number } | undefined {
    const { headers, body } = seen;
    const { appKey, appSecret, signed, wording, seenContentType } = this.options;
    const refuse = (code: string, msg: string): { code: string; msg: string; status: number } => {
      this.rejected.push(`${seen.method} ${seen.url}: ${code} ${msg}`);
      return { code, msg, status: 401 };
    };
    if (headers['x-ca-key'] !== appKey) return refuse('0x02401001', 'Invalid appKey');
    const rawHeaders =
      seenContentType === undefined
        ? seen.rawHeaders
        : seen.rawHeaders.map((value, index, all) =>
            all[index - 1]?.toLowerCase() === 'content-type' ? seenContentType : value,
          );
    const text = wireStringToSign({ ...seen, rawHeaders });
    if (headers['x-ca-signature'] !== hmacBase64(appSecret, text)) {
      const echo = `Invalid Signature! and StringToSign: ${text}`;
      const long = `api AK/SK signature authentication failed,${echo}, apiName : version, appKey : ${appKey}`;
      return refuse('0x02401003', wording === 'short' ? echo : long);
    }
    const list = String(headers['x-ca-signature-headers'] ?? '');
    const own = list.split(',').filter((name) => /^x-ca-(?:key|nonce|timestamp)$/.test(name));
    if (own.join() !== signed.join() || list !== list.toLowerCase()) return refuse('68', `signed headers ${list}`);
    const nonce = headers['x-ca-nonce'];
    if (nonce !== undefined && this.nonces.has(String(nonce))) return refuse('64', 'nonce repeated');
    this.nonces.add(String(nonce));
    const timestamp = headers['x-ca-timestamp'];
    if (timestamp !== undefined && Math.abs(Number(timestamp) - Date.now()) > 900_000) return refuse('64', 'timestamp');
    const digest = headers['content-md5'];
    if (digest !== undefined && digest !== createHash('md5').update(body).digest('base64')) return refuse('64', 'MD5');
    return undefined;
  }

  private carryOut({ path, body }: SeenRequest): { code: string; msg?: string; data?: unknown; status?: number } {
    const call = /\/artemis\/api\/(.*)$/.exec(path)?.[1] ?? '';
    const input = parsed(body);
    const text = (name: string): string => (typeof input[name] === 'string' ? input[name] : '');
    switch (call) {
      case 'common/v1/version':
        return { code: '0', data: { softVersion: this.softVersion, productName: 'HikCentral Professional' } };
      case 'resource/v1/person/personList':
        return { code: '0', data: pageOf([...this.persons.values()], input) };
      case 'resource/v1/acsDevice/acsDeviceList':
        return { code: '0', data: pageOf([{ acsDevIndexCode: '1', acsDevName: 'Lobby' }], input) };
      case 'acs/v1/privilege/group': {
        if (input['type'] !== 1 && input['type'] !== 2) return { code: '0x00072001', msg: 'type' };
        const levels = [...this.access.keys()].map((privilegeGroupId) => ({ privilegeGroupId }));
        return { code: '0', data: pageOf(levels, input) };
      }
      case 'visitor/v1/register/getVistorRegisterRecord': {
        const [from, to] = [Date.parse(text('visitStartTimeBegin')), Date.parse(text('visitStartTimeEnd'))];
        if (!(to - from > 0 && to - from <= 31 * 86_400_000)) return { code: '0x00072002', msg: 'window' };
        const { list, total } = pageOf([...this.visits.values()], input);
        return { code: '0', data: { list, totalNum: total } };
      }
      case 'resource/v1/person/single/add': {
        if ([...this.persons.values()].some(({ personCode }) => personCode === input['personCode'])) {
          return { code: '131' };
        }
        const personId = String(this.persons.size + 1);
        this.persons.set(personId, { personId, ...input });
        return { code: '0', data: personId };
      }
      case 'resource/v1/person/personCode/personInfo': {
        const found = [...this.persons.values()].find(({ personCode }) => personCode === input['personCode']);
        return found ? { code: '0', data: found } : { code: '128', msg: 'not found', data: '' };
      }
      case 'resource/v1/person/face/update': {
        const person = this.persons.get(text('personId'));
        if (!person) return { code: '128' };
        if (
          !Buffer.from(text('faceData'), 'base64')
            .subarray(0, 2)
            .equals(Buffer.from([0xff, 0xd8]))
        ) {
          return { code: '2' };
        }
        person['face'] = input['faceData'];
        return { code: '0', data: '' };
      }
      case 'acs/v1/privilege/group/single/addPersons':
      case 'acs/v1/privilege/group/single/deletePersons': {
        const level = this.access.get(text('privilegeGroupId'));
        if (!level) return { code: '128' };
        for (const { id } of input['list'] as { id: string }[]) {
          if (call.endsWith('addPersons')) level.add(id);
          else level.delete(id);
        }
        return { code: '0', data: '' };
      }
      case 'visitor/v1/auth/reapplication':
        this.applied.push(text('personIds'));
        return { code: '0', data: '' };
      case 'acs/v1/auth/applicationResult': {
        const id = text('personIds');
        if (!this.applied.includes(id)) return { code: '128' };
        const taken = [{ personId: id, deviceName: 'Lobby', status: 'success', errorCode: 0 }];
        const list = this.applyResults.shift() ?? taken;
        return { code: '0', data: { total: list.length, list } };
      }
      case 'visitor/v2/appointment': {
        const [first] = input['visitorInfoList'] as { VisitorInfo: { faces?: { faceData: string }[] } }[];
        const face = first?.VisitorInfo.faces?.[0]?.faceData;
        const visit = { visitorId: `v${this.visits.size + 1}`, isIn: false, isOut: false, ...(face ? { face } : {}) };
        const appointRecordId = `a${this.visits.size + 1}`;
        this.visits.set(appointRecordId, visit);
        return { code: '0', data: { appointRecordId, visitorId: visit.visitorId, qrCodeImage: '' } };
      }
      case 'visitor/v1/registerment': {
        const visit = this.visits.get(text('appointId'));
        if (!visit || !(Date.parse(text('visitEndTime')) > Date.parse(text('visitStartTime')))) return { code: '2' };
        if (visit.isIn) return { code: '131' };
        visit.isIn = true;
        return { code: '0', data: '' };
      }
      case 'visitor/v1/visitor/out': {
        const visit = this.visits.get(text('appointRecordId'));
        if (!visit) return { code: '128' };
        visit.isOut = true;
        return { code: '0', data: '' };
      }
      default:
        return call.startsWith('echo') ? { code: '0', data: 'received' } : { code: '8', msg: 'not supported' };
    }
  }
}

function pageOf(all: object[], { pageNo, pageSize }: Json): { total: number; list: object[] } {
  const from = (Number(pageNo) - 1) * Number(pageSize);
  return { total: all.length, list: all.slice(from, from + Number(pageSize)) };
}

function parsed(body: Buffer): Json {
  try {
    return JSON.parse(body.toString('utf8')) as Json;
  } catch {
    return {};
  }
}
