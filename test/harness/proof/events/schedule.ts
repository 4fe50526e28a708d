import fc from 'fast-check';

import { parseFault, type EventBehaviour, type Fault } from '../../../../simulator/simulated-terminal.js';

/** What a flow does with an event; the plans are taken in turns. */
interface FlowPlan {
  /** Milliseconds until it says that it has dealt with it; 0: at once. */
  ackMs: number;
  /** It says so at this delivery; Infinity: never. */
  atDelivery: number;
}

/** Something that happens to the terminal, the line to it, or Node-RED. */
export type Happening = { at: number } & (
  | { what: 'events'; count: number }
  /** The terminal gives out so many numbers for nothing. */
  | { what: 'jump'; count: number }
  | { what: 'clock'; aheadSeconds: number; zone: 'offset' | 'factory' | 'none' }
  | { what: 'cut' | 'replace' }
  | { what: 'fault'; fault: Fault }
  /** Nobody answers at the address. */
  | { what: 'outage'; seconds: number }
  | { what: 'reboot'; seconds: number }
  /** It counts anew, and this happens there meanwhile. */
  | { what: 'restore defaults'; count: number }
  /** Node-RED is killed, when it has done so many things more; a new one starts after so many milliseconds. */
  | { what: 'kill'; steps: number; downMs: number }
  | { what: 'stop'; downMs: number }
  /** The flow wants so many of the last events again. */
  | { what: 'replay'; count: number }
);

/** What happens in one run; times in milliseconds from its start. */
export interface EventSchedule {
  begin: 'now' | 'kept';
  acknowledge: 'sent' | 'acked';
  inFlight: number;
  /** More than so many may not be out; a mutant is set to something else. */
  mostOut: number;
  ackTimeoutMs: number;
  route: 'auto' | 'stream' | 'poll';
  pollMs: number;
  /** The flow wants nothing of the door's contact and relay. */
  noDoor: boolean;
  behaviour: Partial<EventBehaviour>;
  flow: FlowPlan[];
  /** Events before anybody listens. */
  before: number;
  happenings: Happening[];
}

/** Everything happens within so many milliseconds, unless it has to wait. */
const SPAN_MS = 24_000;
/** With records that appear late, no more follow on each other than a door can have. */
const MOST_LATE = 25;

const at = fc.nat({ max: SPAN_MS / 100 }).map((tenths) => tenths * 100);
const downMs = fc.constantFrom(0, 100, 1000, 4000);

const PAGE_FAULTS = new Set(['total', 'short', 'hollow']);

const anyFault: fc.Arbitrary<Fault> = fc
  .record({
    kind: fc.constantFrom(
      'busy',
      'reset',
      'lost',
      'empty',
      'garbage',
      'html',
      'timeout',
      'slow',
      'rejected',
      'total',
      'short',
      'hollow',
    ),
    at: fc.constantFrom('log', 'log', 'log', 'any'),
    times: fc.integer({ min: 1, max: 3 }),
  })
  .map((fault) => parseFault(PAGE_FAULTS.has(fault.kind) ? { ...fault, at: 'log' } : fault));

const happening = (
  what: Happening['what'],
  rest: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<Happening> => fc.record({ at, what: fc.constant(what), ...rest }) as fc.Arbitrary<Happening>;

const anyTrouble: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: happening('kill', { steps: fc.nat({ max: 40 }), downMs }) },
  { weight: 2, arbitrary: happening('stop', { downMs }) },
  { weight: 2, arbitrary: happening('cut') },
  { weight: 3, arbitrary: happening('fault', { fault: anyFault }) },
  { weight: 1, arbitrary: happening('outage', { seconds: fc.constantFrom(0, 2, 7) }) },
  { weight: 2, arbitrary: happening('reboot', { seconds: fc.constantFrom(0, 1, 5) }) },
  { weight: 3, arbitrary: happening('restore defaults', { count: fc.nat({ max: 20 }) }) },
  { weight: 1, arbitrary: happening('replace') },
  { weight: 2, arbitrary: happening('jump', { count: fc.integer({ min: 1, max: 70 }) }) },
  {
    weight: 2,
    arbitrary: happening('clock', {
      aheadSeconds: fc.integer({ min: -90_000, max: 90_000 }),
      zone: fc.constantFrom('offset', 'factory', 'none'),
    }),
  },
  { weight: 1, arbitrary: happening('replay', { count: fc.integer({ min: 1, max: 15 }) }) },
);

