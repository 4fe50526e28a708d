import { setImmediate as turn } from 'node:timers/promises';

import type { ReplyStream } from '../../../http/connection.js';
import { readDocument } from '../../protocol/document.js';
import { extractJpeg } from '../../protocol/jpeg.js';
import { readReply } from '../../protocol/reply.js';
import { readAlert, type Alert, type Hint } from './alert.js';
import { MultipartReader, PART_LIMITS, type Part } from './parts/multipart-reader.js';

/** What comes of a stream. */
export interface StreamReceiver {
  /** Whether somebody wants pictures. */
  wantsPictures: () => boolean;
  /** It is a stream of parts. Called once, before everything else. */
  onOpen: () => void;
  /** Something came; of whatever kind, the terminal is alive. */
  onAlive: (isHeartbeat: boolean) => void;
  onHint: (hint: Hint, to: Audience) => void;
}

/** Where a picture may follow, those who want none need not wait for it. */
export type Audience = 'all' | 'withoutPictures' | 'withPictures';

/** Parts after which everything else in the process gets its turn; they may be ten bytes long. */
const PARTS_A_TURN = 100;
/** A picture follows its event at once, or not at all; milliseconds. */
const PICTURE_WAIT_MS = 1_000;
/** Pictures of something else than the face in visible light. */
const OTHER_PICTURES = /thermal|hand|infrared/i;

/** One stream from its first byte to its end. */
export class OpenStream {
  private readonly reader: MultipartReader;
  private readonly isMultipart: boolean;
  private isOpen = false;
  private isFirst = true;
  private partsThisTurn = 0;
  /** An event whose picture may follow; `timer` until it is given up. */
  private awaited: { hint: Hint; timer: NodeJS.Timeout } | undefined;

  constructor(
    private readonly stream: ReplyStream,
    private readonly receiver: StreamReceiver,
  ) {
    const contentType = stream.headers['content-type'] ?? '';
    this.isMultipart = /^\s*multipart\//i.test(contentType);
    this.reader = new MultipartReader(contentType);
  }

  /**
   * Reads until the terminal ends it, or it is closed.
   * @throws HikvisionError; what the terminal says instead of a stream too
   */
  async read(): Promise<void> {
    try {
      if (this.isMultipart) this.open();
      for await (const piece of this.stream) {
        this.reader.add(piece);
        for (let part = this.reader.next(); part; part = this.reader.next()) {
          this.take(part);
          this.partsThisTurn += 1;
          if (this.partsThisTurn < PARTS_A_TURN) continue;
          await turn();
          this.partsThisTurn = 0;
          if (this.stream.isClosed) return;
        }
      }
    } finally {
      this.settle();
    }
  }

  private open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.receiver.onOpen();
  }

  private take(part: Part): void {
    if (part.kind === 'document') this.takeDocument(part.body);
    else if (part.kind === 'picture') this.takePicture(part);
    else this.receiver.onAlive(false);
  }

  private takeDocument(body: Buffer): void {
    // Some answer 200, and say only in the body that there is no stream. A part that cannot be read says no such thing.
    if (this.isFirst && readDocument(body)) readReply({ status: 200, headers: {}, challenges: [], body });
    this.isFirst = false;
    this.open();
    this.settle();
    const alert = readAlert(body);
    this.receiver.onAlive(alert.kind === 'heartbeat');
    if (alert.kind === 'event') this.takeEvent(alert);
  }

  private takeEvent({ hint, picturesToCome }: Alert & { kind: 'event' }): void {
    if (picturesToCome === 0 || !this.receiver.wantsPictures()) {
      this.receiver.onHint(hint, 'all');
      return;
    }
    this.awaited = { hint, timer: setTimeout(() => this.settle(), PICTURE_WAIT_MS) };
    this.receiver.onHint(hint, 'withoutPictures');
  }

  private takePicture({ name, body }: Part): void {
    this.isFirst = false;
    this.open();
    this.receiver.onAlive(false);
    const { awaited } = this;
    if (!awaited || body.length > PART_LIMITS.picture || OTHER_PICTURES.test(name)) return;
    const jpeg = extractJpeg(body);
    this.settle(jpeg && Buffer.from(jpeg));
  }

  /** No picture comes for the last event but this one. */
  private settle(picture?: Buffer): void {
    const { awaited } = this;
    if (!awaited) return;
    this.awaited = undefined;
    clearTimeout(awaited.timer);
    this.receiver.onHint({ ...awaited.hint, ...(picture ? { picture } : {}) }, 'withPictures');
  }
}
