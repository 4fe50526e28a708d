import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** One event of a delivery, as far as tests look at it. */
export interface ToldEvent {
  eventId: string;
  eventType: number;
  status: number;
  happenTime: string;
  srcType: string;
  data?: Record<string, unknown>;
  eventDetails?: { data: Record<string, unknown> }[];
}

/** Somebody who subscribed: answers each POST with the next of the statuses, then with 200. */
export class EventReceiver extends EventEmitter<{ delivery: [ToldEvent[]] }> {
  readonly deliveries: ToldEvent[][] = [];
  readonly paths: string[] = [];
  private readonly server = http.createServer((request, response) => void this.receive(request, response));

  private constructor(private readonly statuses: number[]) {
    super();
  }

  static async use(statuses: number[], work: (receiver: EventReceiver) => Promise<void>): Promise<void> {
    const receiver = new EventReceiver([...statuses]);
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    try {
      await work(receiver);
    } finally {
      receiver.server.closeAllConnections();
      receiver.server.close();
    }
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Waits until so many deliveries have come. */
  async until(count: number): Promise<ToldEvent[][]> {
    while (this.deliveries.length < count) await once(this, 'delivery');
    return this.deliveries;
  }

  private async receive(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method, params } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
      method: string;
      params: { ability: string; sendTime: string; events: ToldEvent[] };
    };
    if (method !== 'OnEventNotify') throw new Error(method);
    this.paths.push(request.url ?? '');
    this.deliveries.push(params.events);
    response.statusCode = this.statuses.shift() ?? 200;
    response.end();
    this.emit('delivery', params.events);
  }
}
