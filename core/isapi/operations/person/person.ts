import { HikvisionError } from '../../../errors/hikvision-error.js';
import { child, isTree, list, number, text, type IsapiDocument, type Tree } from '../../protocol/document.js';
import { isDuplicatePerson, isNotSupported } from '../../protocol/reply.js';
import type { IsapiCall, RequestLine, Terminal } from '../../terminal/terminal.js';
import { namingRight } from '../missing-right.js';
import { changedPerson, unchangedField, type PersonChange } from './person-change.js';
import type { UserInfo } from './user-info.js';

export type IfExists = 'error' | 'update' | 'keep';
export type PersonAction = 'created' | 'updated' | 'kept';

/** What came of writing a person. */
export interface StoredPerson {
  action: PersonAction;
  /**
   * True where the terminal itself has answered that it created the person. After a lost reply a person of that number and
   * name is there who may be somebody else's.
   */
  certain: boolean;
}

/** How a person is written. */
export interface Writing {
  signal?: AbortSignal | undefined;
  /** Called at the moment of sending what changes something; what it throws is the outcome. */
  beforeSending?: (() => void) | undefined;
}

export interface CreateOptions extends Writing {
  /** What `update` changes; without it, the name only. */
  change?: PersonChange;
}

const JSON_TYPE = 'application/json';
/** How a person is created, and how one is changed. */
export const RECORD_LINE: RequestLine = { method: 'POST', target: '/ISAPI/AccessControl/UserInfo/Record?format=json' };
export const MODIFY_LINE: RequestLine = { method: 'PUT', target: '/ISAPI/AccessControl/UserInfo/Modify?format=json' };

/**
 * Creates the person: Record first, then, where the terminal says that the person exists, what `ifExists` says. An update
 * is read, merged, written and read back.
 * After a Record whose reply was lost the person is looked up first, so that nobody is created twice and a person who
 * was created is reported as created.
 * @throws HikvisionError, with the terminal's own code where it refused
 */
export async function storePerson(
  terminal: Terminal,
  person: UserInfo,
  ifExists: IfExists,
  options: CreateOptions = {},
): Promise<StoredPerson> {
  const { signal } = options;
  const operation = 'create person';
  for (let attempt = 0; ; attempt += 1) {
    try {
      await sendPerson(terminal, operation, RECORD_LINE, { ...person }, options);
      unconfirmed(terminal).delete(person.employeeNo);
      return { action: 'created', certain: true };
    } catch (error) {
      if (!(error instanceof HikvisionError)) throw error;
      if (isDuplicatePerson(error)) {
        return { action: await onDuplicate(terminal, person, ifExists, error, options), certain: false };
      }
      if (error.delivery !== 'unknown' || error.code === 'CANCELLED') throw error;
      unconfirmed(terminal).add(person.employeeNo);
      if (await isStored(terminal, person, signal)) {
        unconfirmed(terminal).delete(person.employeeNo);
        return { action: 'created', certain: false };
      }
      if (attempt >= terminal.settings.retries) throw error;
    }
  }
}

/** As storePerson, for those who need to know only what was done. */
export async function createPerson(...given: Parameters<typeof storePerson>): Promise<PersonAction> {
  return (await storePerson(...given)).action;
}

/** The person as the terminal has them, or undefined where it has none of that number. */
export async function findPerson(
  terminal: Terminal,
  employeeNo: string,
  signal?: AbortSignal,
): Promise<Tree | undefined> {
  const condition = {
    UserInfoSearchCond: {
      searchID: `${Date.now().toString(16)}${Math.trunc(Math.random() * 1e9).toString(16)}`,
      maxResults: 1,
      searchResultPosition: 0,
      EmployeeNoList: [{ employeeNo }],
    },
  };
  const { content } = await documentFrom(terminal, {
    operation: 'find person',
    method: 'POST',
    path: '/ISAPI/AccessControl/UserInfo/Search?format=json',
    contentType: JSON_TYPE,
    body: Buffer.from(JSON.stringify(condition)),
    policy: 'repeatable',
    ...(signal ? { signal } : {}),
  });
  const found = child(content, 'UserInfoSearch') ?? content;
  const people = isTree(found) ? list(found, 'UserInfo') : [];
  return people.filter(isTree).find((each) => text(each, 'employeeNo') === employeeNo);
}

/** How many faces a person that was found has; undefined where the terminal does not say. */
export function facesOf(person: Tree): number | undefined {
  return number(person, 'numOfFace');
}

