import { randomUUID } from 'node:crypto';

import { HikvisionError } from '../../errors/hikvision-error.js';
import { wait } from '../../http/wait.js';

/** Which capture a picture on the terminal belongs to. */
export interface CaptureRecord {
  id: string;
  generation: number;
  /** The URL as the terminal reported it; absent for a capture that carries its picture. */
  faceURL?: string;
}

/** Three windows of the one unit known to capture by URL (DS-K1T343EFWX 4.38: about 3 s), in milliseconds. */
const UNKNOWN_WINDOW_MS = 10_000;

/** How terminals name the picture of the latest capture: `web_face_enrollpic.jpg`. */
const ENROLMENT_PICTURE = /enroll?_?pic/i;

/** Why a capture has to wait, for the status under the node. */
export type WaitReason = 'reserved' | 'capturing' | 'binding' | 'settling';

interface Waiting {
  owner: object;
  grant(): void;
  onWait: (reason: WaitReason, ahead: number) => void;
}

interface Reservation {
  captureId: string;
  owner: object;
  timer: NodeJS.Timeout;
}

/**
 * The one enrolment picture of a terminal and who may touch it.
 *
 * A terminal keeps one picture under one name, and every capture overwrites it. So captures wait for each other,
 * a capture that is held reserves the terminal until its face is bound, every capture that starts raises the
 * generation, and a bind by URL is only let through for the newest generation and while no capture can start.
 */
export class Enrolment {
  private generationNow = 0;
  private newest: CaptureRecord | undefined;
  private turn: CaptureTurn | undefined;
  private reservation: Reservation | undefined;
  private readonly waiting: Waiting[] = [];
  private binds = 0;
  private bindsDone: (() => void)[] = [];
  private readonly settlesAt = { any: 0, url: 0 };
  private settleTimer: NodeJS.Timeout | undefined;
  private readonly epoch = randomUUID().slice(0, 8);
  /** Path of the URL that the last successful capture on this terminal reported, counter included. */
  private lastURL: string | undefined;
  private lastStartAt = 0;
  private longestWindowMs: number | undefined;

  /** Rises whenever a capture starts. */
  get generation(): number {
    return this.generationNow;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  /**
   * Waits until this capture may have the terminal.
   * @param owner whose capture it is: `cancel(owner)` and `release(owner)` go by it
   * @param limit how many captures may wait; one more is refused with `QUEUE_FULL`
   * @param signal gives up waiting; its reason is thrown
   */
  async takeTurn(
    owner: object,
    limit: number,
    signal: AbortSignal,
    onWait: (reason: WaitReason, ahead: number) => void,
  ): Promise<CaptureTurn> {
    signal.throwIfAborted();
    if (this.waiting.length === 0 && this.obstacle() === undefined) return this.grantTurn(owner);
    if (this.waiting.length >= limit) {
      throw HikvisionError.of('queueFull', { params: { limit }, retryable: true, delivery: 'unsent' });
    }
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        this.tellWaiting();
        reject(signal.reason as Error);
      };
      const entry: Waiting = {
        owner,
        onWait,
        grant: () => {
          signal.removeEventListener('abort', giveUp);
          resolve(this.grantTurn(owner));
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(entry);
      this.tellWaiting();
      this.advance();
    });
  }

  /** Ends the reservation for this capture, if it is the one that holds the terminal. */
  releaseCapture(captureId: string): void {
    if (this.reservation?.captureId === captureId) this.endReservation();
  }

  /** Ends the reservation of any capture that this owner made. */
  releaseOwner(owner: object): void {
    if (this.reservation?.owner === owner) this.endReservation();
  }

  /** Whether the terminal is reserved for this capture. */
  isReservedFor(captureId: string): boolean {
    return this.reservation?.captureId === captureId;
  }

  /** The newest capture, if `id` or `faceURL` names it; nothing else may be bound by URL. */
  newestCapture(wanted: { id?: string; path?: string }): CaptureRecord | undefined {
    const { newest } = this;
    if (!newest?.faceURL || newest.generation !== this.generationNow) return undefined;
    const matches = wanted.id === undefined ? pathOf(newest.faceURL) === wanted.path : newest.id === wanted.id;
    return matches ? newest : undefined;
  }

  /** Whether this capture was made on this terminal since Node-RED started, whatever came after it. */
  isOwnCapture(id: string): boolean {
    return id.startsWith(`${this.epoch}-`);
  }

  /**
   * Runs a bind by URL while no capture can start. Throws `FACE_SUPERSEDED`, without running it, where a
   * capture has started since the one that is to be bound.
   */
  async bind<T>(generation: number, job: () => Promise<T>): Promise<T> {
    this.assertNewest(generation);
    this.binds += 1;
    try {
      return await job();
    } finally {
      this.binds -= 1;
      if (this.binds === 0) {
        for (const done of this.bindsDone.splice(0)) done();
        this.advance();
      }
    }
  }

  /** Whether this path names the enrolment picture, whichever capture it may show. */
  namesEnrolmentPicture(path: string): boolean {
    const known = this.newest?.faceURL;
    return ENROLMENT_PICTURE.test(decodedPath(path)) || (known !== undefined && fileOf(known) === fileOf(path));
  }

  assertNewest(generation: number): void {
    if (generation !== this.generationNow) throw HikvisionError.of('superseded', { delivery: 'unsent' });
  }

