import { asFailure } from '../../../errors/hikvision-error.js';
import type { CaptureOptions, Capture, NoCapture } from '../capture/capture.js';
import type { BindOptions } from '../face.js';
import type { PersonChange } from '../person/person-change.js';
import type { IfExists, PersonAction } from '../person/person.js';
import type { UserInfo } from '../person/user-info.js';
import type { WaitReason } from '../../terminal/enrolment.js';
import type { Terminal } from '../../terminal/terminal.js';
import { RegistrationRun } from './registration-run.js';

/** The steps of a registration, as `cause.step` of an error names them. */
export type Step = 'capture' | 'person' | 'face';

export interface RegistrationOptions {
  person: UserInfo;
  /** What changes for somebody who is there already. */
  change: PersonChange;
  ifExists: IfExists;
  /** A face as `bindFace` takes it; undefined: the terminal is to capture one. */
  face: unknown;
  /** `deadlineMs` goes for all captures of this registration together, from the moment the terminal is its own. */
  capture: Pick<CaptureOptions, 'dataType' | 'deadlineMs' | 'intervalMs'>;
  bind: Pick<BindOptions, 'faceLibType' | 'FDID' | 'verify' | 'recheck'>;
  /** Repeats of the person and of the face at most, and captures anew where another came in between. */
  retries: number;
  /** `keep`: a person who has a face is left with it, and nobody is asked to come. */
  ifFace: 'replace' | 'keep';
  /** `remove`: a person whom this registration created is taken away again where they are left without a face. */
  onFailure: 'keep' | 'remove';
  /** Ends the registration with its reason. */
  signal: AbortSignal;
  /** Aborted where the registration is given up without an error. */
  cancel: AbortSignal;
  onWait?: (reason: WaitReason, position: number) => void;
  onProgress?: (secondsLeft: number, progress: number) => void;
  /** Told of each face that the terminal has captured for this person. */
  onCaptured?: (capture: Capture) => void;
  /** Told as the person or the face is sent, with the number of the attempt from 1. */
  onStep?: (step: 'person' | 'face', attempt: number) => void;
}

/** The contract's `msg.registration`. */
export interface Registration {
  outcome: 'registered' | 'nobody came' | 'cancelled';
  employeeNo: string;
  /** What was done with the person; absent where nothing was, or was undone. */
  action?: PersonAction;
  /** Read back that the person has a face. */
  verified?: boolean;
  /** Attempts to capture, over all captures. */
  attempts: number;
  terminal: string;
  /** The capture that was bound, or that nobody came to; absent where the face was given. */
  capture?: Capture | NoCapture;
}

/**
 * Registers a person with their face: waits for them, captures, writes the person, binds and reads back; each step by the
 * operation of its own node. What may help is repeated with growing pauses. The terminal is kept for this person until all is done.
 * @throws HikvisionError with `cause.step`; nothing was sent, and nobody asked to come, where the face cannot be bound
 */
export function registerPerson(terminal: Terminal, options: RegistrationOptions): Promise<Registration> {
  return new RegistrationRun(terminal, options).run();
}

/** Does what belongs to a step, so that an error says which. @throws HikvisionError with `cause.step` */
export async function inStep<T>(step: Step, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asFailure(error).withFacts({ step });
  }
}
