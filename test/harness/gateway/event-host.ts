import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Gateway } from '../../../core/artemis/gateway/gateway.js';
import { gatewaySettings } from '../../../core/artemis/gateway/gateway-settings.js';
import { EventWatch, type WatchOptions } from '../../../core/artemis/events/event-watch.js';
import type { GatewayEvent, GatewayNotice } from '../../../core/artemis/events/gateway-event.js';
import type { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { parseCommand, SimulatedGateway, type GatewaySimulatorSettings } from '../../../simulator/simulated-gateway.js';
import { PARTNER } from './raw-client.js';

const STATUS = { taken: 200, unreadable: 400, unavailable: 503 };

/** One run of a watch, and what it has told. */
export class WatchRun {
  readonly events: GatewayEvent[] = [];
  readonly notices: GatewayNotice[] = [];
  readonly failures: HikvisionError[] = [];
  readonly watch: EventWatch;
  private readonly waiters = new Set<() => void>();

  constructor(gateway: Gateway, options: WatchOptions) {
    const news = (): void => [...this.waiters].forEach((waiter) => waiter());
    this.watch = new EventWatch(gateway, options, {
      onEvent: heard(this.events, news),
      onNotice: heard(this.notices, news),
      onFailure: heard(this.failures, news),
    });
  }

  /** Waits until something is so; whatever is told is looked at. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        const waiter = (): void => {
          this.waiters.delete(waiter);
          resolve();
        };
        this.waiters.add(waiter);
      });
    }
  }

  untilEvents(count: number): Promise<void> {
    return this.until(() => this.events.length >= count);
  }

  untilNotice(notice: GatewayNotice['notice']): Promise<void> {
    return this.until(() => this.notices.some((each) => each.notice === notice));
  }
}

function heard<T>(list: T[], news: () => void): (each: T) => void {
  return (each) => {
    list.push(each);
    news();
  };
}

/** A simulated gateway, and a computer whose event watch comes and goes. */
export class EventHost {
  /** Receives nothing while undefined. */
  run: WatchRun | undefined;
  private readonly runs: { run: WatchRun; gateway: Gateway }[] = [];

  private constructor(
    readonly simulated: SimulatedGateway,
    private readonly product: string,
    private readonly server: http.Server,
    readonly folder: string,
  ) {}

  static async use(
    settings: Partial<GatewaySimulatorSettings>,
    work: (host: EventHost) => Promise<void>,
  ): Promise<void> {
    const quick = { deliveryPause: 0.02, deliveryRetries: 0, pictureDelay: 0.02 };
    const simulated = new SimulatedGateway({ port: 0, ...PARTNER, ...quick, ...settings });
    await simulated.start();
    const server = http.createServer();
    const folder = await mkdtemp(path.join(tmpdir(), 'hikvision-events-'));
    const host = new EventHost(simulated, settings.product ?? 'hikcentral', server, folder);
    server.on('request', (request, response) => void host.receive(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      await work(host);
    } finally {
      for (const { run, gateway } of host.runs) {
        await run.watch.stop();
        gateway.close();
      }
      server.closeAllConnections();
      server.close();
      await simulated.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get destination(): string {
    return `${this.origin}/hikvision/secret`;
  }

  /** Starts a watch in the folder, or in another one. */
  start(more: Partial<WatchOptions> = {}): WatchRun {
    const { port } = this.simulated.address;
    const gateway = this.gateway(port);
    const run = new WatchRun(gateway, {
      ...{ types: [196_893, 198_914], destination: this.destination, checkMs: 60_000, pictures: false },
      ...{ begin: 'now', acknowledge: 'sent', inFlight: 20, ackTimeoutMs: 60_000, folder: this.folder },
      ...more,
    });
    this.runs.push({ run, gateway });
    this.run = run;
    run.watch.start();
    return run;
  }

  /** Starts one, and waits until it hears. */
  async connected(more: Partial<WatchOptions> = {}): Promise<WatchRun> {
    const run = this.start(more);
    await run.untilNotice('connected');
    return run;
  }

  async stop(run: WatchRun): Promise<void> {
    this.run = undefined;
    await run.watch.stop();
  }

  /** What a kill would leave: the folder as it is now, under another name. */
  async asKilled(): Promise<string> {
    const copy = `${this.folder}-${this.runs.length}`;
    await cp(this.folder, copy, { recursive: true });
    return copy;
  }

  tell(command: unknown): void {
    this.simulated.runCommand(parseCommand(command));
  }

  raise(what: unknown = true): void {
    this.tell({ raise: what });
  }

  /** What a gateway posts. */
  async post(document: unknown): Promise<number> {
    const body = typeof document === 'string' ? document : JSON.stringify(document);
    const reply = await fetch(this.destination, { method: 'POST', body });
    return reply.status;
  }

  private gateway(port: number): Gateway {
    const raw = { name: 'HQ', protocol: 'http', host: '127.0.0.1', port, timeout: 5, retries: 0, ...PARTNER };
    return new Gateway(gatewaySettings({ ...raw, product: this.product }));
  }

  private async receive(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const receipt = (await this.run?.watch.receive(Buffer.concat(chunks))) ?? 'unavailable';
    response.statusCode = STATUS[receipt];
    response.end();
  }
}