  /**
   * Lets no capture of this kind start for so many milliseconds: a bind or capture whose reply never came may still be at
   * work in the terminal. A capture that brings its picture along cannot be spoilt by an earlier one.
   */
  settle(kind: 'any' | 'url', ms: number): void {
    this.settlesAt[kind] = Math.max(this.settlesAt[kind], Date.now() + ms);
  }

  /** A capture is left behind unanswered: none by URL starts until its window is over, as far as this unit's is known. */
  abandonCapture(): void {
    const { longestWindowMs } = this;
    this.settle('url', longestWindowMs === undefined ? UNKNOWN_WINDOW_MS : 2 * longestWindowMs + 1000);
  }

  /** Notes how long (ms) the terminal waited for a face in an attempt; an answer that it is busy is no such window. */
  windowSeen(ms: number): void {
    this.longestWindowMs = Math.max(this.longestWindowMs ?? 0, ms);
  }

  private grantTurn(owner: object): CaptureTurn {
    this.turn = new CaptureTurn(owner, {
      startCapture: async (dataType, intervalMs, signal) => {
        for (;;) {
          const due = Math.max(this.lastStartAt + intervalMs, this.settledAt(dataType));
          if (due > Date.now()) await wait(due - Date.now(), signal);
          else if (this.binds > 0) await this.bindsIdle(signal);
          else break;
        }
        signal.throwIfAborted();
        this.lastStartAt = Date.now();
        this.generationNow += 1;
      },
      isRepeatOf: (faceURL) => pathOf(faceURL) === this.lastURL,
      captured: (faceURL) => {
        if (faceURL !== undefined) this.lastURL = pathOf(faceURL);
        const generation = this.generationNow;
        const record = { id: `${this.epoch}-${generation}`, generation, ...(faceURL === undefined ? {} : { faceURL }) };
        this.newest = record;
        return record;
      },
      hold: (captureId, ms) => {
        const timer = setTimeout(() => this.releaseCapture(captureId), ms);
        this.reservation = { captureId, owner, timer };
      },
      end: () => {
        this.turn = undefined;
        this.advance();
      },
    });
    return this.turn;
  }

  private async bindsIdle(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', giveUp, { once: true });
      this.bindsDone.push(() => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      });
      if (signal.aborted) giveUp();
    });
  }

  private endReservation(): void {
    clearTimeout(this.reservation?.timer);
    this.reservation = undefined;
    this.advance();
  }

  private settledAt(dataType: 'url' | 'binary'): number {
    const { any, url } = this.settlesAt;
    return dataType === 'url' ? Math.max(any, url) : any;
  }

  private obstacle(): WaitReason | undefined {
    if (this.turn) return 'capturing';
    if (this.reservation) return 'reserved';
    if (this.binds > 0) return 'binding';
    return this.settlesAt.any > Date.now() ? 'settling' : undefined;
  }

  private advance(): void {
    const obstacle = this.obstacle();
    if (obstacle === undefined) this.waiting.shift()?.grant();
    clearTimeout(this.settleTimer);
    if (obstacle === 'settling' && this.waiting.length > 0) {
      this.settleTimer = setTimeout(() => this.advance(), this.settlesAt.any - Date.now() + 1);
    }
    this.tellWaiting();
  }

  private tellWaiting(): void {
    const reason = this.obstacle() ?? 'capturing';
    this.waiting.forEach((entry, ahead) => entry.onWait(reason, ahead + 1));
  }
}

interface TurnPowers {
  startCapture(dataType: 'url' | 'binary', intervalMs: number, signal: AbortSignal): Promise<void>;
  isRepeatOf(faceURL: string): boolean;
  captured(faceURL: string | undefined): CaptureRecord;
  hold(captureId: string, ms: number): void;
  end(): void;
}

/** The right to capture on the terminal, until `end()`. */
export class CaptureTurn {
  private ended = false;

  constructor(
    readonly owner: object,
    private readonly powers: TurnPowers,
  ) {}

  /**
   * Raises the generation, `intervalMs` after the previous start at the earliest and after binds that are in flight;
   * the picture on the terminal is nobody's from here on.
   */
  startCapture(dataType: 'url' | 'binary', intervalMs: number, signal: AbortSignal): Promise<void> {
    return this.powers.startCapture(dataType, intervalMs, signal);
  }

  /** Whether this URL, counter included, is the one of the previous capture: then no new face was captured. */
  isRepeatOf(faceURL: string): boolean {
    return this.powers.isRepeatOf(faceURL);
  }

  /** Notes that the capture started last has succeeded. */
  captured(faceURL: string | undefined): CaptureRecord {
    return this.powers.captured(faceURL);
  }

  /** Keeps the terminal for this capture after the turn has ended, `ms` milliseconds at most. */
  hold(captureId: string, ms: number): void {
    this.powers.hold(captureId, ms);
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.powers.end();
  }
}

/** The file that a URL names, without the counter behind `@`. */
function fileOf(faceURL: string): string {
  return decodedPath(faceURL).replace(/@[^/]*$/, '');
}

function decodedPath(faceURL: string): string {
  try {
    return decodeURIComponent(pathOf(faceURL));
  } catch {
    return pathOf(faceURL);
  }
}

/** Path, query and counter of a URL that a terminal reported; the text itself where it is none. */
export function pathOf(faceURL: string): string {
  try {
    const url = new URL(faceURL, 'http://terminal');
    return url.pathname + url.search;
  } catch {
    return faceURL;
  }
}
