import type { joinStream } from './stream/shared-stream.js';

/** The streams of terminals; `joinStream` but in tests. */
export interface Streams {
  join: typeof joinStream;
}
