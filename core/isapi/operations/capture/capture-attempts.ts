import { HikvisionError } from '../../../errors/hikvision-error.js';
import { unlessAborted, withAnyOf } from '../../../http/turns/wait.js';
import { readCaptureReply, type CaptureReply, type DataType } from '../../protocol/capture-reply.js';
import { pathOf } from '../../protocol/picture-url.js';
import { captureCapabilities, knownCaptureCapabilities } from '../../terminal/capabilities.js';
import type { CaptureLease } from '../../terminal/capture-lease.js';
import { guardInForce } from '../../terminal/guarding/guard-in-force.js';
import type { SharedHold } from '../../terminal/guarding/shared-hold.js';
import type { Terminal } from '../../terminal/terminal.js';
import { cancelCapture, cancelCaptureCall, captureCall } from './capture-call.js';
import type { Capture, CaptureOptions, NoCapture } from './capture.js';
import { guardLease } from './guarded-lease.js';
import { withRight } from '../missing-right.js';
import { downloadPicture, refusesPictures } from '../picture.js';

/** What came of one attempt: a reply to read, or what means "go on" in the words of this model. */
type Answer = CaptureReply | 'nobody yet' | 'url refused';

/** Where a capture stands. Where it is given up, its state says what has to be cleared away at the terminal. */
type State =
  /** For its lease, and then for what the terminal says that it can do: nothing has been started. */
  | { name: 'waiting' }
  /** The terminal is asked to capture; `since` is a time of performance.now(). `answer` never rejects. */
  | { name: 'attempting'; dataType: DataType; since: number; answer: Promise<Answer | undefined> }
  /** An attempt has been answered, and the next may follow. */
  | { name: 'pausing'; dataType: DataType }
  | { name: 'captured' };

