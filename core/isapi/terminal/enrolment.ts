import { randomUUID } from 'node:crypto';

import { HikvisionError } from '../../errors/hikvision-error.js';
import { unlessAborted, wait } from '../../http/turns/wait.js';
import { WaitingList } from '../../http/turns/waiting-list.js';
import type { DataType } from '../protocol/capture-reply.js';
import { isEnrolmentPicture, isSameFile, pathOf } from '../protocol/picture-url.js';
import { CaptureLease, type LeaseToken } from './capture-lease.js';
import { guardInForce } from './guarding/guard-in-force.js';
import type { SharedHold } from './guarding/shared-hold.js';
import { QuietPeriod, type QuietFor } from './quiet-period.js';

/** Which capture a picture on the terminal belongs to. */
export interface CaptureRecord {
  id: string;
  generation: number;
  /** The URL as the terminal reported it; absent for a capture that carries its picture. */
  faceURL?: string;
  /** Under which it was made. */
  hold?: SharedHold;
}

/** Why a capture has to wait; `elsewhere`: another process may be at work, `settling`: it may have left something running. */
export type WaitReason = 'reserved' | 'capturing' | 'binding' | 'quiet' | 'elsewhere' | 'settling';

/** Who wants to capture, and how they wait. */
interface LeaseRequest {
  /** Whose capture it is: `releaseOwner(owner)` goes by it. */
  owner: object;
  /** How many captures may wait; one more is refused with `QUEUE_FULL`. */
  limit: number;
  /** Gives up waiting; its reason is thrown. */
  signal: AbortSignal;
  /** Told why this capture waits and its position (1 is next), on joining and whenever either changes. */
  onWait?: ((reason: WaitReason, position: number) => void) | undefined;
}

interface Reservation {
  captureId: string;
  owner: object;
  timer: NodeJS.Timeout;
  hold?: SharedHold;
  letGo?: () => void;
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
  /** Of the lease that is valid now. */
  private token: LeaseToken | undefined;
  private reservation: Reservation | undefined;
  private readonly waiting = new WaitingList<WaitReason>(() => this.obstacle() ?? 'capturing');
  private binds = 0;
  private bindsDone: (() => void)[] = [];
  private readonly quiet = new QuietPeriod();
  private quietTimer: NodeJS.Timeout | undefined;
  /** Tells the captures of this start of Node-RED from those of an earlier one. */
  private readonly epoch = randomUUID().slice(0, 8);
  /** Path of the URL that the last successful capture on this terminal reported, counter included. */
  private lastPath: string | undefined;
  private lastStartAt = 0;

  /** Rises whenever a capture starts. */
  get generation(): number {
    return this.generationNow;
  }

