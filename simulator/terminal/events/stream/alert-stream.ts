import type { ServerResponse } from 'node:http';
import type { AccessRecord } from '../record.js';
import { CONTENT_TYPE, writtenPart, type Part } from './parts.js';

/** One client that listens: what it is sent, as fast as it takes it. */
export class AlertStream {
  /** What it is to be sent yet, old records before new ones. */
  private old: readonly AccessRecord[] = [];
  private oldSent = 0;
  private fresh: AccessRecord[] = [];
  private isFull = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly partsOf: (record: AccessRecord, current: boolean) => Part[],
  ) {}

  /** Sends the headers, then these old records. */
  begin(old: readonly AccessRecord[]): void {
    const { response } = this;
    // Terminals send no chunks here: the body ends with the connection.
    response.removeHeader('Transfer-Encoding');
    response.shouldKeepAlive = false;
    response.writeHead(200, { 'MIME-Version': '1.0', Connection: 'close', 'Content-Type': CONTENT_TYPE });
    response.flushHeaders();
    response.on('drain', () => {
      this.isFull = false;
      this.pump();
    });
    this.old = old;
    this.pump();
  }

  /** Sends a new record. */
  send(record: AccessRecord): void {
    this.fresh.push(record);
    this.pump();
  }

  /** Sends something that is no record, unless the client is behind. */
  say(part: Part): void {
    if (!this.isFull) this.write(writtenPart(part));
  }

  cut(): void {
    this.response.destroy();
  }

  private pump(): void {
    while (!this.isFull && this.oldSent < this.old.length) {
      this.tell(this.old[this.oldSent], false);
      this.oldSent += 1;
    }
    let freshSent = 0;
    while (!this.isFull && freshSent < this.fresh.length) {
      this.tell(this.fresh[freshSent], true);
      freshSent += 1;
    }
    this.fresh.splice(0, freshSent);
  }

  private tell(record: AccessRecord | undefined, current: boolean): void {
    if (record) this.write(Buffer.concat(this.partsOf(record, current).map((part) => writtenPart(part))));
  }

  private write(bytes: Buffer): void {
    if (!this.response.destroyed) this.isFull = !this.response.write(bytes);
  }
}
