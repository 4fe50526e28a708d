import fc from 'fast-check';
import type { DataType } from '../../../core/isapi/operations/capture/capture.js';
import { parseFault, type Fault } from '../../../simulator/simulated-terminal.js';

/** Real milliseconds after which the client gives up a request that is no capture. */
export const TIMEOUT_MS = 150;
/** A second of the terminal lasts ten milliseconds: a window of DS-K1T343EFWX is 30 ms. */
export const TIME_SCALE = 0.01;
/** A slow request is carried out before twice the time-out has passed. */
const SLOWEST_SECONDS = (1.7 * TIMEOUT_MS) / 1000 / TIME_SCALE;
/** Everything happens within so many milliseconds, unless it has to wait. */
const SPAN_MS = 300;

/** A message that passes capture-face, create-user and fdsetup-bind, or register-person, which does all that itself. */
export interface MessagePlan {
  actor: 'three nodes' | 'register-person';
  at: number;
  place: number;
  /** Which of the connections to the terminal it uses. */
  connection: number;
  dataType: DataType;
  deadlineMs: number;
  intervalMs: number;
  /** Milliseconds before create-user and before fdsetup-bind. */
  pauses: [number, number];
  /** How often the flow sends a message again after an error that is retryable. */
  repeats: number;
  verify: boolean;
  /** What register-person does with a person whom it created and whose face failed. */
  onFailure: 'keep' | 'remove';
  /** The person is created and bound on the other terminal, if there is one. */
  elsewhere: boolean;
  /** fdsetup-bind gets the URL alone and not the capture. */
  byURL: boolean;
}

/** Something that happens to a terminal. */
export interface Happening {
  at: number;
  place: number;
  what: 'reset' | 'redeploy' | 'overlapping redeploy' | 'foreign capture' | 'face' | 'leave' | Fault;
}

/** What happens in one run; times in milliseconds from its start. */
export interface Schedule {
  places: number;
  connections: number;
  takesPictures: boolean;
  holdMs: number;
  retries: number;
  /** Fetch the picture with each capture and compare it before binding. */
  recheck: boolean;
  messages: MessagePlan[];
  happenings: Happening[];
}

export interface Limits {
  holdMs?: number[];
  faults?: boolean;
  foreign?: boolean;
}

/** Any schedule within the limits. Foreign captures come only where each capture is rechecked. */
export function anySchedule({
  holdMs = [0, 0, 60, 600],
  faults = true,
  foreign = false,
}: Limits = {}): fc.Arbitrary<Schedule> {
  const at = fc.nat({ max: SPAN_MS });
  const place = fc.nat({ max: 1 });
  const pause = fc.oneof(fc.constant(0), fc.nat({ max: 60 }));
  const message: fc.Arbitrary<MessagePlan> = fc.record({
    actor: fc.nat({ max: 4 }).map((dice) => (dice === 0 ? 'register-person' : 'three nodes')),
    at,
    place,
    connection: fc.nat({ max: 1 }),
    dataType: fc.constantFrom<DataType>('url', 'url', 'url', 'binary'),
    deadlineMs: fc.oneof(fc.constant(SPAN_MS), fc.integer({ min: 20, max: SPAN_MS })),
    intervalMs: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 60 })),
    pauses: fc.tuple(pause, pause),
    repeats: fc.nat({ max: 2 }),
    verify: fc.boolean(),
    onFailure: fc.constantFrom('keep', 'remove'),
    elsewhere: fc.nat({ max: 9 }).map((dice) => dice === 0),
    // Without the capture there is no picture to recheck.
    byURL: foreign ? fc.constant(false) : fc.nat({ max: 5 }).map((dice) => dice === 0),
  });
  const disturbance = fc.constantFrom<Happening['what']>('reset', 'redeploy', 'overlapping redeploy', 'leave');
  const happening = (what: fc.Arbitrary<Happening['what']>): fc.Arbitrary<Happening> => fc.record({ at, place, what });
  const some = (what: fc.Arbitrary<Happening['what']>, maxLength: number): fc.Arbitrary<Happening[]> =>
    fc.array(happening(what), { maxLength });
  const none = fc.constant<Happening[]>([]);
  return fc.record({
    places: fc.constantFrom(1, 1, 1, 2),
    connections: fc.constantFrom(1, 2),
    takesPictures: fc.boolean(),
    holdMs: fc.constantFrom(...holdMs),
    retries: fc.nat({ max: 2 }),
    recheck: foreign ? fc.constant(true) : fc.boolean(),
    messages: fc.array(message, { minLength: 2, maxLength: 6 }),
    happenings: fc
      .tuple(
        fc.array(happening(fc.constant('face')), { minLength: 4, maxLength: 9 }),
        some(disturbance, 2),
        faults ? some(anyFault(!foreign), 4) : none,
        foreign ? some(fc.constant('foreign capture'), 4) : none,
      )
      .map((lists) => lists.flat()),
  });
}

/**
 * Left out: a capture that is never answered, because the client waits 65 s for it; garbage to FDSetUp, which is
 * read back for 11 s; and, where somebody else captures too, late requests: nobody can keep a stranger from
 * capturing between the recheck and the moment at which the terminal reads its picture.
 */
function anyFault(late: boolean): fc.Arbitrary<Fault> {
  const places = ['capture', 'person', 'face', 'face', 'face', 'search', 'picture'] as const;
  const kinds = [
    'busy',
    'reset',
    'lost',
    'status',
    'timeout',
    'garbage',
    'empty',
    'html',
    'slow',
    'slow',
    'slow',
    'slow',
  ] as const;
  return fc
    .record({
      kind: fc.constantFrom(...kinds),
      at: fc.constantFrom(...places),
      times: fc.integer({ min: 1, max: 3 }),
      seconds: fc.oneof(
        fc.constant(Math.trunc(SLOWEST_SECONDS)),
        fc.integer({ min: 1, max: Math.trunc(SLOWEST_SECONDS) }),
      ),
      code: fc.constantFrom(
        { statusCode: 3, subStatusCode: 'deviceError' },
        { statusCode: 4, subStatusCode: 'notSupport' },
        { statusCode: 6, subStatusCode: 'faceDataModeling' },
        undefined,
      ),
    })
    .filter(({ kind, at }) => !(kind === 'timeout' && at === 'capture'))
    .filter(({ kind, at }) => !((kind === 'garbage' || kind === 'html') && at === 'face'))
    .filter(({ kind }) => late || kind !== 'slow')
    .map(({ seconds, code, ...fault }) =>
      parseFault({
        ...fault,
        ...(fault.kind === 'slow' ? { seconds } : {}),
        ...(fault.kind === 'status' && code ? { code, status: 400 } : {}),
      }),
    );
}