/** Writes a whole person, as `changedPerson` makes them, over the one who is there. */
export async function overwritePerson(terminal: Terminal, person: Tree, writing: Writing = {}): Promise<void> {
  await sendPerson(terminal, 'change person', MODIFY_LINE, person, writing);
}

function sendPerson(
  terminal: Terminal,
  operation: string,
  line: RequestLine,
  person: Tree,
  { signal, beforeSending }: Writing,
): Promise<IsapiDocument> {
  return documentFrom(terminal, {
    operation,
    method: line.method,
    path: line.target,
    contentType: JSON_TYPE,
    body: Buffer.from(JSON.stringify({ UserInfo: person })),
    policy: line === MODIFY_LINE ? 'repeatable' : 'notTwice',
    ...(signal ? { signal } : {}),
    ...(beforeSending ? { beforeSending } : {}),
  });
}

/** The document that answers a call; a 200 with anything else is not taken for a success here. */
async function documentFrom(terminal: Terminal, call: IsapiCall): Promise<IsapiDocument> {
  const { document } = await terminal.call(call).catch(namingRight('right.persons'));
  if (document) return document;
  throw terminal.named(HikvisionError.of('noDocument', { retryable: true }), call.operation);
}

async function onDuplicate(
  terminal: Terminal,
  person: UserInfo,
  ifExists: IfExists,
  duplicate: HikvisionError,
  options: CreateOptions,
): Promise<PersonAction> {
  const { signal, change = { name: person.name } } = options;
  // An earlier Record of ours may have taken effect although its reply was lost.
  if (unconfirmed(terminal).has(person.employeeNo)) {
    const ours = await isStored(terminal, person, signal);
    unconfirmed(terminal).delete(person.employeeNo);
    if (ours) return 'created';
  }
  if (ifExists === 'keep') return 'kept';
  if (ifExists === 'error') throw duplicate;
  await updatePerson(terminal, person.employeeNo, change, options);
  return 'updated';
}

async function updatePerson(
  terminal: Terminal,
  employeeNo: string,
  change: PersonChange,
  writing: Writing,
): Promise<void> {
  const { signal } = writing;
  const operation = 'update person';
  const stored = await readPerson(terminal, employeeNo, signal);
  try {
    const written = changedPerson(employeeNo, stored, change);
    await sendPerson(terminal, operation, MODIFY_LINE, written, writing);
    const now = stored && (await readPerson(terminal, employeeNo, signal));
    const field = now && unchangedField(now, written);
    if (field === undefined) return;
    const params = { employeeNo, field };
    throw HikvisionError.of('personNotChanged', { retryable: true, delivery: 'answered', params });
  } catch (error) {
    throw terminal.named(error, operation);
  }
}

/** As findPerson; `no search` where the terminal has none (DS-K1T672MX 3.18). */
export async function personShown(
  terminal: Terminal,
  employeeNo: string,
  signal?: AbortSignal,
): Promise<Tree | 'no search' | undefined> {
  try {
    return await findPerson(terminal, employeeNo, signal);
  } catch (error) {
    if (isNotSupported(error)) return 'no search';
    throw error;
  }
}

async function readPerson(terminal: Terminal, employeeNo: string, signal?: AbortSignal): Promise<Tree | undefined> {
  const shown = await personShown(terminal, employeeNo, signal);
  return shown === 'no search' ? undefined : shown;
}

/** Whether the terminal has this very person, as opposed to somebody else who had the number before. */
async function isStored(terminal: Terminal, person: UserInfo, signal?: AbortSignal): Promise<boolean> {
  const stored = await readPerson(terminal, person.employeeNo, signal);
  return stored !== undefined && isThisPerson(stored, person);
}

/** Whether a person that was found is as they were written, as opposed to somebody else of the same number. */
export function isThisPerson(stored: Tree, person: UserInfo): boolean {
  const valid = child(stored, 'Valid');
  const sameName = text(stored, 'name') === person.name;
  const sameValidity =
    !isTree(valid) || (text(valid, 'beginTime') ?? person.Valid.beginTime).startsWith(person.Valid.beginTime);
  return sameName && sameValidity;
}

/** Numbers of persons whose Record went out and whose reply was lost. */
const unconfirmedPersons = new WeakMap<Terminal, Set<string>>();

function unconfirmed(terminal: Terminal): Set<string> {
  const numbers = unconfirmedPersons.get(terminal) ?? new Set();
  unconfirmedPersons.set(terminal, numbers);
  return numbers;
}
