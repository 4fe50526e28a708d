import { HikvisionError } from '../../../errors/hikvision-error.js';
import { text } from '../../protocol/document.js';
import { isNotSupported } from '../../protocol/reply.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { SyncLimits } from './limits.js';
import { FACES, FACES_NESTED, readWhole, walkPages, type Search } from './pages.js';

/** More are not asked for one by one. */
const FEW = 30;
const LIBRARY = { faceLibType: 'blackFD', FDID: '1' };

/** Terminals that want the condition of a search for faces in a key of its own. */
const nested = new WeakSet<Terminal>();

/**
 * Of these persons, those who have a face in the library: for terminals that do not show it with the person. Undefined where
 * this one has no such search, or refuses it in either form.
 * @throws HikvisionError `LIST_INCOMPLETE`
 */
export async function readFacesOf(
  terminal: Terminal,
  limits: SyncLimits,
  numbers: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  for (const search of nested.has(terminal) ? [FACES_NESTED] : [FACES, FACES_NESTED]) {
    try {
      const found = await searchFaces(terminal, search, limits, numbers, signal);
      if (search === FACES_NESTED) nested.add(terminal);
      return found;
    } catch (error) {
      if (isNotSupported(error)) return undefined;
      if (!isRefusal(error)) throw error;
    }
  }
  return undefined;
}

async function searchFaces(
  terminal: Terminal,
  search: Search,
  { page }: SyncLimits,
  numbers: readonly string[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const all = new Set<string>();
  const conditions = numbers.length > FEW ? [LIBRARY] : numbers.map((FPID) => ({ ...LIBRARY, FPID }));
  for (const where of conditions) {
    const found = await readWhole(async () => {
      const seen = new Set<string>();
      const walk = await walkPages({
        ...{ terminal, search, size: page, where, signal },
        onItem: (item) => {
          const number = text(item, 'FPID') ?? '';
          const isNew = !seen.has(number);
          seen.add(number);
          return isNew;
        },
      });
      return { found: seen, walk };
    });
    for (const number of found) all.add(number);
  }
  return all;
}

function isRefusal(error: unknown): boolean {
  return error instanceof HikvisionError && error.reason === 'refused' && !error.cause.retryable;
}
