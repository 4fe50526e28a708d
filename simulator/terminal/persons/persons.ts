import type { TerminalClock } from '../behaviour/clock.js';
import type { Emit } from '../behaviour/events.js';
import type { ListFault } from '../behaviour/faults.js';
import type { Model } from '../behaviour/model.js';
import { refuse } from '../protocol/replies.js';
import { isObject, type JsonObject } from '../protocol/request-documents.js';
import { Deletion } from './deletion.js';
import type { Person } from './person.js';
import { searchPage } from './search-page.js';
import { shownPerson } from './shown-person.js';
import { storedInfo, understood } from './stored-info.js';
import { checkUserInfo } from './user-info.js';

/** The persons of one terminal. Every method throws a Refusal for what the terminal refuses. */
export class Persons {
  private readonly stored = new Map<string, Person>();
  private readonly byFile = new Map<number, Person>();
  private files = 0;
  /** All of them in order, until the next change: a walk over thousands would copy them for each page. */
  private list: readonly Person[] | undefined;
  private readonly deletion: Deletion;
  private forget: (person: Person) => void = () => undefined;

  /** @param origin where the terminal listens, asked for when a URL is written */
  constructor(
    private readonly model: Model,
    private readonly clock: TerminalClock,
    private readonly origin: () => string,
    private readonly emit: Emit,
  ) {
    this.deletion = new Deletion(clock);
  }

  /** `action` is told of each person that is deleted; it is the only one that is told. */
  whenRemoved(action: (person: Person) => void): void {
    this.forget = action;
  }

  all(): readonly Person[] {
    this.list ??= [...this.stored.values()];
    return this.list;
  }

  get size(): number {
    return this.stored.size;
  }

  get(employeeNo: string): Person | undefined {
    return this.stored.get(employeeNo);
  }

  /** The person whose face is in this file. */
  ofFile(file: number): Person | undefined {
    return this.byFile.get(file);
  }

  /** UserInfo/Record: a new person. */
  record(given: JsonObject): void {
    const { employeeNo, UserInfo } = this.checked(given);
    if (this.stored.has(employeeNo)) throw refuse(6, 'employeeNoAlreadyExist', 'checkUser');
    this.create(employeeNo, UserInfo);
  }

  /** UserInfo/Modify: changes the given fields of a person. */
  modify(given: JsonObject): void {
    const { employeeNo, UserInfo } = this.checked(given);
    this.update(this.require(employeeNo), UserInfo);
  }

  /** UserInfo/SetUp: Modify, or Record where the model creates absent persons so. */
  setUp(given: JsonObject): void {
    if (!this.model.setUpCreates) this.modify(given);
    else this.edit(given);
  }

  /** Somebody on the terminal's own menu adds a person or changes the given fields of one. */
  edit(given: JsonObject): void {
    const { employeeNo, UserInfo } = this.checked(given);
    const person = this.stored.get(employeeNo);
    if (person) this.update(person, UserInfo);
    else this.create(employeeNo, UserInfo);
  }

  /** The content of UserInfoSearch for a UserInfoSearchCond. */
  search(cond: JsonObject, fault?: ListFault): JsonObject {
    const { searchID, EmployeeNoList } = cond;
    if (searchID === undefined) throw refuse(6, 'MessageParametersLack', 'searchID');
    if (typeof searchID !== 'string' || searchID === '') throw refuse(6, 'badJsonContent', 'searchID');
    const matches = EmployeeNoList === undefined ? this.all() : this.listed(EmployeeNoList);
    const { items, counts } = searchPage(cond, matches, this.model.personsAPage, fault);
    return {
      searchID,
      ...counts,
      ...(items.length > 0 && { UserInfo: items.map((person) => this.userInfoOf(person)) }),
    };
  }

  /** UserInfo as Search shows it. */
  userInfoOf(person: Person): JsonObject {
    return shownPerson(person, this.model, this.clock.now(), this.origin);
  }

