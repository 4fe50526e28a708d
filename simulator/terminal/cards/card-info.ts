import { refuse } from '../protocol/replies.js';
import { isObject, type JsonObject } from '../protocol/request-documents.js';

/** A card as the terminal holds it. */
export interface Card {
  readonly cardNo: string;
  /** As it was stored. */
  CardInfo: JsonObject;
}

const TYPES = ['normalCard', 'patrolCard', 'hijackCard', 'superCard', 'dismissingCard', 'emergencyCard'];

/**
 * Checks a CardInfo; which texts are card numbers is an assumption: 1 to 32 letters and digits.
 * @throws Refusal that names the first wrong field
 */
export function checkCardInfo(given: JsonObject): { employeeNo: string; cardNo: string } {
  const { cardType } = given;
  const employeeNo = textIn(given, 'employeeNo');
  const cardNo = textIn(given, 'cardNo');
  if (!/^[0-9A-Za-z]{1,32}$/.test(cardNo)) throw refuse(6, 'badJsonContent', 'cardNo');
  if (cardType !== undefined && !TYPES.some((type) => type === cardType)) throw refuse(6, 'badJsonContent', 'cardType');
  return { employeeNo, cardNo };
}

/** The texts called `field` in a list such as CardNoList. @throws Refusal */
export function textsIn(cond: JsonObject, list: string, field: string): string[] | undefined {
  const items = cond[list];
  if (items === undefined) return undefined;
  if (!Array.isArray(items)) throw refuse(6, 'badJsonContent', list);
  return items.map((item: unknown) => textIn(isObject(item) ? item : {}, field));
}

function textIn(given: JsonObject, field: string): string {
  const value = given[field];
  if (value === undefined) throw refuse(6, 'MessageParametersLack', field);
  if (typeof value !== 'string') throw refuse(6, 'badJsonContent', field);
  return value;
}
