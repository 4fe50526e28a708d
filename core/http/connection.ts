import { isIPv6 } from 'node:net';

import { CheckedAgent, type AgentSettings } from './agent.js';
import { DeadSocket, exchange, type HttpCall, type HttpReply } from './exchange.js';
import { AbortWatch } from './turns/wait.js';
import { HikvisionError } from '../errors/hikvision-error.js';

export type { Headers, HttpCall, HttpReply, SocketReuse } from './exchange.js';
export type { ReplyStream } from './reply-stream.js';

export interface ConnectionSettings extends AgentSettings {
  /** Signals that many calls share and that live as long as the connection: listened to once, not for each call. */
  sharedSignals?: readonly AbortSignal[];
}

/** No server drops a socket that has been idle for less than this (milliseconds). */
const CERTAINLY_ALIVE_MS = 3_000;

/**
 * Keep-alive connections to one address over node:http sockets, plain or TLS.
 * Errors: `TIMEOUT`, `UNREACHABLE`, `CERTIFICATE`, `TOO_LARGE`, `BAD_REPLY`, `INVALID_INPUT` (a path or header that
 * HTTP cannot carry), and the reason of an aborted signal. Redirects are not followed.
 */
export class Connection {
  private readonly agent: CheckedAgent;
  /** Those of calls that have a fresh socket of their own. */
  private readonly ownAgents = new Set<CheckedAgent>();
  private readonly aborts: AbortWatch;
  private readonly address: string;
  private readonly hostHeader: string;
  private isClosed = false;

  constructor(private readonly settings: ConnectionSettings) {
    const { protocol, host, port, sharedSignals = [] } = settings;
    const name = isIPv6(host) ? `[${host}]` : host;
    this.agent = new CheckedAgent(settings);
    this.aborts = new AbortWatch(sharedSignals);
    this.address = `${name}:${port}`;
    this.hostHeader = port === (protocol === 'https' ? 443 : 80) ? name : this.address;
  }

  /** Rises when a socket is connected or closed; those of `fresh` calls are not counted. */
  get socketChanges(): number {
    return this.agent.socketChanges;
  }

  /** Sends the call and reads the whole reply. */
  async send(call: HttpCall): Promise<HttpReply> {
    const { reuse = 'any' } = call;
    if (reuse === 'fresh') return this.sendOnFreshSocket(call);
    if (reuse === 'certainlyAlive') this.agent.dropIdleSockets(CERTAINLY_ALIVE_MS);
    try {
      return await this.attempt(call);
    } catch (error) {
      // Where one idle socket is dead or silent, the others of its age are too.
      this.agent.dropIdleSockets();
      if (!(error instanceof DeadSocket)) throw error;
      if (reuse !== 'any') throw error.failure;
    }
    try {
      return await this.attempt(call);
    } catch (error) {
      throw error instanceof DeadSocket ? error.failure : error;
    }
  }

  /**
   * Sends the call on a fresh socket, which counts for no limit, and resolves as soon as the headers of a reply 200 are
   * there: its body is `stream`, which keeps the socket until it ends or is closed. Any other reply is read as a whole.
   */
  openStream(call: HttpCall): Promise<HttpReply> {
    return this.sendOnFreshSocket({ ...call, streams: true });
  }

  /** Listens to a signal of many calls once, not for each of them, until the returned function is called. */
  shareSignal(signal: AbortSignal): () => void {
    return this.aborts.share(signal);
  }

  /** Ends every socket at once; whatever is sent afterwards gets `CANCELLED`. */
  close(): void {
    this.isClosed = true;
    for (const agent of [this.agent, ...this.ownAgents]) agent.destroy();
  }

  private async sendOnFreshSocket(call: HttpCall): Promise<HttpReply> {
    const agent = new CheckedAgent({ ...this.settings, maxSockets: 1 });
    this.ownAgents.add(agent);
    const end = (): void => {
      this.ownAgents.delete(agent);
      agent.destroy();
    };
    try {
      const reply = await this.attempt(call, agent);
      if (reply.stream) void reply.stream.closed.then(end);
      else end();
      return reply;
    } catch (error) {
      end();
      throw error;
    }
  }

  private attempt(call: HttpCall, agent = this.agent): Promise<HttpReply> {
    call.signal?.throwIfAborted();
    if (this.isClosed) throw HikvisionError.of('cancelled', { delivery: 'unsent' });
    const { address, hostHeader, aborts } = this;
    return exchange(call, { agent, address, hostHeader, aborts });
  }
}
