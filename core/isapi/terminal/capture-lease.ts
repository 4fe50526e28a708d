import type { DataType } from '../protocol/capture-reply.js';
import type { CaptureRecord, Enrolment } from './enrolment.js';
import type { SharedHold } from './guarding/shared-hold.js';

/** Proves to the enrolment that a call comes from the lease that is valid now. */
export interface LeaseToken {
  readonly owner: object;
  /** Where a guard is in force: without it, nobody may work on the terminal. */
  hold?: SharedHold;
  letGo?: () => void;
}

/**
 * The right to capture on a terminal, from `Enrolment.takeLease()` until `end()`. Afterwards the enrolment no longer
 * accepts its token: every method but `end()` throws.
 */
export class CaptureLease {
  constructor(
    private readonly enrolment: Enrolment,
    private readonly token: LeaseToken,
  ) {}

  /** Puts all that comes of this lease under a hold, which is kept until the terminal has nothing more to do for it. */
  guard(hold: SharedHold): void {
    this.enrolment.guard(this.token, hold);
  }

  /**
   * Raises the generation: the picture on the terminal is nobody's from here on. Waits until `intervalMs` (milliseconds)
   * have passed since the previous start, no bind is in flight, and no quiet period forbids a capture of this kind.
   * @param signal gives up waiting; its reason is thrown
   */
  startCapture(dataType: DataType, intervalMs: number, signal: AbortSignal): Promise<void> {
    return this.enrolment.startCapture(this.token, dataType, intervalMs, signal);
  }

  /** Notes that the capture started last has succeeded; `faceURL` is absent where it brought its picture along. */
  noteCaptured(faceURL: string | undefined): CaptureRecord {
    return this.enrolment.noteCaptured(this.token, faceURL);
  }

  /** Whether this URL, counter included, is the one of the previous capture: then no new face was captured. */
  isRepeat(faceURL: string): boolean {
    return this.enrolment.isRepeat(this.token, faceURL);
  }

  /** Keeps the terminal for this capture after the lease has ended, for `ms` milliseconds at most. */
  hold(captureId: string, ms: number): void {
    this.enrolment.hold(this.token, captureId, ms);
  }

  /** Lets the next capture have the terminal. Does nothing where the lease has ended already. */
  end(): void {
    this.enrolment.endLease(this.token);
  }
}
