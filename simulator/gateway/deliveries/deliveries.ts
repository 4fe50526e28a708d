import http from 'node:http';
import https from 'node:https';
import type { GatewayClock } from '../behaviour/clock.js';
import type { Emit } from '../behaviour/events.js';
import type { Raised } from '../behaviour/raised.js';
import type { Happening } from '../records/door-events.js';
import type { Subscriptions } from '../records/subscriptions.js';
import { deliveryOf, type Product, type Told } from './delivery.js';

export interface DeliverySettings {
  /** How a gateway names what it tells of a person; default hikcentral. */
  product?: Product;
  /** Further attempts where a receiver does not answer 200; default 2. */
  deliveryRetries?: number;
  /** Seconds before such an attempt, and after which an answer is no longer waited for; default 1 and 5. */
  deliveryPause?: number;
  deliveryTimeout?: number;
  /** Seconds after which a late picture comes; default 0.2. */
  pictureDelay?: number;
}

/** One POST that waits for those before it. */
interface Waiting {
  told: readonly Told[];
  eventIds: string[];
}

const MOST_WAITING = 1000;

/**
 * Sends events to whoever has subscribed: to each destination one after another, in the order in which they happened.
 * A receiver that does not answer 200 gets the same events again, and then never.
 */
export class Deliveries {
  readonly product: Product;
  private readonly queues = new Map<string, Waiting[]>();
  private readonly requests = new Set<http.ClientRequest>();
  /** What began in an earlier run does not go on in this one. */
  private run = 0;

  constructor(
    private readonly settings: DeliverySettings,
    private readonly subscriptions: Subscriptions,
    private readonly clock: GatewayClock,
    private readonly emit: Emit,
  ) {
    this.product = settings.product ?? 'hikcentral';
  }

  /** Tells of what has happened, in one POST for each destination, with the repeats and late pictures that were asked for. */
  tell(happened: readonly { happening: Happening; raised: Raised }[]): void {
    const told = happened.filter(({ raised }) => raised.lost !== true);
    const most = Math.max(0, ...told.map(({ raised }) => raised.repeats ?? 0));
    for (let repeat = 0; repeat <= most; repeat += 1) {
      this.post(
        told
          .filter(({ raised }) => (raised.repeats ?? 0) >= repeat)
          .map(({ happening, raised: { picture, linkage } }) => ({
            happening,
            picture: picture === 'late' ? 'without' : 'with',
            status: 0,
            linkage: linkage === true,
          })),
      );
    }
    const late = told.filter(({ raised }) => raised.picture === 'late');
    if (late.length > 0) void this.postLater(late);
  }

  /** Forgets what waits, and drops what is on its way. */
  stop(): void {
    this.run += 1;
    this.queues.clear();
    for (const request of this.requests) request.destroy();
    this.requests.clear();
  }

  private async postLater(late: readonly { happening: Happening; raised: Raised }[]): Promise<void> {
    const { run } = this;
    await this.clock.wait(this.settings.pictureDelay ?? 0.2);
    if (run !== this.run) return;
    this.post(
      late.map(({ happening, raised }) => ({
        happening,
        picture: 'with',
        status: 5,
        linkage: raised.linkage === true,
      })),
    );
  }

  private post(told: readonly Told[]): void {
    const destinations = new Set(
      told.flatMap(({ happening }) => this.subscriptions.destinationsOf(happening.eventType)),
    );
    for (const destination of destinations) {
      const wanted = told.filter(({ happening }) =>
        this.subscriptions.destinationsOf(happening.eventType).includes(destination),
      );
      this.enqueue(destination, { told: wanted, eventIds: wanted.map(({ happening }) => happening.eventId) });
    }
  }

  private enqueue(destination: string, waiting: Waiting): void {
    const queue = this.queues.get(destination);
    if (queue && queue.length >= MOST_WAITING) {
      const { eventIds } = waiting;
      this.emit({
        ...{ event: 'not delivered', eventIds, to: originOf(destination), attempt: 0 },
        ...{ why: 'too many wait', last: true },
      });
    } else if (queue) {
      queue.push(waiting);
    } else {
      this.queues.set(destination, [waiting]);
      void this.work(destination);
    }
  }

  private async work(destination: string): Promise<void> {
    const { run } = this;
    const queue = this.queues.get(destination) ?? [];
    for (let waiting = queue[0]; waiting && run === this.run; waiting = queue[0]) {
      await this.deliver(destination, waiting);
      queue.shift();
    }
    if (run === this.run) this.queues.delete(destination);
  }

  private async deliver(destination: string, { told, eventIds }: Waiting): Promise<void> {
    const { deliveryRetries = 2, deliveryPause = 1 } = this.settings;
    const { run } = this;
    const to = originOf(destination);
    for (let attempt = 1; attempt <= deliveryRetries + 1 && run === this.run; attempt += 1) {
      if (attempt > 1) await this.clock.wait(deliveryPause);
      if (run !== this.run) return;
      const why = await this.send(destination, deliveryOf(told, this.product, this.clock.now()));
      if (run !== this.run) return;
      if (why === undefined) {
        this.emit({ event: 'delivered', eventIds, to, attempt });
        return;
      }
      this.emit({ event: 'not delivered', eventIds, to, attempt, why, last: attempt > deliveryRetries });
    }
  }

  /** Undefined where the receiver answered 200, else why it did not. */
  private send(destination: string, body: Buffer): Promise<string | undefined> {
    const url = new URL(destination);
    // Whatever a hosts file says, nothing goes to anybody else than this computer.
    const hostname = url.hostname === 'localhost' ? '127.0.0.1' : url.hostname.replace(/^\[(.*)\]$/, '$1');
    const { request: open } = url.protocol === 'https:' ? https : http;
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    const options: https.RequestOptions = {
      ...{ method: 'POST', hostname, port: url.port, path: `${url.pathname}${url.search}`, headers, agent: false },
      ...{ rejectUnauthorized: false, timeout: (this.settings.deliveryTimeout ?? 5) * 1000 },
    };
    return new Promise((resolve) => {
      const request = open(options, (response) => {
        response.resume();
        response.on('error', () => undefined);
        resolve(response.statusCode === 200 ? undefined : String(response.statusCode));
      });
      this.requests.add(request);
      request.once('close', () => {
        this.requests.delete(request);
        resolve('dropped');
      });
      request.once('timeout', () => request.destroy(new Error('no answer')));
      request.once('error', (error) => resolve((error as NodeJS.ErrnoException).code ?? error.message));
      request.end(body);
    });
  }
}

function originOf(destination: string): string {
  return new URL(destination).origin;
}
