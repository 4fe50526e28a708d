import { HikvisionError } from '../../errors/hikvision-error.js';
import { unlessAborted, withAnyOf } from '../../http/wait.js';
import { captureCapabilities, knownCaptureCapabilities } from '../terminal/capabilities.js';
import { readCaptureReply, type CaptureReply, type DataType } from '../protocol/capture-reply.js';
import { pathOf } from '../protocol/picture-url.js';
import type { CaptureLease } from '../terminal/capture-lease.js';
import type { WaitReason } from '../terminal/enrolment.js';
import { downloadPicture } from './picture.js';
import type { IsapiCall, Terminal } from '../terminal/terminal.js';

export type { DataType };

export interface CaptureOptions {
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
  onWait?: (reason: WaitReason, ahead: number) => void;
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

const OPERATION = 'capture face';
export const CAPTURE_PATH = '/ISAPI/AccessControl/CaptureFaceData';
/** DS-K1T341AMF and DS-K1T342MX-E1 answer only when a face came or their window of up to 60 s is over. */
const CAPTURE_TIMEOUT_MS = 65_000;
const MAX_CAPTURE_BYTES = 8 * 1024 * 1024;

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
  const attempt = new CaptureAttempts(terminal, options);
  try {
    return await withAnyOf([options.signal, terminal.closed, attempt.deadline.signal], (signal) => attempt.run(signal));
  } catch (error) {
    if (error instanceof CaptureGivenUp) return attempt.givenUp(error.outcome);
    throw terminal.named(error, OPERATION);
  }
}

class CaptureAttempts {
  private attempts = 0;
  private progress = 0;
  /** What the terminal answered to the attempts so far: nothing but `deviceBusy`, or something else too. */
  private answers: 'none' | 'busy' | 'other' = 'none';
  private urlRefused = false;
  private succeeded = false;
  private dataType: DataType = 'url';
  private connectionFailures = 0;
  private inFlight: Promise<CaptureReply | undefined> | undefined;
  private attemptedAt = 0;
  readonly deadline = new AbortController();

  constructor(
    private readonly terminal: Terminal,
    private readonly options: CaptureOptions,
  ) {}

  givenUp(outcome: 'timeout' | 'cancelled'): CaptureOutcome {
    const { attempts, progress, terminal } = this;
    // An attempt that has only just been sent says nothing yet; one that lasts is the terminal waiting for a face.
    const waitsForFace = this.inFlight !== undefined && performance.now() - this.attemptedAt >= this.options.intervalMs;
    const onlyBusy = this.answers === 'busy' && !waitsForFace;
    const reason = outcome === 'timeout' && onlyBusy ? 'busy' : outcome;
    return { captured: false, capture: { terminal: terminal.name, attempts, progress, reason } };
  }

  async run(signal: AbortSignal): Promise<CaptureOutcome> {
    const { terminal, options } = this;
    const { owner, onWait } = options;
    const limit = terminal.settings.queueLimit;
    const lease = await terminal.enrolment.takeLease({ owner, limit, signal, onWait });
    const endsAt = Date.now() + options.deadlineMs;
    const timer = setTimeout(() => this.deadline.abort(new CaptureGivenUp('timeout')), options.deadlineMs);
    const tell = (): void => options.onProgress?.(Math.max(0, Math.ceil((endsAt - Date.now()) / 1000)), this.progress);
    const ticker = setInterval(tell, 1000);
    tell();
    try {
      let dataType = await this.chooseDataType(signal);
      for (;;) {
        await lease.startCapture(dataType, options.intervalMs, signal);
        this.attempts += 1;
        this.dataType = dataType;
        const reply = await unlessAborted(this.attempt(dataType), signal);
        const capture = reply && (await this.finished(reply, dataType, lease, signal));
        if (capture) {
          this.succeeded = true;
          return { captured: true, capture };
        }
        if (this.urlRefused) dataType = 'binary';
        tell();
      }
    } finally {
      clearTimeout(timer);
      clearInterval(ticker);
      void this.leave(lease);
    }
  }

  private async chooseDataType(signal: AbortSignal): Promise<DataType> {
    const { dataType } = this.options;
    if (dataType !== 'auto') return dataType;
    const capabilities = await captureCapabilities(this.terminal, signal);
    return !capabilities || capabilities.url ? 'url' : 'binary';
  }

  /** One CaptureFaceData; undefined means "nobody yet", whatever words the unit has for that. */
  private attempt(dataType: DataType): Promise<CaptureReply | undefined> {
    const { terminal } = this;
    this.attemptedAt = performance.now();
    const answer = this.post(dataType);
    const answered = answer.catch(() => undefined);
    this.inFlight = answered;
    if (knownCaptureCapabilities(terminal)?.cancel) {
      terminal.farewell = { call: captureCall(cancelCondition(dataType)), answered };
    }
    return answer;
  }