/** The attempts of one capture, under one lease. */
export class CaptureAttempts {
  private state: State = { name: 'waiting' };
  private attempts = 0;
  /** What the terminal said last, 0..100. */
  private progress = 0;
  /** What the terminal answered to the attempts so far: nothing but that it is busy, or something else too. */
  private heard: 'nothing' | 'busy' | 'else' = 'nothing';
  /** Attempts in a row whose answer did not come. */
  private unanswered = 0;
  /** Where a guard is in force. */
  private hold: SharedHold | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly options: CaptureOptions,
  ) {}

  /**
   * Waits for the lease and attempts until a face is there.
   * @param signal gives up; its reason is thrown
   * @param onDeadline called when the time is over, which counts from the lease on: giving up is the caller's
   */
  async untilCaptured(signal: AbortSignal, onDeadline: () => void): Promise<Capture> {
    const { terminal, options } = this;
    const { owner, onWait } = options;
    const limit = terminal.settings.queueLimit;
    const lease = await terminal.enrolment.takeLease({ owner, limit, signal, onWait });
    try {
      const guard = guardInForce();
      if (!guard) return await this.untilDeadline(lease, onDeadline, signal);
      const hold = await guardLease(guard, terminal, lease, { signal, onWait });
      this.hold = hold;
      const capture = await withAnyOf([signal, hold.lost], (either) => this.untilDeadline(lease, onDeadline, either));
      hold.lost.throwIfAborted();
      return capture;
    } finally {
      void this.leave(lease);
    }
  }

  private async untilDeadline(lease: CaptureLease, onDeadline: () => void, signal: AbortSignal): Promise<Capture> {
    const { options } = this;
    const { deadlineMs } = options;
    const endsAt = Date.now() + deadlineMs;
    const timer = setTimeout(onDeadline, deadlineMs);
    const notify = (): void => {
      options.onProgress?.(Math.max(0, Math.ceil((endsAt - Date.now()) / 1000)), this.progress);
    };
    const ticker = setInterval(notify, 1000);
    notify();
    try {
      return await this.attemptRepeatedly(lease, notify, signal);
    } finally {
      clearTimeout(timer);
      clearInterval(ticker);
    }
  }

  /** What the message says that leaves by output 2. To be called at once after the capture was given up. */
  nobodyCame(outcome: 'timeout' | 'cancelled'): NoCapture {
    const { attempts, progress, terminal, state, heard } = this;
    // An attempt that has only just been sent says nothing yet; one that lasts is the terminal waiting for a face.
    const waitsForFace = state.name === 'attempting' && performance.now() - state.since >= this.options.intervalMs;
    const onlyBusy = heard === 'busy' && !waitsForFace;
    return {
      terminal: terminal.name,
      attempts,
      progress,
      reason: outcome === 'timeout' && onlyBusy ? 'busy' : outcome,
    };
  }

  private async attemptRepeatedly(lease: CaptureLease, notify: () => void, signal: AbortSignal): Promise<Capture> {
    let dataType = await this.chooseDataType(signal);
    for (;;) {
      await lease.startCapture(dataType, this.options.intervalMs, signal);
      const answer = await unlessAborted(this.attempt(dataType), signal);
      if (answer === 'url refused') {
        dataType = 'binary';
      } else if (answer !== 'nobody yet') {
        const capture = await this.captureIn(answer, dataType, lease, signal);
        if (capture) return capture;
      }
      notify();
    }
  }

  private async chooseDataType(signal: AbortSignal): Promise<DataType> {
    const { dataType } = this.options;
    if (dataType !== 'auto') return dataType;
    const capabilities = await captureCapabilities(this.terminal, signal);
    // Where several processes share a terminal, a bind by URL is the one call that a request which a former owner left
    // behind can turn into a wrong face; with the picture, person and face travel in one request.
    if (this.hold && capabilities?.binary && !refusesPictures.has(this.terminal.physical)) return 'binary';
    return !capabilities || capabilities.url ? 'url' : 'binary';
  }

  private async attempt(dataType: DataType): Promise<Answer> {
    const { terminal } = this;
    this.attempts += 1;
    const answering = this.ask(dataType);
    const answer = answering.catch(() => undefined);
    const canCancel = knownCaptureCapabilities(terminal)?.cancel === true;
    const withdraw = canCancel ? terminal.cancelOnClose(cancelCaptureCall(dataType), answer) : undefined;
    this.state = { name: 'attempting', dataType, since: performance.now(), answer };
    try {
      return await answering;
    } finally {
      this.state = { name: 'pausing', dataType };
      withdraw?.();
    }
  }

  /** One CaptureFaceData. */
  private async ask(dataType: DataType): Promise<Answer> {
    const { terminal } = this;
    const since = performance.now();
    try {
      const call = captureCall(dataType, this.options.infrared);
      const { hold } = this;
      const reply = await terminal.call(hold ? { ...call, beforeSending: () => hold.assertHeld() } : call);
      this.unanswered = 0;
      this.heard = 'else';
      const answer = readCaptureReply(reply);
      if ((answer.progress ?? 100) < 100) terminal.enrolment.windowSeen(performance.now() - since);
      return answer;
    } catch (error) {
      if (!(error instanceof HikvisionError)) throw error;
      if (error.code === 'captureTimeout') terminal.enrolment.windowSeen(performance.now() - since);
      return this.goOnAfter(error, dataType);
    }
  }

  /** Throws the error unless it means "go on". */
  private goOnAfter(error: HikvisionError, dataType: DataType): 'nobody yet' | 'url refused' {
    const { cause } = error;
    // It may succeed later, but not under this lease.
    if (error.code === 'NOT_OWNER') throw error;
    // DS-K1T341CMFW 3.3 only takes `binary`, and some terminals say so only here.
    if (this.options.dataType === 'auto' && dataType === 'url' && refusesContent(error)) return 'url refused';
    if (!cause.retryable) throw withRight(error, 'right.capture');
    this.heard = cause.statusCode === 2 && this.heard !== 'else' ? 'busy' : 'else';
    this.unanswered = error.delivery === 'answered' ? 0 : this.unanswered + 1;
    if (this.unanswered > this.terminal.settings.retries) throw error;
    return 'nobody yet';
  }

  /** The capture that a reply brings, noted and held; undefined where it brings none. */
  private async captureIn(
    { progress, faceURL, image }: CaptureReply,
    dataType: DataType,
    lease: CaptureLease,
    signal: AbortSignal,
  ): Promise<Capture | undefined> {
    const { terminal, options, attempts } = this;
    this.progress = progress ?? this.progress;
    // A bare JPEG comes without a progress; everything else has to say that it is done.
    if (progress !== undefined && progress < 100) return undefined;
    const base = { terminal: terminal.name, attempts, capturedAt: new Date().toISOString() };
    if (dataType === 'binary') {
      if (!image) return undefined;
      const { id } = lease.noteCaptured(undefined);
      return this.finish(lease, { id, ...base, dataType, ...jpeg(image) });
    }
    if (faceURL === undefined || lease.isRepeat(faceURL)) return undefined;
    const { id } = lease.noteCaptured(faceURL);
    const capture = { id, ...base, dataType, faceURL };
    if (!options.download) return this.finish(lease, capture);
    return this.finish(lease, { ...capture, ...jpeg(await downloadPicture(terminal, pathOf(faceURL), signal)) });
  }

  private finish(lease: CaptureLease, capture: Capture): Capture {
    const { holdMs } = this.options;
    if (holdMs > 0) lease.hold(capture.id, holdMs);
    this.state = { name: 'captured' };
    return capture;
  }

  /**
   * Ends the lease, but not before an attempt that is still in flight is over: the terminal goes on capturing
   * whether or not somebody listens, and would put its picture over the next person's.
   */
  private async leave(lease: CaptureLease): Promise<void> {
    const { terminal, state } = this;
    // A terminal that does not block (DS-K1T673DX) goes on between two attempts, and would give the face to the next message.
    const mayGoOn = state.name === 'attempting' || state.name === 'pausing';
    // Who lost the terminal sends it nothing more: what runs there may be the next owner's.
    const mayCancel = !terminal.closed.aborted && this.hold?.lost.aborted !== true;
    const cancelled = mayGoOn && mayCancel ? cancelCapture(terminal, state.dataType) : undefined;
    const late = state.name === 'attempting' ? await state.answer : undefined;
    if (typeof late === 'object' && late.faceURL !== undefined) lease.noteCaptured(late.faceURL);
    await cancelled;
    lease.end();
  }
}

function jpeg(image: Buffer): Pick<Capture, 'image' | 'contentType'> {
  return { image, contentType: 'image/jpeg' };
}

/** Class 5 and 6 answers: the terminal did not like what the request says. */
function refusesContent({ cause }: HikvisionError): boolean {
  return cause.statusCode === 5 || cause.statusCode === 6;
}
