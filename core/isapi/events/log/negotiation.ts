import { HikvisionError } from '../../../errors/hikvision-error.js';
import { isNotSupported } from '../../protocol/reply.js';
import { logCapabilities, type LogCapabilities } from './capabilities.js';
import { LAST_SERIAL, type CodeFilter, type Dialect, type SearchEnd, type SearchTimes } from './dialect.js';
import { searchLog, type LogTerminal } from './search.js';

/** The codes of the tables, for a terminal that wants each named and tells none. */
export type KnownCodes = readonly CodeFilter[];

/** How exactly codes have to be named. */
const NAMING = ['all', 'majors', 'minors'] as const;
type Naming = (typeof NAMING)[number];

interface Candidate {
  naming: Naming;
  end: SearchEnd;
  times: SearchTimes;
}

const TIMES: readonly SearchTimes[] = ['none', 'offset', 'local'];
/** Ends that are tried, from large to small: some terminals want one and refuse a very large one. */
const ENDS: readonly SearchEnd[] = [
  { kind: 'open' },
  ...[LAST_SERIAL, 999_999_999, 9_999_999, 999_999, 100_000].map((serial): SearchEnd => ({ kind: 'upTo', serial })),
  ...[100_000, 10_000, 1000, 100].map((width): SearchEnd => ({ kind: 'span', width })),
];
const MAJORS = [5, 3, 2, 1, 4];
const NO_RIGHT = new Set(['nopermission', 'lowprivilege', 'usernamelocked', 'deviceislocked', 'notactivated']);

/**
 * Finds out what a terminal wants of a search, by asking in one form after another; what it names in a refusal is changed
 * first. Nothing is taken for granted because a model does it: firmware differs.
 * @param from a serial number that may be in use
 * @throws HikvisionError `logRefused` where it takes none of them
 */
export async function negotiate(
  terminal: LogTerminal,
  { from, codes, signal }: { from: number; codes: KnownCodes; signal: AbortSignal },
): Promise<Dialect> {
  const told = await logCapabilities(terminal, signal);
  let candidates = candidatesFor(told, from);
  let refusal: HikvisionError | undefined;
  for (let next = candidates.shift(); next; next = candidates.shift()) {
    const [first] = filtersOf(next.naming, told, codes);
    const problem = first ? await ask(terminal, next, first, from, signal) : undefined;
    if (first && !problem) {
      const searches = await accepted(filtersOf(next.naming, told, codes), (filter) =>
        ask(terminal, next, filter, from, signal),
      );
      return { searches, end: next.end, times: next.times, page: told.page };
    }
    refusal = problem ?? refusal;
    candidates = withoutBlamed(candidates, next, problem);
  }
  const detail = refusal ? `: ${refusal.code} ${refusal.cause.errorMsg ?? ''}`.trim() : '';
  throw terminal.named(HikvisionError.of('logRefused', { params: { detail }, delivery: 'answered' }), 'read events');
}

/** Whether the terminal understood a search and did not want it so: something else in it may do. */
export function isRefusedSearch(error: unknown): error is HikvisionError {
  if (!(error instanceof HikvisionError) || error.cause.retryable || isNotSupported(error)) return false;
  const { httpStatus, statusCode, subStatusCode = '' } = error.cause;
  if (NO_RIGHT.has(subStatusCode.toLowerCase())) return false;
  if (error.reason === 'refused') return statusCode !== 3;
  return error.reason === 'httpStatus' && httpStatus === 400;
}

/** In this order: the plainest first, then other ends, then other codes, then times. */
function candidatesFor({ lastSerial }: LogCapabilities, from: number): Candidate[] {
  const own: SearchEnd[] = lastSerial === undefined ? [] : [{ kind: 'upTo', serial: lastSerial }];
  const ends = [...ENDS.slice(0, 1), ...own, ...ENDS.slice(1)].filter(
    (end, index, all) =>
      (end.kind !== 'upTo' || end.serial > from) &&
      all.findIndex((other) => JSON.stringify(other) === JSON.stringify(end)) === index,
  );
  return TIMES.flatMap((times) => NAMING.flatMap((naming) => ends.map((end) => ({ naming, end, times }))));
}

/** The terminal's words may name what it does not want; then nothing is asked with that again. */
function withoutBlamed(candidates: Candidate[], last: Candidate, refusal: HikvisionError | undefined): Candidate[] {
  const words = refusal?.cause.errorMsg ?? '';
  if (/\bmajor/i.test(words)) return candidates.filter(({ naming }) => naming !== last.naming);
  if (/\bminor/i.test(words)) return candidates.filter(({ naming }) => naming === 'minors' && last.naming !== 'minors');
  if (/serialno\b/i.test(words)) return candidates.filter(({ end }) => end !== last.end);
  if (/(?:start|end)time\b/i.test(words)) return candidates.filter(({ times }) => times !== last.times);
  return candidates;
}

function filtersOf(naming: Naming, { majors, minors }: LogCapabilities, codes: KnownCodes): CodeFilter[] {
  if (naming === 'all') return [{ major: 0, minor: 0 }];
  const named = majors.length > 0 ? majors : MAJORS;
  // Major 5 is what a terminal for access control has in any case.
  const inOrder = [...named].sort((one, other) => Number(other === 5) - Number(one === 5));
  if (naming === 'majors') return inOrder.map((major) => ({ major, minor: 0 }));
  return inOrder.flatMap((major) => {
    const told = minors.get(major) ?? [];
    const known = codes.filter((code) => code.major === major);
    return told.length > 0 ? told.map((minor) => ({ major, minor })) : known;
  });
}

/** Those that are not refused; the first one is known not to be. */
async function accepted(
  filters: readonly CodeFilter[],
  refusalOf: (filter: CodeFilter) => Promise<HikvisionError | undefined>,
): Promise<CodeFilter[]> {
  const good = filters.slice(0, 1);
  for (const filter of filters.slice(1)) if (!(await refusalOf(filter))) good.push(filter);
  return good;
}

/** What the terminal refuses a search of this form with; undefined where it takes it. */
async function ask(
  terminal: LogTerminal,
  { end, times }: Candidate,
  filter: CodeFilter,
  from: number,
  signal: AbortSignal,
): Promise<HikvisionError | undefined> {
  try {
    await searchLog(terminal, { ...filter, times, from, to: endOf(end, from), rows: 1, signal });
    return undefined;
  } catch (error) {
    if (isRefusedSearch(error)) return error;
    throw error;
  }
}

/** Where a search that goes on to the newest event ends. */
export function endOf(end: SearchEnd, from: number): number | undefined {
  if (end.kind === 'open') return undefined;
  return Math.min(end.kind === 'upTo' ? Math.max(end.serial, from) : from + end.width - 1, LAST_SERIAL);
}
