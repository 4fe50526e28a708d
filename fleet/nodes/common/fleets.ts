import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { wait } from '../../../core/http/turns/wait.js';
import type { GuardHold, TerminalGuard } from '../../../core/isapi/terminal/guard.js';
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

/** Those that are being deployed again: closed, and not there yet. */
const changing = new Set<string>();
/** Milliseconds for such a change, and between two looks. */
const CHANGE_MS = 20_000;
const LOOK_MS = 100;

/**
 * Makes a fleet-config known to its nodes until the returned function is called, which is told whether the node is removed
 * or will be there again.
 */
export function registerFleet(id: string, known: KnownFleet): (removed: boolean) => void {
  fleets.set(id, known);
  changing.delete(id);
  return (removed) => {
    if (fleets.get(id) !== known) return;
    fleets.delete(id);
    if (!removed) changing.add(id);
  };
}

/** Who has not come again by now, when all nodes of a deploy are there, does not: it was disabled. */
export function endChanges(): void {
  changing.clear();
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
 * and cannot be used, nobody can say whose the terminals are, so that nothing is let through; while it is deployed again,
 * it is waited for.
 */
export function guardInForce(): TerminalGuard | undefined {
  const all = [...fleets.values()].map(({ fleet }) => fleet);
  const usable = all.find((fleet) => fleet instanceof Fleet);
  if (usable) return usable.guard;
  const failure = all.find((each) => each instanceof HikvisionError);
  if (failure) return { acquire: () => Promise.reject(failure) };
  return changing.size > 0 ? { acquire: acquireAfterChange } : undefined;
}

async function acquireAfterChange(serial: string, signal: AbortSignal): Promise<GuardHold> {
  const until = performance.now() + CHANGE_MS;
  while (changing.size > 0 && fleets.size === 0 && performance.now() < until) await wait(LOOK_MS, signal);
  const guard = fleets.size > 0 ? guardInForce() : undefined;
  // A fleet that has gone in the meantime: the next message is nobody's but this Node-RED's.
  if (!guard) throw HikvisionError.of('ownershipUnknown', { delivery: 'unsent', retryable: true });
  return guard.acquire(serial, signal);
}
