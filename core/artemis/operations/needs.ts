import { asFailure, HikvisionError } from '../../errors/hikvision-error.js';
import type { Finding } from '../../http/findings.js';
import type { Gateway } from '../gateway/gateway.js';
import { codeOf, isNotPermitted, isPointless } from './standing.js';

/** What flows with persons and visitors need of a partner. */
export type NeedId = 'persons' | 'visitors' | 'accessLevels' | 'devices';

interface Need {
  id: NeedId;
  operation: string;
  path: string;
  /** The smallest page. */
  body: () => Readonly<Record<string, unknown>>;
}

const PAGE = { pageNo: 1, pageSize: 1 };
const DAY_MS = 86_400_000;

/** Calls that only read, one for each right. */
const NEEDS: readonly Need[] = [
  { id: 'persons', operation: 'personList', path: '/api/resource/v1/person/personList', body: () => PAGE },
  {
    id: 'visitors',
    operation: 'visitorRecords',
    path: '/api/visitor/v1/register/getVistorRegisterRecord',
    // Without a window, or with one of more than 31 days, the gateway refuses.
    body: () => ({
      ...PAGE,
      visitStartTimeBegin: isoTime(Date.now() - DAY_MS),
      visitStartTimeEnd: isoTime(Date.now()),
    }),
  },
  {
    id: 'accessLevels',
    operation: 'accessLevels',
    path: '/api/acs/v1/privilege/group',
    body: () => ({ ...PAGE, type: 1 }),
  },
  { id: 'devices', operation: 'deviceList', path: '/api/resource/v1/acsDevice/acsDeviceList', body: () => PAGE },
];

/** What is known of the needs where nothing was asked. */
export const UNKNOWN_NEEDS: readonly Finding<NeedId>[] = NEEDS.map(({ id }) => ({ id, state: 'unknown' }));

/**
 * Reads one entry of each list that flows need, one after the other; stops asking where the rest would be useless.
 * Throws only the reason of an aborted `signal`.
 */
export async function tryNeeds(gateway: Gateway, signal?: AbortSignal): Promise<Finding<NeedId>[]> {
  const findings: Finding<NeedId>[] = [];
  let isOver = false;
  for (const need of NEEDS) {
    const failure: HikvisionError | undefined = isOver ? undefined : await failureOf(gateway, need, signal);
    findings.push(isOver ? { id: need.id, state: 'unknown' } : findingOf(need.id, failure));
    isOver ||= failure !== undefined && isPointless(failure);
  }
  return findings;
}

async function failureOf(gateway: Gateway, need: Need, signal?: AbortSignal): Promise<HikvisionError | undefined> {
  const { operation, path } = need;
  const call = { operation, method: 'POST', path, body: need.body(), idempotent: true, retries: 0 };
  try {
    await gateway.call({ ...call, ...(signal ? { signal } : {}) });
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    return asFailure(error);
  }
}

function findingOf(id: NeedId, failure: HikvisionError | undefined): Finding<NeedId> {
  if (!failure) return { id, state: 'passed' };
  if (isNotPermitted(failure)) return { id, state: 'failed', text: 'forbidden', advice: 'right', failure };
  // Not every installation has bought every module, and not every flow needs it.
  if (codeOf(failure) === '8') return { id, state: 'warned', text: 'unsupported', failure };
  return { id, state: 'failed', failure };
}

function isoTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}+00:00`;
}
