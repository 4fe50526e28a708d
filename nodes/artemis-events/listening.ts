import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

import { EventWatch, folderOf, type WatchListener, type WatchOptions } from '../../core/artemis/events/event-watch.js';
import type { Gateway } from '../../core/artemis/gateway/gateway.js';
import { asFailure, HikvisionError } from '../../core/errors/hikvision-error.js';
import { printable } from '../../core/errors/printable.js';
import { EVENTS_PATH, type EventEndpoint } from './event-endpoint.js';
import { ownSecret } from './own-secret.js';

export interface ListeningOptions extends Omit<WatchOptions, 'destination' | 'folder'> {
  /** Where the gateway reaches this Node-RED, with httpNodeRoot. */
  base: string;
  userDir: string;
  /** The id of the node. */
  node: string;
}

/** A node that listens to its gateway: the watch, and the path to which the gateway posts. */
export class Listening {
  private watch: EventWatch | undefined;
  /** The latest, which may have been stopped. */
  private latest: EventWatch | undefined;
  private close: () => void = () => undefined;
  /** What begins and ends does so one after another. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly gateway: Gateway,
    private readonly endpoint: EventEndpoint,
    private readonly options: ListeningOptions,
    private readonly listener: WatchListener,
  ) {}

  start(): Promise<void> {
    return this.inTurn(() => this.begin());
  }

  /** The gateway goes on sending; it is told to come again. */
  stop(): Promise<void> {
    return this.inTurn(() => this.end());
  }

  acknowledge(id: string): boolean {
    return this.watch?.acknowledge(id) ?? false;
  }

  /**
   * Ends it for good: takes the subscription back, and forgets all that was kept.
   * @throws HikvisionError where the gateway goes on sending
   */
  remove(): Promise<void> {
    return this.inTurn(async () => {
      await this.end();
      try {
        const left = await this.latest?.unsubscribe();
        if (left && left.length > 0) {
          throw HikvisionError.of('events.stillSent', { params: { types: left.join(', ') } });
        }
      } catch (error) {
        throw asFailure(error).withFacts({ gateway: this.gateway.name, operation: 'events' });
      } finally {
        await this.forget();
      }
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async begin(): Promise<void> {
    if (this.watch) return;
    const { base, userDir, node, ...options } = this.options;
    const folder = folderOf(userDir, `${node}-${addressOf(this.gateway)}`);
    try {
      const secret = await ownSecret(folder);
      const watch = new EventWatch(
        this.gateway,
        { ...options, folder, destination: `${base}${EVENTS_PATH}/${secret}` },
        this.listener,
      );
      this.watch = watch;
      this.latest = watch;
      this.close = this.endpoint.open(secret, (body) => watch.receive(body));
      watch.start();
    } catch (error) {
      const detail = printable(error instanceof Error ? error.message : String(error));
      throw HikvisionError.of('events.notSaved', { params: { detail }, gateway: this.gateway.name });
    }
  }

  private async end(): Promise<void> {
    const { watch } = this;
    this.watch = undefined;
    await watch?.stop();
    this.close();
  }

  /** Also what it kept of gateways that were chosen before. */
  private async forget(): Promise<void> {
    const { userDir, node } = this.options;
    const all = path.dirname(folderOf(userDir, node));
    const own = `${path.basename(folderOf(userDir, node))}-`;
    const names = await readdir(all).catch(() => []);
    // The id of another node may begin like this one.
    for (const name of names.filter((each) => each.startsWith(own) && ADDRESS.test(each.slice(own.length)))) {
      await rm(path.join(all, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

const ADDRESS = /^[\da-f]{12}$/;

/** Another gateway has another secret, and knows other events. */
function addressOf({ settings: { host, port, basePath } }: Gateway): string {
  return createHash('sha256').update(`${host.toLowerCase()}:${port}${basePath}`).digest('hex').slice(0, 12);
}
