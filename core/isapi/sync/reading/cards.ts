import { text, type Tree } from '../../protocol/document.js';
import { isNotSupported } from '../../protocol/reply.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { SyncLimits } from './limits.js';
import { CARDS, readWhole, walkPages } from './pages.js';
import { inBatches } from './persons.js';

/** The cards of each person: of whoever has none there is no entry. */
export type CardsByPerson = Map<string, Set<string>>;

/** All cards of a terminal. @throws HikvisionError `LIST_INCOMPLETE` where they move while they are read, three times */
export function readAllCards(terminal: Terminal, limits: SyncLimits, signal: AbortSignal): Promise<CardsByPerson> {
  return readCards(terminal, limits, {}, signal);
}

/** The cards of these persons. */
export async function readCardsOf(
  terminal: Terminal,
  limits: SyncLimits,
  numbers: readonly string[],
  signal: AbortSignal,
): Promise<CardsByPerson> {
  const cards: CardsByPerson = new Map();
  for (const some of inBatches(numbers, limits.named)) {
    const where = { EmployeeNoList: some.map((employeeNo) => ({ employeeNo })) };
    for (const [employeeNo, held] of await readCards(terminal, limits, where, signal)) cards.set(employeeNo, held);
  }
  return cards;
}

/** Who has this card; undefined where nobody does. */
export async function holderOf(
  terminal: Terminal,
  limits: SyncLimits,
  cardNo: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const cards = await readCards(terminal, limits, { CardNoList: [{ cardNo }] }, signal);
  return [...cards].find(([, held]) => held.has(cardNo))?.[0];
}

/** A terminal that knows no cards has none. */
async function readCards(
  terminal: Terminal,
  { page }: SyncLimits,
  where: Tree,
  signal: AbortSignal,
): Promise<CardsByPerson> {
  const read = readWhole(async () => {
    const found: CardsByPerson = new Map();
    const walk = await walkPages({
      ...{ terminal, search: CARDS, size: page, where, signal },
      onItem: (item) => {
        const [employeeNo = '', cardNo = ''] = [text(item, 'employeeNo'), text(item, 'cardNo')?.toUpperCase()];
        const held = found.get(employeeNo) ?? new Set();
        if (held.has(cardNo)) return false;
        found.set(employeeNo, held.add(cardNo));
        return true;
      },
    });
    return { found, walk };
  });
  return read.catch((error: unknown) => {
    if (isNotSupported(error)) return new Map();
    throw error;
  });
}
