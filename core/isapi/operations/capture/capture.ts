import { withAnyOf } from '../../../http/turns/wait.js';
import type { DataType } from '../../protocol/capture-reply.js';
import type { WaitReason } from '../../terminal/enrolment.js';
import type { Terminal } from '../../terminal/terminal.js';
import { CaptureAttempts } from './capture-attempts.js';
import { CAPTURE_OPERATION } from './capture-call.js';

export type { DataType };

export interface CaptureOptions {
  /** `auto` asks the terminal, and goes over to `binary` where it says only at the capture that it knows no `url`. */
  dataType: DataType | 'auto';
  infrared: boolean;
  /** Milliseconds from the moment the terminal is this capture's own until nobody has come. */
  deadlineMs: number;
  /** Least milliseconds between the start of one attempt and the next. */
  intervalMs: number;
  /** In url mode, fetch the picture as well. */
  download: boolean;
  /** Milliseconds for which the terminal stays reserved for this face; 0 for no reservation. */
  holdMs: number;
  /** Who captures: `enrolment.releaseOwner(owner)` ends the reservation. */
  owner: object;
  /** Aborted with the reason for which the capture is given up. */
  signal: AbortSignal;
  /** Told why the capture waits and its position (1 is next), whenever either changes. */
  onWait?: (reason: WaitReason, position: number) => void;
  /** Called each second: seconds until the deadline, and the terminal's progress, 0..100. */
  onProgress?: (secondsLeft: number, progress: number) => void;
}

/** The contract's `msg.capture` on output 1. */
export interface Capture {
  id: string;
  terminal: string;
  dataType: DataType;
  faceURL?: string;
  image?: Buffer;
  contentType?: string;
  attempts: number;
  capturedAt: string;
}

/** The contract's `msg.capture` on output 2. */
export interface NoCapture {
  terminal: string;
  attempts: number;
  progress: number;
  reason: 'timeout' | 'busy' | 'cancelled';
}

export type CaptureOutcome = { captured: true; capture: Capture } | { captured: false; capture: NoCapture };

/** Gives up a capture without an error: its message leaves by output 2. */
export class CaptureGivenUp extends Error {
  constructor(readonly outcome: 'timeout' | 'cancelled') {
    super(outcome);
  }
}

/**
 * Has the terminal capture a face. Waits for its lease, then attempts until a face is there or the deadline has
 * passed; progress below 100, deviceBusy and captureTimeout all mean "go on", any other error ends the capture. Each
 * attempt is a capture of its own to the terminal, so `isCurRequestOver` needs no answer but the next attempt.
 * @throws HikvisionError; what `signal` was aborted with, unless that is a CaptureGivenUp
 */
export async function captureFace(terminal: Terminal, options: CaptureOptions): Promise<CaptureOutcome> {
  const deadline = new AbortController();
  const onDeadline = (): void => deadline.abort(new CaptureGivenUp('timeout'));
  const attempts = new CaptureAttempts(terminal, options);
  try {
    const capture = await withAnyOf([options.signal, terminal.closed, deadline.signal], (signal) =>
      attempts.untilCaptured(signal, onDeadline),
    );
    return { captured: true, capture };
  } catch (error) {
    if (error instanceof CaptureGivenUp) return { captured: false, capture: attempts.nobodyCame(error.outcome) };
    throw terminal.named(error, CAPTURE_OPERATION);
  }
}
