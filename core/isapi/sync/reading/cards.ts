import { HikvisionError } from '../../../errors/hikvision-error.js';
import { text, type Tree } from '../../protocol/document.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { SyncLimits } from './limits.js';
import { CARDS, walkPages } from './pages.js';
import { inBatches } from './persons.js';

/** The cards of each person: of whoever has none there is no entry. */
export type CardsByPerson = Map<string, Set<string>>;

const MOST_READS = 3;

/** All cards of a terminal. @throws HikvisionError `LIST_INCOMPLETE` where they move while they are read, three times */
export async function readAllCards(
  terminal: Terminal,
  limits: SyncLimits,
  signal: AbortSignal,
): Promise<CardsByPerson> {
  let last = { told: 0, read: 0 };
  for (let reads = 1; reads <= MOST_READS; reads += 1) {
    const cards: CardsByPerson = new Map();
    const walk = await readCards(terminal, limits, {}, cards, signal);
    if (walk.isWhole) return cards;
    last = walk;
  }
  const params = { reads: MOST_READS, told: last.told, found: last.read };
  throw HikvisionError.of('listIncomplete', { retryable: true, delivery: 'answered', params });
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
    await readCards(terminal, limits, where, cards, signal);
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
  const cards: CardsByPerson = new Map();
  await readCards(terminal, limits, { CardNoList: [{ cardNo }] }, cards, signal);
  return [...cards].find(([, held]) => held.has(cardNo))?.[0];
}

function readCards(
  terminal: Terminal,
  { page }: SyncLimits,
  where: Tree,
  cards: CardsByPerson,
  signal: AbortSignal,
): ReturnType<typeof walkPages> {
  return walkPages({
    ...{ terminal, search: CARDS, size: page, where, signal },
    onItem: (item) => {
      const [employeeNo = '', cardNo = ''] = [text(item, 'employeeNo'), text(item, 'cardNo')?.toUpperCase()];
      const held = cards.get(employeeNo) ?? new Set();
      if (held.has(cardNo)) return false;
      cards.set(employeeNo, held.add(cardNo));
      return true;
    },
  });
}
