import { isObject } from '../protocol/input.js';

/** What a request is about. */
const GROUPS = ['system', 'persons', 'visitors', 'access', 'devices', 'doors', 'events'] as const;
export type Group = (typeof GROUPS)[number];

/**
 * - `busy`: not processed, code 6
 * - `forbidden`: not processed, code 69, this partner may not make the call
 * - `code`: not processed, the given code
 * - `status`: not processed, the given HTTP status without a body
 * - `timeout`: not processed, never answers
 * - `reset`: not processed, the socket is destroyed
 * - `lost`: processed, then the socket is destroyed before the reply
 * - `slow`: processed after `seconds`, also if the client has gone, then answered
 * - `garbage`: not processed, 200 with bytes that are no document
 * - `empty`: processed, 200 without a body
 * - `html`: not processed, a 200 HTML page, as from a proxy
 */
const KINDS = [
  ...(['busy', 'forbidden', 'code', 'status', 'timeout', 'reset'] as const),
  ...(['lost', 'slow', 'garbage', 'empty', 'html'] as const),
];

/** Something that goes wrong. It applies to requests that passed the signature. */
export interface Fault {
  kind: (typeof KINDS)[number];
  /** A group, or the end of a path such as `single/add`; default any. */
  at?: string;
  /** How many requests it applies to; default 1. */
  times?: number;
  /** HTTP status of `code` (default 200) and `status` (default 500). */
  status?: number;
  /** The code of `code`, as text. */
  code?: string;
  /** What stands beside that code. */
  msg?: string;
  /** Seconds of `slow`; default 5. */
  seconds?: number;
}

const FIELDS = ['kind', 'at', 'times', 'status', 'code', 'msg', 'seconds'];
const CODE = /^(?:\d{1,10}|0x[0-9a-f]{1,8})$/i;
/** Faults that wait at once. */
const MOST_ARMED = 1000;

/** A fault from a message: an object, a bare kind, or a bare code such as `"69"`. @throws Error that names what is wrong with it */
export function parseFault(value: unknown): Fault {
  const given =
    typeof value === 'string' ? (CODE.test(value) ? { kind: 'code', code: value } : { kind: value }) : value;
  if (!isObject(given)) {
    throw new Error(
      `A fault is an object such as { "kind": "busy" }, a code such as "69", or one of ${KINDS.join(', ')}`,
    );
  }
  for (const name of Object.keys(given)) {
    if (!FIELDS.includes(name)) throw new Error(`A fault has no property ${JSON.stringify(name.slice(0, 40))}`);
  }
  const { at, times, status, code, msg, seconds } = given;
  const kind = KINDS.find((item) => item === given['kind']);
  if (kind === undefined) throw new Error(`kind of a fault is one of ${KINDS.join(', ')}`);
  if ((kind === 'code') !== (code !== undefined)) throw new Error('A fault of the kind code, and no other, has a code');
  return {
    kind,
    ...(at !== undefined && {
      at: matching('at', at, /^[\w/.-]{1,200}$/, `one of ${GROUPS.join(', ')}, or the end of a path`),
    }),
    ...(times !== undefined && { times: numberIn('times', times, 1, 1_000_000, true) }),
    ...(status !== undefined && { status: numberIn('status', status, 200, 599, true) }),
    ...(code !== undefined && { code: matching('code', code, CODE, 'a text such as "69" or "0x02401007"') }),
    ...(msg !== undefined && { msg: matching('msg', msg, /^[^]{0,1000}$/, 'a text of at most 1000 characters') }),
    ...(seconds !== undefined && { seconds: numberIn('seconds', seconds, 0, 86_400, false) }),
  };
}

/** The faults that wait for a request, in the order in which they were armed. */
export class ArmedFaults {
  private armed: { fault: Fault; left: number }[] = [];

  /** @throws Error where too many wait */
  arm(fault: Fault): void {
    if (this.armed.length >= MOST_ARMED) throw new Error(`${MOST_ARMED} faults are armed already`);
    this.armed.push({ fault, left: fault.times ?? 1 });
  }

  /** The fault for a request, if any is armed; one of its times is used up. */
  take(group: Group | undefined, path: string): Fault | undefined {
    const found = this.armed.find(({ fault: { at = 'any' } }) => at === 'any' || at === group || path.endsWith(at));
    if (!found) return undefined;
    found.left -= 1;
    if (found.left === 0) this.armed = this.armed.filter((other) => other !== found);
    return found.fault;
  }

  clear(): void {
    this.armed = [];
  }
}

function matching(name: string, value: unknown, pattern: RegExp, what: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw new Error(`${name} of a fault is ${what}`);
  return value;
}

function numberIn(name: string, value: unknown, least: number, most: number, whole: boolean): number {
  if (typeof value !== 'number' || !(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    throw new Error(`${name} of a fault is a ${whole ? 'whole ' : ''}number from ${least} to ${most}`);
  }
  return value;
}