const anyFlow: fc.Arbitrary<FlowPlan> = fc.record({
  ackMs: fc.constantFrom(0, 0, 200, 700, 2600),
  atDelivery: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 2, 3, Infinity),
});

/**
 * With many and late ones at once, nobody could tell those that are late from those that were never given; and with a
 * new count that goes beyond the whole ring before anybody looks, nobody could tell it from the old one.
 */
function asADoorHasThem(schedule: EventSchedule): EventSchedule {
  const { behaviour, happenings: all } = schedule;
  const isNew = all.some(({ what }) => what === 'restore defaults' || what === 'replace');
  if (!behaviour.late) return isNew ? { ...schedule, behaviour: { ...behaviour, ringSize: 1000 } } : schedule;
  let left = MOST_LATE;
  const fewer = (count: number): number => {
    const some = Math.min(count, left, 5);
    left -= some;
    return some;
  };
  const happenings = all.map((each) =>
    each.what === 'events' || each.what === 'restore defaults' ? { ...each, count: fewer(each.count) } : each,
  );
  return { ...schedule, behaviour: { ...behaviour, ringSize: 1000 }, happenings };
}

export const anyEventSchedule: fc.Arbitrary<EventSchedule> = fc
  .record({
    begin: fc.constantFrom<EventSchedule['begin'][]>('now', 'kept'),
    acknowledge: fc.constantFrom<EventSchedule['acknowledge'][]>('sent', 'acked', 'acked'),
    inFlight: fc.constantFrom(1, 2, 5, 20),
    ackTimeoutMs: fc.constantFrom(1000, 3000),
    route: fc.constantFrom<EventSchedule['route'][]>('auto', 'auto', 'stream', 'poll'),
    pollMs: fc.constantFrom(2000, 5000),
    noDoor: fc.boolean(),
    behaviour: fc.record({
      ringSize: fc.constantFrom(1000, 1000, 60, 25),
      eventsAPage: fc.constantFrom(30, 30, 10, 3),
      replay: fc.constantFrom<EventBehaviour['replay'][]>('nothing', 'all', 5),
      heartbeat: fc.constantFrom<EventBehaviour['heartbeat'][]>('videoloss JSON', 'heartBeat XML', 'none'),
      streams: fc.constantFrom(5, 5, 1, 0),
      refusal: fc.constantFrom<EventBehaviour['refusal'][]>('404', 'deployExceedMax', 'hang'),
      slotHold: fc.constantFrom(0, 0, 30),
      live: fc.constantFrom(true, true, true, false),
      order: fc.constantFrom<EventBehaviour['order'][]>('by time', 'by number', 'mixed up'),
      majorZero: fc.constantFrom<EventBehaviour['majorZero'][]>('all', 'all', 'all', 'refused'),
      needsEnd: fc.constantFrom(false, false, true),
      mostEnd: fc.constantFrom(3_000_000_000, 3_000_000_000, 9_999_999),
      offsets: fc.constantFrom<EventBehaviour['offsets'][]>('as you like', 'as you like', 'wanted', 'refused'),
      late: fc.option(fc.record({ every: fc.integer({ min: 1, max: 5 }), seconds: fc.constantFrom(0.2, 0.9, 2.5) }), {
        nil: undefined,
        freq: 2,
      }),
      jumps: fc.option(fc.record({ every: fc.integer({ min: 2, max: 9 }), by: fc.integer({ min: 1, max: 40 }) }), {
        nil: undefined,
        freq: 2,
      }),
    }),
    flow: fc.array(anyFlow, { minLength: 1, maxLength: 6 }),
    before: fc.constantFrom(0, 3, 12, 40),
    happenings: fc
      .tuple(
        fc.array(
          happening('events', {
            count: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.nat({ max: 35 })),
          }),
          {
            minLength: 3,
            maxLength: 7,
          },
        ),
        fc.array(anyTrouble, { minLength: 1, maxLength: 5 }),
      )
      .map((lists) => lists.flat().sort((one, other) => one.at - other.at)),
  })
  .map((schedule) => asADoorHasThem({ ...schedule, mostOut: schedule.inFlight }));
