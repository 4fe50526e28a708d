import { parseEdit, type Edit } from './edits.js';
import { isObject } from '../protocol/request-documents.js';
import type { Status } from '../protocol/replies.js';

const PLACES = [
  'capture',
  'person',
  'card',
  'face',
  'search',
  'count',
  'delete',
  'picture',
  'log',
  'stream',
  'any',
] as const;

const LIST_KINDS = ['skipped', 'repeated', 'missing', 'total', 'short', 'unsorted', 'hollow'] as const;

/**
 * - `busy`: not processed, statusCode 2 deviceBusy
 * - `timeout`: not processed, never answers
 * - `status`: not processed, the given HTTP status and code
 * - `reset`: not processed, the socket is destroyed
 * - `lost`: processed, then the socket is destroyed before the reply
 * - `slow`: processed after `seconds`, also if the client has gone, then answered
 * - `modelling`: the picture is not modelled, SubpicAnalysisModelingError; the same picture may pass later
 * - `undone`: a UserInfoDetail/Delete is accepted, and ends as `failed` with nobody deleted; other deletions are processed
 * - `edit`: somebody does `edit` on the terminal's own menu just before; then processed
 * - of a page of a search, which is processed and answered as though the list moved while it was read:
 *   `skipped`: it begins one later than asked, and the total is one less; `repeated`: one earlier, one more;
 *   `missing`: one later, the total as it was; `total`: only the total is one more;
 *   `short`: half of what was asked for, although MORE follows; `unsorted`: in another order; `hollow`: MORE, with nobody on it
 * - `rejected`: not processed, 401 with a new challenge although the login was right; it does not count as a wrong one
 * - `garbage`: not processed, 200 with bytes that are no document
 * - `empty`: processed, 200 without a body
 * - `html`: not processed, a 200 HTML page
 */
const KINDS = [
  'busy',
  'timeout',
  'status',
  'reset',
  'lost',
  'slow',
  'modelling',
  'garbage',
  'empty',
  'html',
  'rejected',
  'undone',
  'edit',
  ...LIST_KINDS,
] as const;

/** Where a fault applies that makes sense in one place only. */
const USUAL_PLACES: Partial<Record<Fault['kind'], Fault['at']>> = {
  modelling: 'face',
  undone: 'delete',
  edit: 'search',
  skipped: 'search',
  repeated: 'search',
  missing: 'search',
  total: 'search',
  short: 'search',
  unsorted: 'log',
  hollow: 'log',
};

export type ListFault = (typeof LIST_KINDS)[number];

/** Something that goes wrong. It applies to requests that passed the login: a challenge never uses it up. */
export interface Fault {
  kind: (typeof KINDS)[number];
  /** Which requests it applies to; default any; face for `modelling`, delete for `undone`, log for `unsorted` and `hollow`, search for `edit` and the other faults of a page. */
  at?: (typeof PLACES)[number];
  /** How many requests it applies to; default 1. */
  times?: number;
  /** HTTP status of busy (default 400) and status (default 500). */
  status?: number;
  /** Status document of `status`; without one the body is empty. */
  code?: Status;
  /** Simulated seconds of `slow`; default 5. */
  seconds?: number;
  /** What `edit` does. */
  edit?: Edit;
}

/** A fault from a message or a bare kind. @throws Error that names what is wrong with it */
export function parseFault(value: unknown): Fault {
  const given = typeof value === 'string' ? { kind: value } : value;
  if (!isObject(given)) {
    throw new Error(`A fault is an object such as { "kind": "busy" }, or one of ${KINDS.join(', ')}`);
  }
  for (const name of Object.keys(given)) {
    if (!['kind', 'at', 'times', 'status', 'code', 'seconds', 'edit'].includes(name)) {
      throw new Error(`A fault has no property ${JSON.stringify(name.slice(0, 40))}`);
    }
  }
  const fault: Fault = { kind: oneOf('kind', given['kind'], KINDS) };
  if (given['at'] !== undefined) fault.at = oneOf('at', given['at'], PLACES);
  if (given['times'] !== undefined) fault.times = numberIn('times', given['times'], 1, 1_000_000, true);
  if (given['status'] !== undefined) fault.status = numberIn('status', given['status'], 200, 599, true);
  if (given['seconds'] !== undefined) fault.seconds = numberIn('seconds', given['seconds'], 0, 86_400, false);
  if (given['edit'] !== undefined || fault.kind === 'edit') fault.edit = parseEdit(given['edit']);
  if (given['code'] !== undefined) fault.code = parseCode(given['code']);
  return fault;
}

/** The faults that wait for a request, in the order in which they were armed. */
export class ArmedFaults {
  private armed: { fault: Fault; left: number }[] = [];

  arm(fault: Fault): void {
    this.armed.push({ fault, left: fault.times ?? 1 });
  }

  /** The fault for a request of this kind, if any is armed; one of its times is used up. */
  take(kind: string): Fault | undefined {
    const found = this.armed.find(({ fault }) => applies(fault, kind));
    if (!found) return undefined;
    found.left -= 1;
    if (found.left === 0) this.armed = this.armed.filter((other) => other !== found);
    return found.fault;
  }

  clear(): void {
    this.armed = [];
  }
}

function applies({ kind, at = USUAL_PLACES[kind] ?? 'any' }: Fault, request: string): boolean {
  return at === 'any' || at === request;
}

function parseCode(value: unknown): Status {
  if (!isObject(value)) throw new Error('code of a fault is an object with statusCode and subStatusCode');
  const { subStatusCode, errorMsg } = value;
  if (typeof subStatusCode !== 'string') throw new Error('code.subStatusCode of a fault is a text');
  if (errorMsg !== undefined && typeof errorMsg !== 'string') throw new Error('code.errorMsg of a fault is a text');
  return {
    statusCode: numberIn('code.statusCode', value['statusCode'], 0, 0xffffffff, true),
    subStatusCode,
    ...(value['errorCode'] !== undefined && {
      errorCode: numberIn('code.errorCode', value['errorCode'], 0, 0xffffffff, true),
    }),
    ...(errorMsg !== undefined && { errorMsg }),
  };
}

function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((item) => item === value);
  if (found === undefined) throw new Error(`${name} of a fault is one of ${allowed.join(', ')}`);
  return found;
}

function numberIn(name: string, value: unknown, least: number, most: number, whole: boolean): number {
  if (typeof value !== 'number' || !(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    throw new Error(`${name} of a fault is a ${whole ? 'whole ' : ''}number from ${least} to ${most}`);
  }
  return value;
}
