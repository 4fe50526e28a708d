import type { TerminalClock } from '../behaviour/clock.js';
import type { Emit } from '../behaviour/events.js';
import type { DataType, Model } from '../behaviour/models.js';
import { facePicture } from '../picture/simulated-face.js';
import type { EnrolmentPicture } from './enrolment-picture.js';

export type CaptureResult =
  | { outcome: 'captured'; picture: EnrolmentPicture }
  /** The window ended and nobody came, or the capture mode is kept alive and nobody came yet. */
  | { outcome: 'nobody' }
  | { outcome: 'cancelled' }
  /** Another capture runs, or the last one started too short a time ago. */
  | { outcome: 'busy' };

/** After so many simulated seconds without a capture POST the next one begins a new attempt, for faceAfter. An assumption. */
const ATTEMPT_GAP = 10;

/** The capture of one terminal. It outlives the connection that asked for it. */
type Capture =
  | { phase: 'idle' }
  /** A POST waits for somebody to come, or for the end of its window. */
  | { phase: 'blocking'; dataType: DataType; answer: (result: CaptureResult) => void }
  /** The POSTs keep the capture mode alive; each is answered at once. */
  | { phase: 'kept alive'; dataType: DataType }
  /** Somebody was captured between two POSTs; the next one fetches the picture. */
  | { phase: 'unfetched'; picture: EnrolmentPicture };

const IDLE: Capture = { phase: 'idle' };

/** The camera of one terminal: who stands in front of it, the capture that runs, and the enrolment picture. */
export class Camera {
  private inFront: { face: string; stays: boolean }[] = [];
  private capture: Capture = IDLE;
  private stored: EnrolmentPicture | undefined;
  private count = 0;
  private lastStart = -Infinity;
  /** From its start faceAfter counts; undefined once somebody was captured. */
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
    return this.capture.phase === 'blocking';
  }

  /** Progress of the capture mode, 0..100. */
  get progress(): number {
    return this.capture.phase === 'unfetched' ? 100 : 0;
  }

  present(face: string, stays: boolean): void {
    this.inFront.push({ face, stays });
    this.takeFace();
  }

  leave(): void {
    this.inFront = [];
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
    if (this.capture.phase === 'idle') return;
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

  /** Ends the capture that runs, if any, without an event. */
  abandon(): void {
    this.attempt = undefined;
    this.endCapture({ outcome: 'cancelled' });
  }

  private block(dataType: DataType): Promise<CaptureResult> {
    return new Promise((answer) => {
      this.capture = { phase: 'blocking', dataType, answer };
      this.startTimers(this.model.blockSeconds);
      this.emit({ event: 'capture started' });
      this.takeFace();
    });
  }

  private keepAlive(dataType: DataType): CaptureResult {
    this.stopTimers();
    if (this.capture.phase !== 'unfetched') {
      if (this.capture.phase === 'idle') this.emit({ event: 'capture started' });
      this.capture = { phase: 'kept alive', dataType };
      this.startTimers(this.model.aliveSeconds);
      this.takeFace();
    }
    const picture = this.unfetched;
    if (!picture) return { outcome: 'nobody' };
    this.endCapture({ outcome: 'captured', picture });
    return { outcome: 'captured', picture };
  }

  private get unfetched(): EnrolmentPicture | undefined {
    return this.capture.phase === 'unfetched' ? this.capture.picture : undefined;
  }

  /** Back to idle; a POST that waits gets this result. */
  private endCapture(result: CaptureResult): void {
    this.stopTimers();
    const ended = this.capture;
    this.capture = IDLE;
    if (ended.phase === 'blocking') ended.answer(result);
  }

  /** The end of the window or of the capture mode, and the face that appears by itself before it. */
  private startTimers(windowSeconds: number): void {
    const stopWindow = this.clock.after(windowSeconds, () => this.endCapture({ outcome: 'nobody' }));
    const visitorIn = this.secondsToVisitor();
    const stopVisitor = visitorIn === undefined ? undefined : this.clock.after(visitorIn, () => this.presentVisitor());
    this.stopTimers = () => {
      stopWindow();
      stopVisitor?.();
    };
  }

  private noteAttempt(): void {
    const now = this.clock.now();
    const { attempt } = this;
    const goesOn = attempt !== undefined && now - attempt.lastPostAt < this.model.blockSeconds + ATTEMPT_GAP;
    this.attempt = { startedAt: goesOn ? attempt.startedAt : now, lastPostAt: now };
  }

  private secondsToVisitor(): number | undefined {
    if (this.faceAfter === undefined || this.inFront.length > 0 || !this.attempt) return undefined;
    return Math.max(0, this.attempt.startedAt + this.faceAfter - this.clock.now());
  }

  private presentVisitor(): void {
    const waits = this.capture.phase === 'blocking' || this.capture.phase === 'kept alive';
    if (!waits || this.inFront.length > 0) return;
    this.visitors += 1;
    this.present(`visitor-${this.visitors}`, false);
  }

  /** Captures whoever stands first in front, if a capture waits for somebody. */
  private takeFace(): void {
    const { capture } = this;
    const [next] = this.inFront;
    if (!next || (capture.phase !== 'blocking' && capture.phase !== 'kept alive')) return;
    if (!next.stays) this.inFront.shift();
    this.attempt = undefined;
    const picture = this.store(next.face);
    this.emit({
      event: 'captured',
      face: next.face,
      ...(capture.dataType === 'url' && { url: this.urlOf(picture.count) }),
    });
    if (capture.phase === 'blocking') this.endCapture({ outcome: 'captured', picture });
    else this.capture = { phase: 'unfetched', picture };
  }

  private store(face: string): EnrolmentPicture {
    this.count += 1;
    this.stored = { face, jpeg: facePicture(face), count: this.count };
    return this.stored;
  }
}
