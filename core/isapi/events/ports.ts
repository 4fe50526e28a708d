import type { HikvisionError } from '../../errors/hikvision-error.js';
import type { Terminal } from '../terminal/terminal.js';

/** What a part of the stream says of the log: it is a reason to read, never what is read. */
export interface StreamHint {
  serial?: number;
  major?: number;
  minor?: number;
  /** False: an old event that is sent again. */
  current?: boolean;
  /** A JPEG that came with it. */
  picture?: Buffer;
}

/** Told by a stream; never after `leave`. */
export interface StreamListener {
  onHint(hint: StreamHint): void;
  onOpen(): void;
  onLost(failure: HikvisionError): void;
}

/** The streams of terminals, one for each terminal; opened again by themselves when they are lost. */
export interface Streams {
  join(terminal: Terminal, listener: StreamListener): { leave(): void };
}
