import type { TerminalClock } from '../behaviour/clock.js';
import type { Emit } from '../behaviour/events.js';
import type { Model } from '../behaviour/models.js';
import { refuse } from '../protocol/replies.js';
import { isObject, type JsonObject } from '../protocol/request-documents.js';
import { searchPage } from './search-page.js';
import { checkUserInfo, isRightPlan } from './user-info.js';

/** A person as the terminal holds it. */
export interface Person {
  employeeNo: string;
  name: string;
  /** As it was stored, without the read-only counts. */
  UserInfo: JsonObject;
  face?: { name: string; countsFrom: number };
}

/** Simulated seconds that UserInfoDetail/Delete takes. An assumption: only that it is asynchronous is known. */
const DELETION_SECONDS = 1;

const READ_ONLY = ['numOfFace', 'numOfCard', 'numOfFP'];

/** The persons of one terminal. Every method throws a Refusal for what the terminal refuses. */
export class Persons {
  private readonly stored = new Map<string, Person>();
  private deletion: { phase: 'none' } | { phase: 'running'; stop: () => void } = { phase: 'none' };

  constructor(
    private readonly model: Model,
    private readonly clock: TerminalClock,
    private readonly emit: Emit,
  ) {}

  all(): Person[] {
    return [...this.stored.values()];
  }

  /** UserInfo/Record: a new person. */
  record(given: JsonObject): void {
    const employeeNo = checkUserInfo(given);
    if (this.stored.has(employeeNo)) throw refuse(6, 'employeeNoAlreadyExist', 'checkUser');
    this.create(employeeNo, given);
  }

  /** UserInfo/Modify: changes the given fields of a person. */
  modify(given: JsonObject): void {
    const employeeNo = checkUserInfo(given);
    this.update(this.require(employeeNo), given);
  }

  /** UserInfo/SetUp: Modify, or Record where the model creates absent persons so. */
  setUp(given: JsonObject): void {
    const employeeNo = checkUserInfo(given);
    const person = this.stored.get(employeeNo);
    if (person) this.update(person, given);
    else if (this.model.setUpCreates) this.create(employeeNo, given);
    else throw refuse(6, 'employeeNoNotExist', 'employeeNo');
  }

  /** The content of UserInfoSearch for a UserInfoSearchCond. */
  search(cond: JsonObject): JsonObject {
    const { searchID, EmployeeNoList } = cond;
    if (searchID === undefined) throw refuse(6, 'MessageParametersLack', 'searchID');
    if (typeof searchID !== 'string' || searchID === '') throw refuse(6, 'badJsonContent', 'searchID');
    const wanted = EmployeeNoList === undefined ? undefined : employeeNumbers(EmployeeNoList);
    const matches = this.all().filter(({ employeeNo }) => wanted?.includes(employeeNo) ?? true);
    const { items, counts } = searchPage(cond, matches);
    return {
      searchID,
      ...counts,
      ...(items.length > 0 && { UserInfo: items.map((person) => this.userInfoOf(person)) }),
    };
  }

  /** UserInfo as Search shows it: with the read-only counts, without the PIN. */
  userInfoOf({ UserInfo, face }: Person): JsonObject {
    const shown = Object.fromEntries(Object.entries(UserInfo).filter(([name]) => name !== 'password'));
    return { ...shown, numOfCard: 0, numOfFP: 0, numOfFace: face && this.clock.now() >= face.countsFrom ? 1 : 0 };
  }

  /** The doors that a person can open: only those that doorRight and RightPlan both name. */
  doorsOf({ UserInfo: { doorRight, RightPlan } }: Person): number[] {
    const allowed = typeof doorRight === 'string' && doorRight !== '' ? doorRight.split(',').map(Number) : [];
    const planned = Array.isArray(RightPlan) ? RightPlan.filter(isRightPlan) : [];
    return allowed.filter((door) => planned.some(({ doorNo }) => doorNo === door));
  }

  /** UserInfo/Delete: without EmployeeNoList it deletes everybody, as real terminals do. */
  delete({ EmployeeNoList }: JsonObject): void {
    const numbers = EmployeeNoList === undefined ? [...this.stored.keys()] : employeeNumbers(EmployeeNoList);
    for (const employeeNo of numbers) {
      if (this.stored.delete(employeeNo)) this.emit({ event: 'person deleted', employeeNo });
    }
  }

  /** UserInfoDetail/Delete: accepted at once, done a little later. The mode `all` needs no list. */
  deleteDetail({ mode, EmployeeNoList }: JsonObject): void {
    if (mode !== 'all' && mode !== 'byEmployeeNo') throw refuse(6, 'badJsonContent', 'mode');
    if (mode === 'byEmployeeNo' && EmployeeNoList === undefined) {
      throw refuse(6, 'MessageParametersLack', 'EmployeeNoList');
    }
    if (this.deleting) throw refuse(2, 'deviceBusy', 'deviceBusy');
    const cond =
      mode === 'all' ? {} : { EmployeeNoList: employeeNumbers(EmployeeNoList).map((employeeNo) => ({ employeeNo })) };
    const stop = this.clock.after(DELETION_SECONDS, () => {
      this.deletion = { phase: 'none' };
      this.delete(cond);
    });
    this.deletion = { phase: 'running', stop };
  }

  /** Whether UserInfoDetail/Delete is under way. */
  get deleting(): boolean {
    return this.deletion.phase === 'running';
  }

  /** @throws Refusal employeeNoNotExist */
  require(employeeNo: string): Person {
    const person = this.stored.get(employeeNo);
    if (!person) throw refuse(6, 'employeeNoNotExist', 'employeeNo');
    return person;
  }

  clear(): void {
    this.stored.clear();
    this.abandonDeletion();
  }

  /** UserInfoDetail/Delete will not come to its end. */
  abandonDeletion(): void {
    if (this.deletion.phase === 'running') this.deletion.stop();
    this.deletion = { phase: 'none' };
  }

  private create(employeeNo: string, given: JsonObject): void {
    if (this.stored.size >= this.model.maxPersons) throw refuse(6, 'deviceUserFull', 'employeeNo');
    const UserInfo = withoutReadOnly(given);
    const person = { employeeNo, name: nameOf(UserInfo), UserInfo };
    this.stored.set(employeeNo, person);
    this.emit({ event: 'person created', employeeNo, name: person.name });
  }

  private update(person: Person, given: JsonObject): void {
    person.UserInfo = { ...person.UserInfo, ...withoutReadOnly(given) };
    person.name = nameOf(person.UserInfo);
    this.emit({ event: 'person updated', employeeNo: person.employeeNo, name: person.name });
  }
}

function withoutReadOnly(given: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !READ_ONLY.includes(name)));
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
