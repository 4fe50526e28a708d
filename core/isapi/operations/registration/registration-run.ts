import { asFailure, HikvisionError } from '../../../errors/hikvision-error.js';
import { withRetries } from '../../../http/turns/retry.js';
import { backOff, withAnyOf } from '../../../http/turns/wait.js';
import { knownCaptureCapabilities } from '../../terminal/capabilities.js';
import type { Terminal } from '../../terminal/terminal.js';
import { captureFace, CaptureGivenUp, type Capture, type CaptureOutcome } from '../capture/capture.js';
import { assertBindable, bindFace, captureIdOf } from '../face.js';
import { facesOf, personShown, storePerson, type StoredPerson } from '../person/person.js';
import { removeCreated } from './created-person.js';
import type { Registration, RegistrationOptions, Step } from './registration.js';

/** The registration itself ends the reservation, however it ends; no timer has to (milliseconds). */
const HOLD_MS = 24 * 3_600_000;

/** One registration under way. */
export class RegistrationRun {
  /** Whose the reservation of the terminal is. */
  private readonly owner = {};
  private step: Step = 'face';
  private stored: StoredPerson | undefined;
  /** How long the person has been waited for, over all captures (milliseconds). */
  private waitedMs = 0;
  private attempts = 0;
  private capture: CaptureOutcome['capture'] | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly options: RegistrationOptions,
  ) {}

  async run(): Promise<Registration> {
    const { terminal, options } = this;
    try {
      const sources = [options.signal, options.cancel, terminal.closed];
      const done = await withAnyOf(sources, (signal) => this.allSteps(signal));
      if (done.outcome === 'registered') return done;
      return await this.withoutFace(done.outcome);
    } catch (error) {
      if (this.isCancelled) return await this.withoutFace('cancelled');
      // A terminal that was lost is no longer this process's to tidy.
      const isLost = asFailure(error).code === 'NOT_OWNER';
      const removed = await this.removePerson(!isLost);
      const facts = { terminal: terminal.name, step: this.step, ...(removed === undefined ? {} : { removed }) };
      throw asFailure(error).withFacts(facts);
    } finally {
      terminal.enrolment.releaseOwner(this.owner);
    }
  }

  private async allSteps(signal: AbortSignal): Promise<Registration> {
    const { options, terminal } = this;
    if (options.face !== undefined) assertBindable(terminal, options.face);
    if (options.ifFace === 'keep' && (await this.hasFace(signal))) {
      await this.storeOnce(signal);
      return this.result('registered', true);
    }
    for (let captures = 1; ; captures += 1) {
      const face = options.face ?? (await this.captured(signal));
      if (face === undefined) return this.result('nobody came');
      try {
        return await this.registered(face, signal);
      } catch (error) {
        if (!this.mayCaptureAgain(error, captures)) throw error;
        terminal.enrolment.releaseOwner(this.owner);
      }
    }
  }

  private async registered(face: unknown, signal: AbortSignal): Promise<Registration> {
    const store = async (either: AbortSignal): Promise<Registration> => {
      await this.storeOnce(either);
      return this.result('registered', await this.bind(face, either));
    };
    const captureId = captureIdOf(face);
    const loss = captureId === undefined ? undefined : this.terminal.enrolment.lossOf(captureId);
    return loss ? withAnyOf([signal, loss], store) : store(signal);
  }

  /** Waits for the person and captures their face; undefined where nobody came, or the registration was given up. */
  private async captured(signal: AbortSignal): Promise<Capture | undefined> {
    const { terminal, options } = this;
    this.step = 'capture';
    let since: number | undefined;
    const outcome = await captureFace(terminal, {
      ...options.capture,
      deadlineMs: options.capture.deadlineMs - this.waitedMs,
      infrared: false,
      // Only a capture that carries its picture can be compared with what lies on the terminal when it is bound.
      download: options.bind.recheck,
      holdMs: HOLD_MS,
      owner: this.owner,
      signal,
      ...(options.onWait ? { onWait: options.onWait } : {}),
      onProgress: (secondsLeft, progress) => {
        since ??= performance.now();
        options.onProgress?.(secondsLeft, progress);
      },
    });
    this.waitedMs += since === undefined ? 0 : performance.now() - since;
    this.attempts += outcome.capture.attempts;
    this.capture = outcome.capture;
    if (!outcome.captured) return undefined;
    options.onCaptured?.(outcome.capture);
    return outcome.capture;
  }

  private async storeOnce(signal: AbortSignal): Promise<void> {
    if (this.stored) return;
    const { person, ifExists, change } = this.options;
    this.stored = await this.repeated('person', signal, () =>
      storePerson(this.terminal, person, ifExists, { change, signal }),
    );
  }

  /** Whether it was read back that the person has a face. */
  private async bind(face: unknown, signal: AbortSignal): Promise<boolean> {
    const { person, bind } = this.options;
    const { verified } = await this.repeated('face', signal, () =>
      bindFace(this.terminal, { ...bind, employeeNo: person.employeeNo, face, signal }),
    );
    return verified;
  }

  /**
   * Another capture came in between: the face that was captured is nobody's any more, and the person has to look again. So
   * they have where a terminal turns out to take no pictures, not even its own, but may know its captures by their URL.
   */
  private mayCaptureAgain(error: unknown, captures: number): boolean {
    const { face, retries, capture } = this.options;
    if (!(error instanceof HikvisionError)) return false;
    const isForURL = error.reason === 'picturesNotTaken' && capture.dataType === 'auto' && this.mayBindByURL;
    return (
      (isForURL || error.code === 'FACE_SUPERSEDED') &&
      face === undefined &&
      captures <= retries &&
      this.waitedMs < capture.deadlineMs
    );
  }

  /** Whether its picture was captured to be sent back, where the terminal can also keep it. */
  private get mayBindByURL(): boolean {
    const { capture, terminal } = this;
    const isBinary = capture !== undefined && 'dataType' in capture && capture.dataType === 'binary';
    return isBinary && knownCaptureCapabilities(terminal)?.url === true;
  }

  private async hasFace(signal: AbortSignal): Promise<boolean> {
    const { employeeNo } = this.options.person;
    const person = await this.repeated('person', signal, () => personShown(this.terminal, employeeNo, signal));
    if (person === undefined) return false;
    const faces = person === 'no search' ? undefined : facesOf(person);
    if (faces === undefined) throw HikvisionError.of('facesUnreadable', { delivery: 'unsent', params: { employeeNo } });
    return faces > 0;
  }

  /** Does a step, and repeats it with growing pauses where that may help. */
  private repeated<T>(step: 'person' | 'face', signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { retries, onStep } = this.options;
    this.step = step;
    let attempts = 0;
    const attempt = (): Promise<T> => {
      attempts += 1;
      onStep?.(step, attempts);
      return work();
    };
    const pauseAfter = (error: unknown, number: number): number | undefined =>
      // Whoever lost the terminal does not get it back with this capture.
      error instanceof HikvisionError && error.cause.retryable && error.code !== 'NOT_OWNER'
        ? backOff(number)
        : undefined;
    return withRetries(attempt, { retries, pauseAfter, signal });
  }

  private result(outcome: Registration['outcome'], verified?: boolean): Registration {
    const { stored, attempts, capture, terminal, options } = this;
    return {
      outcome,
      employeeNo: options.person.employeeNo,
      ...(stored ? { action: stored.action } : {}),
      ...(verified === undefined ? {} : { verified }),
      attempts,
      terminal: terminal.name,
      ...(capture ? { capture } : {}),
    };
  }

  /** A registration that ends without a face, and without an error. */
  private async withoutFace(outcome: 'nobody came' | 'cancelled'): Promise<Registration> {
    const removed = await this.removePerson();
    if (removed === true) this.stored = undefined;
    return this.result(this.isCancelled ? 'cancelled' : outcome);
  }

  /** Whether the person was taken away again; undefined where they are to stay. */
  private async removePerson(mayWrite = true): Promise<boolean | undefined> {
    const { terminal, options, stored } = this;
    if (options.onFailure !== 'remove' || stored?.action !== 'created') return undefined;
    return stored.certain && mayWrite && (await removeCreated(terminal, options.person, options.signal));
  }

  private get isCancelled(): boolean {
    const { cancel, signal } = this.options;
    return !signal.aborted && cancel.aborted && cancel.reason instanceof CaptureGivenUp;
  }
}