  /** Captures that wait for their lease. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  /** Waits until this capture may have the terminal. */
  async takeLease({ owner, limit, signal, onWait }: LeaseRequest): Promise<CaptureLease> {
    signal.throwIfAborted();
    const grant = (): CaptureLease => {
      this.token = { owner };
      return new CaptureLease(this, this.token);
    };
    if (this.waiting.length === 0 && this.obstacle() === undefined) return grant();
    const lease = this.waiting.join({ limit, signal, grant, onWait });
    this.advance();
    return lease;
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

  /** Aborted when the hold under which this newest capture was made is lost; undefined where there is none. */
  lossOf(captureId: string): AbortSignal | undefined {
    return this.newest?.id === captureId ? this.newest.hold?.lost : undefined;
  }

  /** Milliseconds for which a bind or a capture that was left unanswered may still be at work in the terminal. */
  get quietMs(): number {
    return this.quiet.endFor('url') - Date.now();
  }

  /** The newest capture, if `id` or `path` names it; nothing else may be bound by URL. */
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

  /** Whether this URL or path names the enrolment picture, whichever capture it may show. */
  namesEnrolmentPicture(faceURL: string): boolean {
    const known = this.newest?.faceURL;
    return isEnrolmentPicture(faceURL) || (known !== undefined && isSameFile(known, faceURL));
  }

  /**
   * Runs a bind by URL while no capture can start.
   * @throws HikvisionError `FACE_SUPERSEDED`, without running it, where a capture has started since the one that is to
   * be bound; `NOT_OWNER`
   */
  async bind<T>(generation: number, job: () => Promise<T>): Promise<T> {
    this.assertNewest(generation);
    this.binds += 1;
    const letGo = this.newest?.hold?.use();
    try {
      return await job();
    } finally {
      this.binds -= 1;
      letGo?.();
      if (this.binds === 0) {
        for (const done of this.bindsDone.splice(0)) done();
        this.advance();
      }
    }
  }

  /**
   * @throws HikvisionError `FACE_SUPERSEDED` where a capture has started since this generation; `NOT_OWNER` where another
   * process may have captured since
   */
  assertNewest(generation: number): void {
    if (generation !== this.generationNow) throw HikvisionError.of('superseded', { delivery: 'unsent' });
    const hold = this.newest?.hold;
    if (hold) hold.assertHeld();
    else if (guardInForce()) throw HikvisionError.of('holdEnded', { delivery: 'unsent' });
  }

  /** @throws HikvisionError `NOT_OWNER` where this is the newest capture and its hold was lost */
  assertNotLost(captureId: string): void {
    if (this.newest?.id === captureId) this.newest.hold?.assertNotLost();
  }

  /** Lets no capture of this kind start for so many milliseconds: a bind without a reply may still be at work. */
  beginQuietPeriod(captures: QuietFor, ms: number): void {
    this.quiet.begin(captures, ms);
  }

  /** A capture is left behind unanswered: none by URL starts until its window is over. */
  abandonCapture(): void {
    this.quiet.beginAfterCapture();
  }

  /** Notes how long (ms) the terminal waited for a face in an attempt; an answer that it is busy is no such window. */
  windowSeen(ms: number): void {
    this.quiet.windowSeen(ms);
  }

  /** See CaptureLease, as for all that takes a token. */
  guard(token: LeaseToken, hold: SharedHold): void {
    this.assertValid(token);
    token.hold = hold;
    token.letGo = hold.use();
    const onLost = (): void => {
      if (this.reservation?.hold === hold) this.endReservation();
    };
    hold.lost.addEventListener('abort', onLost, { once: true });
  }

  async startCapture(token: LeaseToken, dataType: DataType, intervalMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const due = Math.max(this.lastStartAt + intervalMs, this.quiet.endFor(dataType === 'url' ? 'url' : 'any'));
      if (due > Date.now()) await wait(due - Date.now(), signal);
      else if (this.binds > 0) await this.bindsOver(signal);
      else break;
    }
    signal.throwIfAborted();
    this.assertValid(token);
    this.lastStartAt = Date.now();
    this.generationNow += 1;
  }

  noteCaptured(token: LeaseToken, faceURL: string | undefined): CaptureRecord {
    this.assertValid(token);
    if (faceURL !== undefined) this.lastPath = pathOf(faceURL);
    const generation = this.generationNow;
    this.newest = { id: `${this.epoch}-${generation}`, generation, ...(faceURL === undefined ? {} : { faceURL }) };
    if (token.hold) this.newest.hold = token.hold;
    return this.newest;
  }

  isRepeat(token: LeaseToken, faceURL: string): boolean {
    this.assertValid(token);
    return pathOf(faceURL) === this.lastPath;
  }

  hold(token: LeaseToken, captureId: string, ms: number): void {
    this.assertValid(token);
    const { owner, hold } = token;
    if (hold?.lost.aborted) return;
    const timer = setTimeout(() => this.releaseCapture(captureId), ms);
    this.reservation = { captureId, owner, timer, ...(hold ? { hold, letGo: hold.use() } : {}) };
  }

  endLease(token: LeaseToken): void {
    if (token !== this.token) return;
    this.token = undefined;
    token.letGo?.();
    this.advance();
  }

  private assertValid(token: LeaseToken): void {
    if (token !== this.token) throw new Error('The capture lease has ended');
  }

  private bindsOver(signal: AbortSignal): Promise<void> {
    return unlessAborted(new Promise<void>((resolve) => this.bindsDone.push(resolve)), signal);
  }

  private endReservation(): void {
    clearTimeout(this.reservation?.timer);
    const letGo = this.reservation?.letGo;
    this.reservation = undefined;
    letGo?.();
    this.advance();
  }

  private obstacle(): WaitReason | undefined {
    if (this.token) return 'capturing';
    if (this.reservation) return 'reserved';
    if (this.binds > 0) return 'binding';
    // A quiet period for captures by URL only is waited out when such a capture starts.
    return this.quiet.endFor('any') > Date.now() ? 'quiet' : undefined;
  }

  /** To be called whenever the obstacle may have changed. */
  private advance(): void {
    const obstacle = this.obstacle();
    clearTimeout(this.quietTimer);
    if (obstacle === undefined) {
      this.waiting.next();
      return;
    }
    if (obstacle === 'quiet' && this.waiting.length > 0) {
      this.quietTimer = setTimeout(() => this.advance(), this.quiet.endFor('any') - Date.now() + 1);
    }
    this.waiting.notifyAll();
  }
}