  /**
   * UserInfo/Delete: without EmployeeNoList it deletes everybody, as real terminals do.
   * @returns whether that were more than the terminal deletes before a client loses patience
   */
  delete({ EmployeeNoList }: JsonObject): { late: boolean } {
    const numbers = EmployeeNoList === undefined ? [...this.stored.keys()] : employeeNumbers(EmployeeNoList);
    this.remove(numbers);
    return { late: numbers.length > this.model.deleteBatch };
  }

  /** UserInfoDetail/Delete: accepted at once, done a little later, or `undone`. The mode `all` needs no list. */
  deleteDetail({ mode, EmployeeNoList }: JsonObject, undone = false): void {
    if (mode !== 'all' && mode !== 'byEmployeeNo') throw refuse(6, 'badJsonContent', 'mode');
    if (mode === 'byEmployeeNo' && EmployeeNoList === undefined) {
      throw refuse(6, 'MessageParametersLack', 'EmployeeNoList');
    }
    const numbers = mode === 'all' ? undefined : employeeNumbers(EmployeeNoList);
    this.deletion.begin(undone ? undefined : () => this.remove(numbers ?? [...this.stored.keys()]));
  }

  /** Where UserInfoDetail/Delete stands. */
  get deletionPhase(): Deletion['phase'] {
    return this.deletion.phase;
  }

  /** @throws Refusal employeeNoNotExist */
  require(employeeNo: string): Person {
    const person = this.stored.get(employeeNo);
    if (!person) throw refuse(6, 'employeeNoNotExist', 'employeeNo');
    return person;
  }

  clear(): void {
    this.stored.clear();
    this.byFile.clear();
    this.list = undefined;
    this.abandonDeletion();
  }

  /** UserInfoDetail/Delete will not come to its end. */
  abandonDeletion(): void {
    this.deletion.abandon();
  }

  private listed(EmployeeNoList: unknown): Person[] {
    const wanted = new Set(employeeNumbers(EmployeeNoList));
    // That a longer list is refused is an assumption: the capabilities say how long it may be.
    if (wanted.size > this.model.personsAPage) throw refuse(6, 'badParameters', 'EmployeeNoList');
    return [...wanted].flatMap((employeeNo) => this.stored.get(employeeNo) ?? []);
  }

  private checked(given: JsonObject): { employeeNo: string; UserInfo: JsonObject } {
    const UserInfo = understood(given, this.model);
    return { employeeNo: checkUserInfo(UserInfo, this.model), UserInfo };
  }

  private create(employeeNo: string, given: JsonObject): void {
    if (this.stored.size >= this.model.maxPersons) throw refuse(6, 'deviceUserFull', 'employeeNo');
    const UserInfo = storedInfo(given, this.model);
    this.files += 1;
    const person = { employeeNo, name: nameOf(UserInfo), file: this.files, UserInfo, cards: [] };
    this.stored.set(employeeNo, person);
    this.byFile.set(person.file, person);
    this.list = undefined;
    this.emit({ event: 'person created', employeeNo, name: person.name });
  }

  private update(person: Person, given: JsonObject): void {
    person.UserInfo = { ...person.UserInfo, ...storedInfo(given, this.model) };
    person.name = nameOf(person.UserInfo);
    this.emit({ event: 'person updated', employeeNo: person.employeeNo, name: person.name });
  }

  private remove(numbers: string[]): void {
    for (const employeeNo of numbers) {
      const person = this.stored.get(employeeNo);
      if (!person) continue;
      this.stored.delete(employeeNo);
      this.byFile.delete(person.file);
      this.list = undefined;
      this.forget(person);
      this.emit({ event: 'person deleted', employeeNo });
    }
  }
}

function nameOf({ name }: JsonObject): string {
  return typeof name === 'string' ? name : '';
}

function employeeNumbers(list: unknown): string[] {
  if (!Array.isArray(list)) throw refuse(6, 'badJsonContent', 'EmployeeNoList');
  return list.map((item: unknown) => {
    const employeeNo = isObject(item) ? item['employeeNo'] : undefined;
    if (typeof employeeNo !== 'string') throw refuse(6, 'badJsonContent', 'employeeNo');
    return employeeNo;
  });
}
