import { EventEmitter } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { isIPv4, type AddressInfo, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { Camera } from './terminal/enrolment/camera.js';
import { TerminalClock } from './terminal/behaviour/clock.js';
import { DigestVerifier, type ChallengeSettings } from './terminal/login/digest-verifier.js';
import {
  answer,
  endpointOf,
  type TerminalState,
  type TerminalRequest,
  type Endpoint,
} from './terminal/endpoints/endpoints.js';
import type { SimulatorEvent, Emit } from './terminal/behaviour/events.js';
import { FaceLibrary } from './terminal/enrolment/face-library.js';
import { facePicture } from './terminal/picture/simulated-face.js';
import { ArmedFaults, type Fault } from './terminal/behaviour/faults.js';
import { LockOut } from './terminal/login/lock-out.js';
import { isModelName, MODELS, type Model, type ModelName } from './terminal/behaviour/models.js';
import { Persons } from './terminal/enrolment/persons.js';
import { Refusal, statusReply, xmlReply, type Reply } from './terminal/protocol/replies.js';
import { newCounters, type Counters, type RequestRecord } from './terminal/behaviour/request-log.js';
import type { JsonObject } from './terminal/protocol/request-documents.js';

export { facePicture, faceNameOf } from './terminal/picture/simulated-face.js';
export { parseFault, type Fault } from './terminal/behaviour/faults.js';
export { isModelName, MODELS, type Model, type ModelName } from './terminal/behaviour/models.js';
export type { ChallengeSettings, DigestAlgorithm } from './terminal/login/digest-verifier.js';
export type { SimulatorEvent } from './terminal/behaviour/events.js';
export type { Counters, RequestKind, RequestRecord } from './terminal/behaviour/request-log.js';

export interface SimulatorSettings {
  /** 0 = any free port. */
  port: number;
  /** Default 127.0.0.1; only loopback is allowed: 127.0.0.0/8, ::1, localhost. */
  host?: string;
  model: ModelName;
  /** Replaces parts of the model's behaviour. */
  behaviour?: Partial<Model>;
  /** Simulated seconds from the start of an attempt to capture until somebody appears by himself if nobody was presented. */
  faceAfter?: number;
  /** Speaks HTTPS when given. */
  tls?: SecureContextOptions;
  /** Without a user name it asks for no login. */
  username?: string;
  password?: string;
  /** What the counter in the picture's URL goes on from; default 0. A unit's own counter survives its restart. */
  urlCounter?: number;
  /** How long a simulated second lasts in real seconds; default 1. */
  timeScale?: number;
  challenge?: ChallengeSettings;
  /** Wrong logins in a row that lock the account; default 5. */
  tries?: number;
  /** Simulated seconds of a lock; default 1800. */
  lockSeconds?: number;
  /** Real seconds after which an idle connection is closed; default 30. */
  idleSeconds?: number;
}

/** A person as persons() shows it; `UserInfo` as Search would answer it, `face` names the face that is bound. */
export interface SimulatedPerson {
  employeeNo: string;
  name: string;
  face?: string;
  UserInfo: JsonObject;
}

/**
 * A Hikvision face terminal for tests and for building flows without hardware: it listens on loopback, keeps one
 * enrolment picture that each capture overwrites, and is as strict as real units are.
 * It emits `event` with a SimulatorEvent.
 */
export class SimulatedTerminal extends EventEmitter<{ event: [SimulatorEvent] }> {
  private readonly clock: TerminalClock;
  private readonly lockOut: LockOut;
  private readonly verifier: DigestVerifier | undefined;
  private readonly faults = new ArmedFaults();
  private readonly terminal: TerminalState;
  private readonly sockets = new Set<Socket>();
  private server: http.Server | undefined;
  private listening: AddressInfo | undefined;
  private counted = newCounters();
  private inFlight = 0;

  constructor(private readonly settings: SimulatorSettings) {
    super();
    if (!isModelName(settings.model)) {
      throw new Error(`There is no model ${JSON.stringify(settings.model)} to simulate`);
    }
    this.clock = new TerminalClock(settings.timeScale ?? 1);
    const now = (): number => this.clock.now();
    this.lockOut = new LockOut(settings.tries ?? 5, settings.lockSeconds ?? 1800, now);
    const { username, password = '' } = settings;
    if (username !== undefined && username !== '') {
      const login = { username, password, realm: `${settings.model}(simulated)` };
      this.verifier = new DigestVerifier(login, settings.challenge ?? {}, now);
    }
    this.terminal = this.newDevice();
  }

  /**
   * Begins to listen.
   * @throws Error if the host is not loopback, if it runs already, or if it cannot listen (EADDRINUSE, EACCES)
   */
  async start(): Promise<{ port: number }> {
    const host = loopback(this.settings.host ?? '127.0.0.1');
    if (this.server) throw new Error('The simulated terminal runs already');
    const server = this.settings.tls ? https.createServer(this.settings.tls) : http.createServer();
    this.server = server;
    this.serve(server);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('listening', resolve).once('error', reject);
        server.once('close', () => reject(new Error('The simulated terminal was stopped')));
        server.listen(this.settings.port, host);
      });
    } catch (error) {
      if (this.server === server) this.server = undefined;
      throw error;
    }
    server.on('error', () => undefined);
    this.listening = server.address() as AddressInfo;
    return { port: this.listening.port };
  }

  /** Closes the server with every socket and timer at once. */
  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    this.terminal.camera.abandon();
    this.terminal.persons.abandonDeleting();
    this.clock.clear();
    if (!server) return;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** Where it listens. @throws Error before the first start */
  get address(): { host: string; port: number; protocol: 'http' | 'https' } {
    if (!this.listening) throw new Error('The simulated terminal has not been started');
    const { address, port } = this.listening;
    return { host: address, port, protocol: this.settings.tls ? 'https' : 'http' };
  }

  /**
   * Puts a face in front of the camera, behind those that wait there. It leaves when it has been captured once, unless it stays.
   * @throws Error for a name that is empty or longer than 1000 bytes
   */
  present(face: string, { stays = false }: { stays?: boolean } = {}): void {
    facePicture(face);
    this.terminal.camera.present(face, stays);
  }

  /** Nobody is in front any more. */
  leave(): void {
    this.terminal.camera.leave();
  }

  /** Somebody captures on the terminal's own menu: the enrolment picture is overwritten. @throws as present does */
  foreignCapture(face: string): void {
    this.terminal.camera.foreignCapture(face);
  }

  /** Arms a fault; faults strike in the order in which they were armed. */
  fault(fault: Fault): void {
    this.faults.arm(fault);
  }

  /** Persons, faces, faults, presented faces, picture, lock-out and counters are gone; a running capture is cancelled. */
  reset(): void {
    this.terminal.camera.reset();
    this.terminal.persons.clear();
    this.faults.clear();
    this.lockOut.clear();
    this.counted = newCounters();
  }

  persons(): SimulatedPerson[] {
    const { persons } = this.terminal;
    return persons.all().map((person) => ({
      employeeNo: person.employeeNo,
      name: person.name,
      ...(person.face && { face: person.face.name }),
      UserInfo: persons.userInfoOf(person),
    }));
  }

  get counters(): Readonly<Counters> {
    return this.counted;
  }

  private newDevice(): TerminalState {
    const { settings, clock } = this;
    const model: Model = { ...MODELS[settings.model], ...settings.behaviour };
    const emit: Emit = (content) => this.emit('event', { ...content, at: new Date().toISOString() });
    const urlOf = (count: number): string => {
      const { protocol, host, port } = this.address;
      const name = host.includes(':') ? `[${host}]` : host;
      return `${protocol}://${name}:${port}/LOCALS/pic/web_face_enrollpic.jpg@WEB${String((this.settings.urlCounter ?? 0) + count).padStart(12, '0')}`;
    };
    const camera = new Camera(model, clock, settings.faceAfter, urlOf, emit);
    const persons = new Persons(model, clock, emit);
    return {
      modelName: settings.model,
      model,
      camera,
      persons,
      faceLibrary: new FaceLibrary(model, clock, persons, () => camera.picture, emit),
      counters: () => this.counted,
      urlOf,
      emit,
      lockState: (httpStatus) => this.lockState(httpStatus),
    };
  }

  private serve(server: http.Server): void {
    const idle = (this.settings.idleSeconds ?? 30) * 1000;
    server.keepAliveTimeout = idle;
    server.on('request', (request, response) => void this.handle(request, response));
    server.on('connection', (socket: Socket) => {
      this.counted.connections += 1;
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.on('secureConnection', () => (this.counted.tlsHandshakes += 1));
  }

  private async handle(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = '', url: target = '' } = incoming;
    const path = pathOf(target);
    const endpoint = endpointOf(path);
    const record: RequestRecord = {
      method,
      path,
      target,
      kind: endpoint.kind,
      status: 0,
      authorized: false,
      bodyBytes: 0,
      startedAt: Date.now(),
    };
    const { counted } = this;
    counted.records.push(record);
    if (counted.records.length > MOST_RECORDS) counted.records.shift();
    this.inFlight += 1;
    counted.maxInFlight = Math.max(counted.maxInFlight, this.inFlight);
    response.once('close', () => (this.inFlight -= 1));
    incoming.on('error', () => undefined);
    response.on('error', () => undefined);

    const format = new URLSearchParams(target.split('?')[1] ?? '').get('format') === 'json' ? 'json' : 'xml';
    const body = await this.readBody(incoming, endpoint);
    if (body === undefined) return;
    if (!Buffer.isBuffer(body)) {
      send(response, record, body);
      return;
    }
    record.bodyBytes = body.length;
    const refused = this.checkLogin(incoming, record);
    if (refused) {
      send(response, record, refused);
      return;
    }
    record.authorized = true;
    counted.requests[endpoint.kind] += 1;
    const contentType = incoming.headers['content-type'] ?? '';
    await this.process(endpoint, { method, target, path, format, contentType, body }, record, response);
  }

  /** The body, a refusal of the body, or undefined if the client went away. */
  private async readBody(incoming: http.IncomingMessage, { bodyLimit }: Endpoint): Promise<Buffer | Reply | undefined> {
    if (incoming.headers['transfer-encoding'] !== undefined) {
      this.counted.chunkedBodies += 1;
      return { status: 411, body: Buffer.alloc(0), close: true };
    }
    if (Number(incoming.headers['content-length'] ?? 0) > bodyLimit) {
      return { status: 413, body: Buffer.alloc(0), close: true };
    }
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
    } catch {
      return undefined;
    }
    return Buffer.concat(chunks);
  }

  /** The 401 answer, or undefined for a request that may pass. */
  private checkLogin(incoming: http.IncomingMessage, record: RequestRecord): Reply | undefined {
    const { verifier, counted } = this;
    if (!verifier) return undefined;
    const { authorization } = incoming.headers;
    const { method, target } = record;
    if (authorization === undefined) {
      counted.challenges += 1;
      if (record.bodyBytes > 0) counted.unsignedBodies += 1;
      return this.unauthorized(verifier.challenges(target, false));
    }
    if (/^Basic\b/i.test(authorization)) {
      counted.basicAnswers += 1;
      record.reason = 'Basic';
      return this.unauthorized(verifier.challenges(target, false));
    }
    const { outcome, reason } = verifier.verify({ method, target, authorization });
    record.reason = reason;
    switch (outcome) {
      case 'ok':
        if (this.lockOut.rightPassword()) {
          delete record.reason;
          return undefined;
        }
        record.reason = 'locked';
        counted.lockedRejections += 1;
        break;
      case 'wrong':
        counted.signedRejections += 1;
        this.rejectLogin();
        break;
      case 'repeatedNc':
        counted.repeatedNc += 1;
        break;
      case 'spent':
        counted.staleRejections += 1;
        return this.unauthorized([]);
      case 'stale':
        counted.staleRejections += 1;
        break;
    }
    return this.unauthorized(verifier.challenges(target, outcome === 'stale'));
  }

  private rejectLogin(): void {
    const wasLocked = this.lockOut.remaining > 0;
    this.lockOut.wrongPassword();
    this.terminal.emit({ event: 'login rejected', triesLeft: this.lockOut.triesLeft });
    if (!wasLocked && this.lockOut.remaining > 0) this.terminal.emit({ event: 'locked', unlockTime: this.unlockTime });
  }

  /** Whole real seconds until the lock ends. */
  private get unlockTime(): number {
    return Math.ceil(this.clock.real(this.lockOut.remaining));
  }

  private unauthorized(challenges: string[]): Reply {
    return { ...this.lockState(401), challenges };
  }

  /** The userCheck document. */
  private lockState(httpStatus: number): Reply {
    return xmlReply(
      'userCheck',
      {
        statusValue: httpStatus,
        statusString: httpStatus === 200 ? 'OK' : 'Unauthorized',
        isActivated: true,
        lockStatus: this.lockOut.remaining > 0 ? 'lock' : 'unlock',
        unlockTime: this.unlockTime,
        retryLoginTime: this.lockOut.triesLeft,
      },
      httpStatus,
    );
  }

  private async process(
    endpoint: Endpoint,
    request: TerminalRequest,
    record: RequestRecord,
    response: http.ServerResponse,
  ): Promise<void> {
    const fault = this.faults.take(endpoint.kind);
    if (fault) this.terminal.emit({ event: 'fault', fault, path: request.path });
    switch (fault?.kind) {
      case 'timeout':
        return;
      case 'reset':
        response.destroy();
        return;
      case 'busy':
      case 'status':
      case 'garbage':
      case 'html':
        send(response, record, faultyReply(fault, request));
        return;
      case 'slow':
        await new Promise<void>((resolve) => this.clock.after(fault.seconds ?? 5, resolve));
        break;
      default:
    }
    const reply = await this.reply(endpoint, request);
    if (fault?.kind === 'lost') response.destroy();
    else if (fault?.kind === 'empty') send(response, record, { status: 200, body: Buffer.alloc(0) });
    else send(response, record, reply);
  }

  private async reply(endpoint: Endpoint, request: TerminalRequest): Promise<Reply> {
    const { target, format } = request;
    const namespace = this.terminal.model.statusNamespace;
    try {
      return await answer(endpoint, this.terminal, request);
    } catch (error) {
      if (error instanceof Refusal) return statusReply(error.httpStatus, error.status, format, target, namespace);
      return statusReply(500, { statusCode: 3, subStatusCode: 'deviceError' }, format, target, namespace);
    }
  }
}

