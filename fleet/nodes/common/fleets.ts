import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import type { TerminalGuard } from '../../../core/isapi/terminal/guard.js';
import { Fleet } from '../../core/fleet.js';
import type { FleetState } from '../../core/options.js';

/** A fleet-config as other nodes use it. */
export interface KnownFleet {
  /** The part that this Node-RED has in the fleet, or why it has none. */
  readonly fleet: Fleet | HikvisionError;
  readonly state: FleetState;
  /** Calls back after each change of the state, until the returned function is called. */
  onState: (listener: () => void) => () => void;
}

/** Those that are deployed, in the order in which they came. */
const fleets = new Map<string, KnownFleet>();

/** Makes a fleet-config known to its nodes until the returned function is called. */
export function registerFleet(id: string, known: KnownFleet): () => void {
  fleets.set(id, known);
  return () => {
    if (fleets.get(id) === known) fleets.delete(id);
  };
}

/** Whether there is a fleet-config already that has a part in a fleet: a Node-RED is one instance of one fleet. */
export function hasFleet(): boolean {
  return [...fleets.values()].some(({ fleet }) => fleet instanceof Fleet);
}

/** The fleet-config of that id. @throws HikvisionError `NOT_CONFIGURED` */
export function fleetFor(id: string | undefined): KnownFleet {
  const known = id ? fleets.get(id) : undefined;
  if (!known) throw HikvisionError.of('noFleet', { delivery: 'unsent' });
  return known;
}

/**
 * The guard of the fleet that this Node-RED belongs to; undefined where it belongs to none. Where a fleet-config is there
 * and cannot be used, nobody can say whose the terminals are, so that nothing is let through.
 */
export function guardInForce(): TerminalGuard | undefined {
  const all = [...fleets.values()].map(({ fleet }) => fleet);
  const usable = all.find((fleet) => fleet instanceof Fleet);
  if (usable) return usable.guard;
  const failure = all.find((each) => each instanceof HikvisionError);
  return failure && { acquire: () => Promise.reject(failure) };
}
