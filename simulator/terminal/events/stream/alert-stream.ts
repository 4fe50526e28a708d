import type { ServerResponse } from 'node:http';
import type { FormBehaviour } from '../behaviour.js';
import type { AccessRecord } from '../record.js';
import { contentType, isPicture, streamPart, type Part } from './parts.js';

/** How a stream breaks off: at once, in the middle of its next picture, or so that nobody is told. */
export type Cut = 'now' | 'in a picture' | 'silently';

interface StreamSource {
  form: FormBehaviour;
  partsOf: (record: AccessRecord, current: boolean) => Part[];
  /** Seconds between two old records; 0: none. */
  oldPause: number;
  after: (seconds: number, action: () => void) => () => void;
}

/** One client that listens: what it is sent, as fast as it takes it. */
export class AlertStream {
  /** What it is to be sent yet, old records before new ones. */
  private old: readonly AccessRecord[] = [];
  private oldSent = 0;
  private fresh: AccessRecord[] = [];
  private isFull = false;
  private isPausing = false;
  private stopPause = (): void => undefined;
  /** Undefined: it goes on. */
  private end: Cut | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly source: StreamSource,
  ) {}

  /** Sends the headers, then these old records. */
  begin(old: readonly AccessRecord[]): void {
    const { response } = this;
    // Terminals send no chunks here: the body ends with the connection.
    response.removeHeader('Transfer-Encoding');
    response.shouldKeepAlive = false;
    const headers = { 'MIME-Version': '1.0', Connection: 'close', 'Content-Type': contentType(this.source.form) };
    response.writeHead(200, headers);
    response.flushHeaders();
    response.once('close', () => this.stopPause());
    response.on('drain', () => {
      this.isFull = false;
      this.pump();
    });
    this.old = old;
    this.pump();
  }

  /** Sends a new record. */
  send(record: AccessRecord): void {
    if (this.end === 'silently') return;
    this.fresh.push(record);
    this.pump();
  }

  /** Sends something that is no record, unless the client is behind. */
  say(part: Part): void {
    if (!this.isFull) this.write([part]);
  }

  cut(how: Cut): void {
    this.end = how;
    if (how === 'now') this.response.destroy();
  }

  private pump(): void {
    while (!this.isFull && !this.isPausing && this.oldSent < this.old.length) {
      this.tell(this.old[this.oldSent], false);
      this.oldSent += 1;
      this.pause();
    }
    if (this.isPausing) return;
    let freshSent = 0;
    while (!this.isFull && freshSent < this.fresh.length) {
      this.tell(this.fresh[freshSent], true);
      freshSent += 1;
    }
    this.fresh.splice(0, freshSent);
  }

  /** Between two old records. */
  private pause(): void {
    const { oldPause, after } = this.source;
    if (oldPause === 0 || this.oldSent >= this.old.length) return;
    this.isPausing = true;
    this.stopPause = after(oldPause, () => {
      this.isPausing = false;
      this.pump();
    });
  }

  private tell(record: AccessRecord | undefined, current: boolean): void {
    if (record) this.write(this.source.partsOf(record, current));
  }

  private write(parts: readonly Part[]): void {
    const { response, end, source } = this;
    if (response.destroyed || end === 'silently') return;
    const bytes = parts.map((part) => streamPart(part, source.form));
    const picture = end === 'in a picture' ? parts.findIndex(isPicture) : -1;
    const half = bytes[picture]?.subarray(0, -Math.ceil((parts[picture]?.body.length ?? 0) / 2));
    if (half) response.write(Buffer.concat([...bytes.slice(0, picture), half]), () => response.destroy());
    else this.isFull = !response.write(Buffer.concat(bytes));
  }
}