  private async post(dataType: DataType): Promise<CaptureReply | undefined> {
    const { terminal, options } = this;
    const startedAt = Date.now();
    try {
      const reply = await terminal.call({
        ...captureCall(captureCondition(dataType, options.infrared)),
        outlivesClose: true,
        onDoubt: () => terminal.enrolment.abandonCapture(),
      });
      this.connectionFailures = 0;
      this.answers = 'other';
      const capture = readCaptureReply(reply);
      if ((capture.progress ?? 100) < 100) terminal.enrolment.windowSeen(Date.now() - startedAt);
      return capture;
    } catch (error) {
      if (!(error instanceof HikvisionError)) throw error;
      if (error.code === 'captureTimeout') terminal.enrolment.windowSeen(Date.now() - startedAt);
      this.passOver(error, dataType);
      return undefined;
    } finally {
      this.inFlight = undefined;
      terminal.farewell = undefined;
    }
  }

  /** Throws the error unless it means "go on". */
  private passOver(error: HikvisionError, dataType: DataType): void {
    const { cause } = error;
    if (this.options.dataType === 'auto' && dataType === 'url' && !this.urlRefused && refusesContent(error)) {
      // DS-K1T341CMFW 3.3 only takes `binary`, and some units say so only here.
      this.urlRefused = true;
      return;
    }
    if (!cause.retryable) throw error;
    this.answers = cause.statusCode === 2 && this.answers !== 'other' ? 'busy' : 'other';
    if (error.delivery === 'answered') {
      this.connectionFailures = 0;
      return;
    }
    this.connectionFailures += 1;
    if (this.connectionFailures > this.terminal.settings.retries) throw error;
  }

  private async finished(
    reply: CaptureReply,
    dataType: DataType,
    lease: CaptureLease,
    signal: AbortSignal,
  ): Promise<Capture | undefined> {
    const { terminal, options, attempts } = this;
    const { progress, faceURL, image } = reply;
    this.progress = progress ?? this.progress;
    // A bare JPEG comes without a progress; everything else has to say that it is done.
    if (progress !== undefined && progress < 100) return undefined;
    const base = { terminal: terminal.name, attempts };
    if (dataType === 'binary') {
      if (!image) return undefined;
      const { id } = lease.noteCaptured(undefined);
      return this.hold(lease, { id, ...base, dataType, image, contentType: 'image/jpeg', capturedAt: now() });
    }
    if (faceURL === undefined || lease.isRepeat(faceURL)) return undefined;
    const { id } = lease.noteCaptured(faceURL);
    const capture = { id, ...base, dataType, faceURL, capturedAt: now() };
    if (!options.download) return this.hold(lease, capture);
    const picture = await downloadPicture(terminal, pathOf(faceURL), signal);
    return this.hold(lease, { ...capture, image: picture, contentType: 'image/jpeg' });
  }

  private hold(lease: CaptureLease, capture: Capture): Capture {
    if (this.options.holdMs > 0) lease.hold(capture.id, this.options.holdMs);
    return capture;
  }

  /**
   * Ends the lease, but not before an attempt that is still in flight is over: the terminal goes on capturing
   * whether or not somebody listens, and would put its picture over the next person's.
   */
  private async leave(lease: CaptureLease): Promise<void> {
    const { terminal, inFlight } = this;
    const isOver = this.succeeded || this.attempts === 0;
    // A unit that does not block (DS-K1T673DX) goes on between two attempts, and would give the face to the next message.
    const cancelled = isOver || terminal.closed.aborted ? undefined : cancelCapture(terminal, this.dataType);
    const stray = await inFlight;
    if (stray?.faceURL !== undefined) lease.noteCaptured(stray.faceURL);
    await cancelled;
    lease.end();
  }
}

async function cancelCapture(terminal: Terminal, dataType: DataType): Promise<void> {
  const capabilities = await captureCapabilities(terminal).catch(() => undefined);
  if (!capabilities?.cancel) return;
  await terminal.call({ ...captureCall(cancelCondition(dataType)), besideQueue: false }).catch(() => undefined);
}

function cancelCondition(dataType: DataType): string {
  return `${captureCondition(dataType, false)}<cancelFlag>true</cancelFlag>`;
}

function captureCondition(dataType: DataType, infrared: boolean): string {
  return `<captureInfrared>${infrared}</captureInfrared><dataType>${dataType}</dataType>`;
}

function captureCall(condition: string): IsapiCall {
  return {
    operation: OPERATION,
    method: 'POST',
    path: CAPTURE_PATH,
    // The body is XML all the same: this is what terminals want.
    contentType: 'application/x-www-form-urlencoded',
    body: Buffer.from(
      '<?xml version="1.0" encoding="UTF-8"?>' +
        `<CaptureFaceDataCond version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">${condition}</CaptureFaceDataCond>`,
    ),
    idempotent: true,
    retries: 0,
    timeoutMs: CAPTURE_TIMEOUT_MS,
    maxBytes: MAX_CAPTURE_BYTES,
    besideQueue: true,
  };
}

/** Class 5 and 6 answers: the terminal did not like what the request says. */
function refusesContent(error: HikvisionError): boolean {
  return error.cause.statusCode === 5 || error.cause.statusCode === 6;
}

function now(): string {
  return new Date().toISOString();
}
