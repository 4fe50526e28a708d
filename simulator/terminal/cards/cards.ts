import type { Emit } from '../behaviour/events.js';
import type { ListFault } from '../behaviour/faults.js';
import type { Model } from '../behaviour/model.js';
import type { Person } from '../persons/person.js';
import type { Persons } from '../persons/persons.js';
import { searchPage } from '../persons/search-page.js';
import { refuse } from '../protocol/replies.js';
import type { JsonObject } from '../protocol/request-documents.js';
import { checkCardInfo, textsIn, type Card } from './card-info.js';

/** The sixth was refused with deviceCardFull on DS-K1T323. */
const CARDS_A_PERSON = 5;

interface Held {
  card: Card;
  person: Person;
}

/**
 * The cards of one terminal. Every method throws a Refusal for what the terminal refuses.
 *
 * Assumed, since nobody has named them: the codes `cardNoAlreadyExist` and `cardNoNotExist`; that an absent card is no mistake
 * to a deletion; that Delete without any list deletes every card, as it does with persons.
 */
export class Cards {
  private readonly held = new Map<string, Held>();
  /** All of them in order, until the next change. */
  private list: readonly Held[] | undefined;

  constructor(
    private readonly model: Model,
    private readonly persons: Persons,
    private readonly emit: Emit,
  ) {
    persons.whenRemoved((person) => {
      for (const cardNo of person.cards) this.forget(cardNo);
    });
  }

  get size(): number {
    return this.held.size;
  }

  /** CardInfo/Record: a new card. */
  record(given: JsonObject): void {
    const { employeeNo, cardNo } = checkCardInfo(given);
    const person = this.persons.require(employeeNo);
    if (this.held.has(cardNo)) throw refuse(6, 'cardNoAlreadyExist', 'cardNo');
    this.add(person, cardNo, given);
  }

  /** CardInfo/Modify: changes the given fields of a card; neither its number nor its person. */
  modify(given: JsonObject): void {
    const { employeeNo, cardNo } = checkCardInfo(given);
    const person = this.persons.require(employeeNo);
    const held = this.held.get(cardNo);
    if (!held) throw refuse(6, 'cardNoNotExist', 'cardNo');
    if (held.person !== person) throw refuse(6, 'cardNoAlreadyExist', 'cardNo');
    this.change(held, given);
  }

  /** CardInfo/SetUp: Record or Modify, or a deletion where `deleteCard` is true. */
  setUp(given: JsonObject): void {
    const { deleteCard, ...CardInfo } = given;
    if (deleteCard !== undefined && typeof deleteCard !== 'boolean') throw refuse(6, 'badJsonContent', 'deleteCard');
    const { employeeNo, cardNo } = checkCardInfo(CardInfo);
    const person = this.persons.require(employeeNo);
    const held = this.held.get(cardNo);
    if (held && held.person !== person) throw refuse(6, 'cardNoAlreadyExist', 'cardNo');
    if (deleteCard === true) this.remove([cardNo]);
    else if (held) this.change(held, CardInfo);
    else this.add(person, cardNo, CardInfo);
  }

  /** CardInfo/Delete: by card or by person. */
  delete(cond: JsonObject): void {
    const numbers = textsIn(cond, 'CardNoList', 'cardNo');
    const persons = textsIn(cond, 'EmployeeNoList', 'employeeNo');
    const ofPersons = persons?.flatMap((employeeNo) => this.persons.get(employeeNo)?.cards ?? []);
    this.remove(numbers ?? ofPersons ?? [...this.held.keys()]);
  }

  /** The content of CardInfoSearch for a CardInfoSearchCond. */
  search(cond: JsonObject, fault?: ListFault): JsonObject {
    const { searchID } = cond;
    if (searchID === undefined) throw refuse(6, 'MessageParametersLack', 'searchID');
    if (typeof searchID !== 'string' || searchID === '') throw refuse(6, 'badJsonContent', 'searchID');
    const { items, counts } = searchPage(cond, this.matches(cond), this.model.cardsAPage, fault);
    return { searchID, ...counts, ...(items.length > 0 && { CardInfo: items.map(({ card }) => card.CardInfo) }) };
  }

  clear(): void {
    this.held.clear();
    this.list = undefined;
  }

  private matches(cond: JsonObject): readonly Held[] {
    const numbers = textsIn(cond, 'CardNoList', 'cardNo');
    const persons = textsIn(cond, 'EmployeeNoList', 'employeeNo');
    const wanted = numbers ?? persons?.flatMap((employeeNo) => this.persons.get(employeeNo)?.cards ?? []);
    if (wanted) return wanted.flatMap((cardNo) => this.held.get(cardNo) ?? []);
    this.list ??= [...this.held.values()];
    return this.list;
  }

  private add(person: Person, cardNo: string, CardInfo: JsonObject): void {
    if (person.cards.length >= CARDS_A_PERSON || this.size >= this.model.maxCards) {
      throw refuse(6, 'deviceCardFull', 'cardNo');
    }
    person.cards.push(cardNo);
    this.held.set(cardNo, { card: { cardNo, CardInfo: { cardType: 'normalCard', ...CardInfo } }, person });
    this.list = undefined;
    this.emit({ event: 'card added', employeeNo: person.employeeNo, cardNo });
  }

  private change({ card, person: { employeeNo } }: Held, given: JsonObject): void {
    card.CardInfo = { ...card.CardInfo, ...given };
    this.emit({ event: 'card changed', employeeNo, cardNo: card.cardNo });
  }

  private remove(numbers: readonly string[]): void {
    for (const cardNo of [...numbers]) {
      const person = this.held.get(cardNo)?.person;
      if (!person) continue;
      person.cards.splice(person.cards.indexOf(cardNo), 1);
      this.forget(cardNo);
      this.emit({ event: 'card deleted', employeeNo: person.employeeNo, cardNo });
    }
  }

  private forget(cardNo: string): void {
    this.held.delete(cardNo);
    this.list = undefined;
  }
}
