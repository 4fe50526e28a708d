import { invalid } from '../../../errors/invalid.js';

/** Cards that a terminal keeps for one person: the sixth is refused (`deviceCardFull`, DS-K1T323). */
export const MOST_CARDS = 5;
const CARD = /^[0-9A-Fa-f]{1,20}$/;

/**
 * The cards of a person of a list; undefined where the list says nothing of them.
 * @param place the row of the list, from 1
 * @param seen the row in which each card stands
 * @throws HikvisionError `INVALID_INPUT`
 */
export function cardsOf(given: unknown, place: number, seen: Map<string, number>): string[] | undefined {
  if (given === undefined || given === null) return undefined;
  if (!Array.isArray(given)) throw invalid('cards', 'cards');
  const cards = [...new Set((given as readonly unknown[]).map(cardOf))];
  if (cards.length > MOST_CARDS) throw invalid('cardsMany', 'cards', { limit: MOST_CARDS });
  for (const card of cards) {
    const row = seen.get(card);
    if (row !== undefined) throw invalid('cardTwice', 'cards', { row });
    seen.set(card, place);
  }
  return cards;
}

/** As terminals show it: hexadecimal letters are capitals there. A number would have lost its leading zeros. */
function cardOf(card: unknown): string {
  if (typeof card !== 'string' || !CARD.test(card)) throw invalid('cards', 'cards');
  return card.toUpperCase();
}
