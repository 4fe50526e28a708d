import { HikvisionError } from '../../../errors/hikvision-error.js';
import { number, text, type Tree } from '../../protocol/document.js';
import { isNotSupported } from '../../protocol/reply.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { SyncLimits } from './limits.js';
import { PERSONS, readWhole, walkPages } from './pages.js';

/** How many persons a terminal says it has. */
export interface Count {
  persons: number;
  /** All that it counts (faces, cards), to be compared with an earlier count. */
  all: string;
}

/** Everybody on a terminal. Whoever is in no list is only counted. */
export interface Everybody {
  /** The numbers of all of them; of those in the list as the terminal shows them. */
  persons: Map<string, Tree | undefined>;
  /** How many of them have a face, of those who are in no list. */
  facesOfOthers: Set<string>;
  found: number;
}

/** A list that moves is read so often. */
const MOST_READS = 3;

/** What `GET …/UserInfo/Count` says; undefined where the terminal has no such call. */
export async function countPersons(terminal: Terminal, signal: AbortSignal): Promise<Count | undefined> {
  try {
    const { document } = await terminal.call({
      operation: 'count persons',
      method: 'GET',
      path: '/ISAPI/AccessControl/UserInfo/Count?format=json',
      policy: 'repeatable',
      signal,
    });
    const content = document?.content ?? {};
    const persons = number(content, 'userNumber');
    if (persons === undefined) return undefined;
    const names = ['userNumber', 'bindFaceUserNumber', 'bindCardUserNumber'];
    return { persons, all: names.map((name) => number(content, name) ?? '-').join('/') };
  } catch (error) {
    if (isNotSupported(error)) return undefined;
    throw error;
  }
}

/**
 * Reads everybody. A list that has somebody twice, changes its total on the way, or does not agree with the count is read
 * again, twice.
 * @param count what the terminal has just counted
 * @throws HikvisionError `LIST_INCOMPLETE`
 */
export async function readEverybody(
  terminal: Terminal,
  limits: SyncLimits,
  count: Count | undefined,
  isListed: (employeeNo: string) => boolean,
  signal: AbortSignal,
  onPage?: (read: number, told: number) => void,
): Promise<Everybody> {
  let expected = count;
  let last = { told: 0, read: 0 };
  for (let reads = 1; reads <= MOST_READS; reads += 1) {
    const persons = new Map<string, Tree | undefined>();
    const facesOfOthers = new Set<string>();
    const walk = await walkPages({
      ...{ terminal, search: PERSONS, size: limits.page, signal },
      onItem: (item) => {
        const employeeNo = text(item, 'employeeNo') ?? '';
        if (persons.has(employeeNo)) return false;
        persons.set(employeeNo, isListed(employeeNo) ? item : undefined);
        if (!isListed(employeeNo) && (number(item, 'numOfFace') ?? 0) > 0) facesOfOthers.add(employeeNo);
        return true;
      },
      ...(onPage ? { onPage } : {}),
    });
    if (walk.isWhole(expected?.persons)) {
      return { persons, facesOfOthers, found: walk.read };
    }
    last = { told: expected?.persons ?? walk.told, read: persons.size };
    if (reads < MOST_READS) expected = expected && (await countPersons(terminal, signal));
  }
  const params = { reads: MOST_READS, told: last.told, found: last.read };
  throw HikvisionError.of('listIncomplete', { retryable: true, delivery: 'answered', params });
}

/**
 * Of these numbers, those that the terminal has, as it shows them.
 * @throws HikvisionError `LIST_INCOMPLETE`: who was not shown then may be there all the same
 */
export async function readNamed(
  terminal: Terminal,
  limits: SyncLimits,
  numbers: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Tree>> {
  const all = new Map<string, Tree>();
  for (const some of inBatches(numbers, limits.named)) {
    const asked = new Set(some);
    const where = { EmployeeNoList: some.map((employeeNo) => ({ employeeNo })) };
    const found = await readWhole(async () => {
      // Some show others too.
      const shown = new Map<string, Tree | undefined>();
      const walk = await walkPages({
        ...{ terminal, search: PERSONS, size: limits.page, where, signal },
        onItem: (item) => {
          const employeeNo = text(item, 'employeeNo') ?? '';
          const isNew = !shown.has(employeeNo);
          shown.set(employeeNo, asked.has(employeeNo) ? item : undefined);
          return isNew;
        },
      });
      return { found: shown, walk };
    });
    for (const [employeeNo, shown] of found) if (shown) all.set(employeeNo, shown);
  }
  return all;
}

export function inBatches<T>(all: readonly T[], size: number): T[][] {
  const batches: T[][] = [];
  for (let from = 0; from < all.length; from += size) batches.push(all.slice(from, from + size));
  return batches;
}
