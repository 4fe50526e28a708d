import type { Edit } from '../behaviour/edits.js';
import type { TerminalState } from './terminal-state.js';

/** Does what somebody does on the terminal's own menu; who is not there is removed already. @throws Refusal */
export function applyEdit({ persons, cards, faceLibrary }: TerminalState, edit: Edit): void {
  const { employeeNo } = edit;
  if (edit.edit === 'remove') {
    persons.delete({ EmployeeNoList: [{ employeeNo }] });
    return;
  }
  persons.edit({ ...edit.UserInfo, employeeNo });
  if (edit.face === null) faceLibrary.erase(employeeNo);
  else if (edit.face !== undefined) faceLibrary.edit(employeeNo, edit.face);
  if (edit.cards === undefined) return;
  const { cards: present } = persons.require(employeeNo);
  const left = present.filter((cardNo) => edit.cards?.includes(cardNo) === false);
  if (left.length > 0) cards.delete({ CardNoList: left.map((cardNo) => ({ cardNo })) });
  for (const cardNo of edit.cards) cards.setUp({ employeeNo, cardNo });
}
