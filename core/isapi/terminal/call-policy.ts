import type { SocketReuse } from '../../http/connection.js';
import type { Enrolment } from './enrolment.js';

/** What may be done with a call, and what has to be done where nobody knows whether it took effect. */
export interface CallPolicy {
  /**
   * Whether two sendings have the effect of one. A call of which this is not true is repeated only where the terminal
   * provably did nothing.
   */
  readonly repeatable: boolean;
  /** How often it is repeated after a failure that passes: as the terminal's settings say, or never. */
  readonly retries: 'asSet' | 'none';
  /** Which sockets it may go on, and whether it goes once more where an idle one turns out to be dead. */
  readonly reuse: SocketReuse;
  /** Whether it waits for the requests before it, or bypasses their queue. */
  readonly queue: 'waits' | 'bypassed';
  /** Whether it ends when the terminal is closed, or survives until what cancels it has been answered. */
  readonly onClose: 'ends' | 'survives';
  /** Begins the quiet period that is needed after a sending whose outcome is unknown. */
  readonly quietPeriod?: (enrolment: Enrolment, timeoutMs: number) => void;
}

/** A bind whose reply is late may still be carried out; after so many time-outs it is taken for lost. */
const LATE_BIND_FACTOR = 2;

const REPEATABLE = { repeatable: true, retries: 'asSet', reuse: 'any', queue: 'waits', onClose: 'ends' } as const;

const CAPTURE = {
  repeatable: true,
  // Each attempt is a capture of its own: the enrolment has to let it start.
  retries: 'none',
  reuse: 'certainlyAlive',
  // It blocks for up to a minute; the enrolment keeps captures apart.
  queue: 'bypassed',
  onClose: 'survives',
  quietPeriod: (enrolment) => enrolment.abandonCapture(),
} as const satisfies CallPolicy;

/** The policies that a call may name. */
export const CALL_POLICIES = {
  /** Reads something, or puts the same thing in the same place however often it is sent. */
  repeatable: REPEATABLE,
  /** Creates or triggers something: a second sending could do it twice. */
  notTwice: { ...REPEATABLE, repeatable: false, reuse: 'certainlyAlive' },
  /** Has the terminal read its own picture: it may do so late, and no capture may overwrite the picture until then. */
  bindByURL: {
    ...REPEATABLE,
    reuse: 'certainlyAlive',
    quietPeriod: (enrolment, timeoutMs) => enrolment.beginQuietPeriod('any', LATE_BIND_FACTOR * timeoutMs),
  },
  /** Overwrites the picture, now or later, and is cancelled when the terminal is closed. */
  capture: CAPTURE,
  /** A capture that a flow sends by itself: nobody cancels it, and an error page in place of an answer leaves it open. */
  rawCapture: { ...CAPTURE, repeatable: false, onClose: 'ends' },
  /** Ends a capture; where that fails once, the capture ends by itself before long. */
  cancelCapture: { ...REPEATABLE, retries: 'none' },
} as const satisfies Record<string, CallPolicy>;

export type CallPolicyName = keyof typeof CALL_POLICIES;
