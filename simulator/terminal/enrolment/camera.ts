import type { TerminalClock } from '../behaviour/clock.js';
import type { Emit } from '../behaviour/events.js';
import { facePicture } from '../picture/simulated-face.js';
import type { DataType, Model } from '../behaviour/models.js';

/** The one enrolment picture: the next capture overwrites it. */
export interface EnrolmentPicture {
  face: string;
  jpeg: Buffer;
  /** Rises with each capture; the URL ends in it. */
  count: number;
}

export type CaptureResult =
  | { outcome: 'captured'; picture: EnrolmentPicture }
  /** The window ended and nobody came, or the mode is alive and nobody came yet. */
  | { outcome: 'nobody' }
  | { outcome: 'cancelled' }
  /** Another capture runs, or the last one started too short a time ago. */
  | { outcome: 'busy' };

/** After so long without a capture POST the next one begins a new attempt, for faceAfter. An assumption. */
const ATTEMPT_ENDS_AFTER = 10;

/** The camera of one terminal: who stands in front of it, the capture that runs, and the enrolment picture. */
export class Camera {
  private waiting: { face: string; stays: boolean }[] = [];
  /** A blocking capture, or a capture mode that the POSTs keep alive. Outlives the connection that asked for it. */
  private running: { dataType: DataType; seen: (picture: EnrolmentPicture) => void; end: () => void } | undefined;
  private stored: EnrolmentPicture | undefined;
  /** Captured while the mode was alive between two POSTs; the next POST fetches it. */
  private unfetched: EnrolmentPicture | undefined;
  private count = 0;
  private lastStart = -Infinity;
  private attempt: { startedAt: number; lastPostAt: number } | undefined;
  private visitors = 0;
  private stopTimers: () => void = () => undefined;

  constructor(
    private readonly model: Model,
    private readonly clock: TerminalClock,
    private readonly faceAfter: number | undefined,
    private readonly urlOf: (count: number) => string,
    private readonly emit: Emit,
  ) {}

  get picture(): EnrolmentPicture | undefined {
    return this.stored;
  }

  /** Whether a capture POST blocks at this moment. */
  get blocked(): boolean {
    return this.running !== undefined && this.model.blockSeconds > 0;
  }

  /** Progress of the capture mode, 0..100. */
  get progress(): number {
    return this.unfetched ? 100 : 0;
  }

  present(face: string, stays: boolean): void {
    this.waiting.push({ face, stays });
    this.takeFace();
  }

  leave(): void {
    this.waiting = [];
  }

  /** Somebody captures on the terminal's own menu. */
  foreignCapture(face: string): void {
    this.store(face);
  }

  /** One capture POST. */
  post(dataType: DataType): Promise<CaptureResult> {
    if (this.blocked || this.clock.now() - this.lastStart < this.model.minInterval) {
      return Promise.resolve({ outcome: 'busy' });
    }
    this.lastStart = this.clock.now();
    this.noteAttempt();
    return this.model.blockSeconds > 0 ? this.block(dataType) : Promise.resolve(this.keepAlive(dataType));
  }

  /** Ends the capture that runs, if any. */
  cancel(): void {
    if (!this.running && !this.unfetched) return;
    this.abandon();
    this.emit({ event: 'capture cancelled' });
  }

  /** Nobody in front, no capture, no picture. The counter in the URL goes on rising, so that no URL comes twice. */
  reset(): void {
    this.abandon();
    this.leave();
    this.stored = undefined;
    this.lastStart = -Infinity;
    this.visitors = 0;
  }

  /** Ends the capture that runs, if any, without a word. */
  abandon(): void {
    this.stopTimers();
    this.unfetched = undefined;
    this.attempt = undefined;
    const ended = this.running;
    this.running = undefined;
    ended?.end();
  }

  private block(dataType: DataType): Promise<CaptureResult> {
    return new Promise((resolve) => {
      const finish = (result: CaptureResult): void => {
        this.stopTimers();
        this.running = undefined;
        resolve(result);
      };
      this.running = {
        dataType,
        seen: (picture) => finish({ outcome: 'captured', picture }),
        end: () => resolve({ outcome: 'cancelled' }),
      };
      this.startTimers(this.model.blockSeconds, () => finish({ outcome: 'nobody' }));
      this.emit({ event: 'capture started' });
      this.takeFace();
    });
  }

  private keepAlive(dataType: DataType): CaptureResult {
    this.stopTimers();
    if (!this.unfetched) {
      if (!this.running) this.emit({ event: 'capture started' });
      this.running = {
        dataType,
        seen: (picture) => {
          this.unfetched = picture;
          this.running = undefined;
        },
        end: () => undefined,
      };
      this.startTimers(this.model.aliveSeconds, () => {
        this.running = undefined;
        this.unfetched = undefined;
      });
      this.takeFace();
    }
    const picture = this.unfetched;
    if (!picture) return { outcome: 'nobody' };
    this.stopTimers();
    this.unfetched = undefined;
    return { outcome: 'captured', picture };
  }

  /** The end of the window, and the visitor who comes by himself before it. */
  private startTimers(windowSeconds: number, over: () => void): void {
    const stopWindow = this.clock.after(windowSeconds, over);
    const due = this.visitorDue();
    const stopVisitor = due === undefined ? undefined : this.clock.after(due, () => this.visit());
    this.stopTimers = () => {
      stopWindow();
      stopVisitor?.();
    };
  }

  private noteAttempt(): void {
    const now = this.clock.now();
    const goesOn =
      this.attempt !== undefined && now - this.attempt.lastPostAt < this.model.blockSeconds + ATTEMPT_ENDS_AFTER;
    this.attempt = { startedAt: goesOn ? (this.attempt?.startedAt ?? now) : now, lastPostAt: now };
  }

  private visitorDue(): number | undefined {
    if (this.faceAfter === undefined || this.waiting.length > 0 || !this.attempt) return undefined;
    return Math.max(0, this.attempt.startedAt + this.faceAfter - this.clock.now());
  }

  private visit(): void {
    if (!this.running || this.waiting.length > 0) return;
    this.visitors += 1;
    this.present(`visitor-${this.visitors}`, false);
  }

  private takeFace(): void {
    const capture = this.running;
    const next = this.waiting[0];
    if (!capture || !next) return;
    if (!next.stays) this.waiting.shift();
    this.attempt = undefined;
    const picture = this.store(next.face);
    this.emit({
      event: 'captured',
      face: next.face,
      ...(capture.dataType === 'url' && { url: this.urlOf(picture.count) }),
    });
    capture.seen(picture);
  }

  private store(face: string): EnrolmentPicture {
    this.count += 1;
    this.stored = { face, jpeg: facePicture(face), count: this.count };
    return this.stored;
  }
}
