import { number } from '../../protocol/document.js';
import type { Terminal } from '../../terminal/terminal.js';
import { namingRight } from '../missing-right.js';
import { facesOf, findPerson, isThisPerson } from '../person/person.js';
import type { UserInfo } from '../person/user-info.js';

/**
 * Takes a person away whom a registration has created, where they are as they were created: without a face and without a
 * card. Whoever has got one meanwhile is somebody else's work, and where the terminal does not show it nobody can tell.
 * @returns whether the person was taken away; a failure of the terminal means no, and is not thrown
 */
export async function removeCreated(terminal: Terminal, person: UserInfo, signal: AbortSignal): Promise<boolean> {
  try {
    const stored = await findPerson(terminal, person.employeeNo, signal);
    const isAsCreated =
      stored && isThisPerson(stored, person) && facesOf(stored) === 0 && (number(stored, 'numOfCard') ?? 0) === 0;
    if (!isAsCreated) return false;
    await removePerson(terminal, person.employeeNo, signal);
    return true;
  } catch {
    return false;
  }
}

/** The list names exactly one person: without it, a terminal removes everybody. */
async function removePerson(terminal: Terminal, employeeNo: string, signal: AbortSignal): Promise<void> {
  const condition = { UserInfoDelCond: { EmployeeNoList: [{ employeeNo }] } };
  await terminal
    .call({
      operation: 'remove person',
      method: 'PUT',
      path: '/ISAPI/AccessControl/UserInfo/Delete?format=json',
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify(condition)),
      policy: 'repeatable',
      signal,
    })
    .catch(namingRight('right.persons'));
}