/** Requests remembered at most. */
const MOST_RECORDS = 10_000;

/** The host to listen on. @throws Error for anything that is not loopback */
function loopback(host: string): string {
  if (host === 'localhost') return '127.0.0.1';
  if (host === '::1' || (isIPv4(host) && host.startsWith('127.'))) return host;
  throw new Error(
    `A simulated terminal listens on loopback only (127.0.0.1, ::1, localhost), not on ${JSON.stringify(host)}`,
  );
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

function faultyReply(fault: Fault, { target, format }: TerminalRequest): Reply {
  switch (fault.kind) {
    case 'busy':
      return statusReply(fault.status ?? 400, { statusCode: 2, subStatusCode: 'deviceBusy' }, format, target);
    case 'garbage':
      return { status: 200, contentType: 'application/octet-stream', body: Buffer.from([0, 1, 254, 255, 60, 0, 123]) };
    case 'html':
      return {
        status: 200,
        contentType: 'text/html',
        body: Buffer.from('<!DOCTYPE html><html><head><title>Index</title></head><body><p>Welcome</p></body></html>'),
      };
    default:
      return fault.code
        ? statusReply(fault.status ?? 500, fault.code, format, target)
        : { status: fault.status ?? 500, body: Buffer.alloc(0) };
  }
}

function send(response: http.ServerResponse, record: RequestRecord, reply: Reply): void {
  if (response.destroyed || response.headersSent) return;
  record.status = reply.status;
  // Set here, so that node:http does not add a Keep-Alive header: real units drop idle sockets without notice.
  response.setHeader('Connection', reply.close === true || !response.shouldKeepAlive ? 'close' : 'keep-alive');
  if (reply.contentType !== undefined) response.setHeader('Content-Type', reply.contentType);
  if (reply.challenges && reply.challenges.length > 0) response.setHeader('WWW-Authenticate', reply.challenges);
  response.setHeader('Content-Length', reply.body.length);
  response.statusCode = reply.status;
  response.end(reply.body);
}
