import type http from 'node:http';

import { closedEarly } from './agent.js';

/**
 * The body of a reply as it comes, for as long as the other side likes: nothing is kept of it, and no more is read from
 * the socket than is taken. It may be gone through once. It ends where the body does; it fails with what `close` was
 * given, or with `UNREACHABLE` where the connection is lost.
 */
export class ReplyStream implements AsyncIterable<Buffer> {
  /** Settled when the socket is given up, for whatever reason; never rejects. */
  readonly closed: Promise<void>;
  /** Set once it is closed. */
  private end: { reason: Error | undefined } | undefined;

  /** @param failureOf what an error of the socket means */
  constructor(
    private readonly response: http.IncomingMessage,
    private readonly failureOf: (error: NodeJS.ErrnoException) => Error,
  ) {
    // Stays for good: a stream that fails while nobody reads must not bring Node-RED down.
    response.on('error', () => undefined);
    this.closed = new Promise((resolve) => void response.once('close', resolve));
  }

  get headers(): http.IncomingHttpHeaders {
    return this.response.headers;
  }

  /** Whether it was closed, or failed, before its end. */
  get isClosed(): boolean {
    return this.end !== undefined;
  }

  /** Ends the socket at once. Whoever reads gets the reason; without one the stream just ends for him. */
  close(reason?: Error): void {
    this.end ??= { reason };
    this.response.destroy(reason);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    const { response } = this;
    try {
      for await (const piece of response) yield piece as Buffer;
    } catch (error) {
      if (!this.end) throw this.failure(error);
    }
    // What was closed before anybody read ends without an error of its own.
    if (this.end?.reason) throw this.end.reason;
  }

  private failure(error: unknown): unknown {
    if (!(error instanceof Error)) return error;
    // As the iterator calls it where a socket was closed: by whom, it does not say.
    const isClosed = (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
    return this.failureOf(isClosed ? closedEarly() : error);
  }
}
