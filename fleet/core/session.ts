import type { HikvisionError } from '../../core/errors/hikvision-error.js';

import { Listing } from './listing.js';
import type { FleetSettings, ListedTerminal } from './options.js';
import { Letters } from './taking/letters.js';
import type { Pauses } from './taking/pauses.js';
import type { Reader, Rota } from './taking/takers.js';
import { Worker, type WorkerOptions } from './taking/worker.js';
import { WorkQueue, type Retries } from './work/queue.js';

export interface SessionOptions extends Pick<
  WorkerOptions,
  'guard' | 'serialOf' | 'takers' | 'busy' | 'unsettled' | 'keptAs' | 'onProblem'
> {
  settings: FleetSettings;
  pauses: Pauses;
  retries: Retries;
  listed: () => readonly ListedTerminal[];
  now: () => Date;
  readers: Rota<Reader>;
}

/** An instance's work as long as its connection lasts; there is a new one after each loss. */
export class Session {
  readonly queue: WorkQueue;
  private readonly worker: Worker;
  private readonly letters: Letters;
  private readonly listing: Listing;

  constructor(options: SessionOptions) {
    const { settings, retries, pauses, listed, now, readers, keptAs, onProblem } = options;
    const { audits, parallel } = settings;
    const queue = (this.queue = new WorkQueue(settings, retries, onProblem));
    const find = (terminal: string): ListedTerminal | undefined => listed().find(({ name }) => name === terminal);
    const siteOf = (terminal: string): string => find(terminal)?.site ?? '';
    this.worker = new Worker({ ...options, queue, parallel, listed: find });
    this.letters = new Letters({ queue, pauses, siteOf, readers, keptAs, onProblem });
    this.listing = new Listing({ queue, audits, pauses, listed, now, onProblem });
  }

  /** @throws HikvisionError of the database */
  async open(): Promise<void> {
    await this.queue.open();
    await this.listing.start();
    this.worker.start();
    this.letters.start();
  }

  /** There is work in that queue; '': there may be some. */
  heard(queue: string): void {
    if (queue === '' || this.queue.heard(queue)) this.worker.wake();
  }

  /** There is somebody who takes work. */
  wake(): void {
    this.worker.wake();
  }

  /** Gives back what is under way. */
  async stop(reason: HikvisionError): Promise<void> {
    await Promise.all([this.worker.stop(reason), this.letters.stop(reason), this.listing.stop()]);
  }

  /** Asks nothing of the database any more; whoever waits for it has failed. */
  cut(): void {
    void this.queue.close(true);
  }

  /** After a loss: what is under way ends, and nothing is asked of the database any more. */
  async abandon(reason: HikvisionError): Promise<void> {
    await Promise.all([this.queue.close(true), this.stop(reason)]);
  }
}
