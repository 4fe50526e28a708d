import { isObject } from '../protocol/input.js';
import { parseFault, type Fault } from './faults.js';
import { parseRaised, type Raised } from './raised.js';

/** How the partner stands in HikCentral; each but the first is a refusal of every call. */
const STANDINGS = [
  ...(['enabled', 'disabled', 'not linked', 'user locked', 'user missing', 'user not initialised'] as const),
  'no OpenAPI',
] as const;
export type Standing = (typeof STANDINGS)[number];

/** What a device does with what is applied to it. */
const DEVICE_STATES = ['online', 'offline', 'full'] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

/** What a flow can ask of a simulated gateway. */
export type Command =
  | { command: 'fault'; fault: Fault }
  | { command: 'partner'; standing: Standing }
  /** Its clock is so many seconds ahead of this computer's. */
  | { command: 'clock'; ahead: number }
  /** A device by name or index code. */
  | { command: 'device'; device: string; state: DeviceState }
  /** Something happens at a door, or several things that are delivered together. */
  | { command: 'raise'; events: Raised[] }
  /** The gateway has been restarted, and knows of no subscription any more. */
  | { command: 'subscriptions lost' }
  /** All is as at the start. */
  | { command: 'reset' };

/** A clock is set by at most ten years. */
const FARTHEST_SECONDS = 10 * 366 * 86_400;

/**
 * A command from a message: `{ fault: … }`, `{ partner: 'disabled' }`, `{ clock: 3600 }`,
 * `{ device: 'Lobby', state: 'offline' }`, `{ raise: { person: 'R001' } }`, `{ subscriptions: 'lost' }`, `{ reset: true }`.
 * @throws Error that shows what was given, or what is wrong with it
 */
export function parseCommand(value: unknown): Command {
  if (typeof value !== 'object' || value === null) throw new Error(String(value));
  const given = isObject(value) ? value : {};
  if (given['reset'] === true) return { command: 'reset' };
  if ('fault' in given) return { command: 'fault', fault: parseFault(given['fault']) };
  if ('partner' in given) return { command: 'partner', standing: oneOf('partner', given['partner'], STANDINGS) };
  if ('raise' in given) return { command: 'raise', events: parseRaised(given['raise']) };
  if (given['subscriptions'] === 'lost') return { command: 'subscriptions lost' };
  if ('clock' in given) return { command: 'clock', ahead: seconds(given['clock']) };
  const { device, state } = given;
  if (typeof device === 'string') return { command: 'device', device, state: oneOf('state', state, DEVICE_STATES) };
  throw new Error(JSON.stringify(value));
}

function seconds(value: unknown): number {
  if (typeof value === 'number' && Math.abs(value) <= FARTHEST_SECONDS) return value;
  throw new Error('clock is the number of seconds by which the gateway is ahead, less than zero where it is behind');
}

function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((item) => item === value);
  if (found === undefined) throw new Error(`${name} is one of ${allowed.join(', ')}`);
  return found;
}
