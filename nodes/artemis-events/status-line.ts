import type { HikvisionError } from '../../core/errors/hikvision-error.js';
import type { Status } from '../common/status.js';

/** The status is sent to every editor that is open: not more often than this (milliseconds). */
const LEAST_PAUSE_MS = 1_000;

/** What stands under an artemis-events: whether the gateway sends, and how many events have come since the start. */
export class StatusLine {
  private count = 0;
  private isListening = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly status: Status) {}

  connecting(): void {
    this.clear();
    this.status.busy('connecting');
  }

  listening(): void {
    this.isListening = true;
    this.show();
  }

  lost(): void {
    this.clear();
    this.status.warn('lost');
  }

  failed(failure: HikvisionError): void {
    this.clear();
    this.status.failed(failure);
  }

  stopped(): void {
    this.clear();
    this.status.note('stopped');
  }

  event(): void {
    this.count += 1;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.isListening) this.show();
    }, LEAST_PAUSE_MS).unref();
  }

  close(): void {
    this.clear();
  }

  private show(): void {
    this.status.done('listening', this.count);
  }

  private clear(): void {
    this.isListening = false;
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
