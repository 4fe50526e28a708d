import type { HikvisionError } from '../errors/hikvision-error.js';

export type FindingState = 'passed' | 'warned' | 'failed' | 'unknown';

/** One thing that a connection test has looked at. */
export interface Finding<Id extends string = string> {
  id: Id;
  state: FindingState;
  /** Names the sentence to say where it is not the one named after the state. */
  text?: string;
  /** What the sentence names. */
  params?: Readonly<Record<string, string | number | boolean>>;
  /** There is advice: the finding's usual one, or the one named here. */
  advice?: true | string;
  /** What exactly happened; has better advice than the finding. */
  failure?: HikvisionError;
}

/** From this many seconds on, a clock that differs is worth a warning. */
const CLOCK_TOLERANCE_S = 60;

/** @param difference seconds, either way */
export function clockIsOff(difference: number): boolean {
  return Math.abs(difference) >= CLOCK_TOLERANCE_S;
}

/**
 * @param difference seconds by which the other side's clock is ahead of ours
 * @param off what a clock that is off amounts to
 */
export function clockFinding<Id extends string>(
  id: Id,
  difference: number,
  off: 'warned' | 'failed' = 'warned',
): Finding<Id> {
  const params = { difference };
  return clockIsOff(difference) ? { id, state: off, params, advice: true } : { id, state: 'passed', params };
}

/** Whether nobody answered in time and in the chosen protocol, so that nothing is known of who is at the address. */
export function nobodyAnswered({ code }: HikvisionError): boolean {
  return code === 'UNREACHABLE' || code === 'TIMEOUT';
}

/** The states by what was looked at, without addresses or other facts: for a report that may be given to anybody. */
export function statesOf<Id extends string>(findings: readonly Finding<Id>[]): Partial<Record<Id, FindingState>> {
  return Object.fromEntries(findings.map(({ id, state }) => [id, state])) as Partial<Record<Id, FindingState>>;
}
