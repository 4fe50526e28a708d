import { isObject } from '../protocol/request-documents.js';
import { parseEdit, type Edit } from './edits.js';
import { parseFault, type Fault } from './faults.js';

/** What a flow can ask of a simulated terminal. */
export type Command =
  /** This face stands in front of the camera. */
  | { command: 'present'; face: string }
  /** Nobody stands there any more. */
  | { command: 'leave' }
  | { command: 'fault'; fault: Fault }
  /** Somebody edits on the terminal's own menu. */
  | { command: 'edit'; edit: Edit }
  /** Another terminal hangs there now: an empty one with this serial number, or any other than before. */
  | { command: 'replace'; serialNumber?: string }
  /** Persons, faces, faults and counters are gone. */
  | { command: 'reset' };

/**
 * A command from a message: `{ present: 'name' }`, `{ present: null }` or `''`, `{ fault: … }`,
 * `{ person: { employeeNo: '1', … } }`, `{ remove: '1' }`, `{ replace: true }` or `{ replace: 'serial number' }`, `{ reset: true }`.
 * @throws Error that shows what was given, or what is wrong with the fault or the person
 */
export function parseCommand(value: unknown): Command {
  if (typeof value !== 'object' || value === null) throw new Error(String(value));
  const given = isObject(value) ? value : {};
  if (given['reset'] === true) return { command: 'reset' };
  if ('fault' in given) return { command: 'fault', fault: parseFault(given['fault']) };
  if ('person' in given || 'remove' in given) return { command: 'edit', edit: parseEdit(given) };
  const { replace } = given;
  if (replace === true) return { command: 'replace' };
  if (typeof replace === 'string' && replace !== '') return { command: 'replace', serialNumber: replace };
  const face = given['present'];
  if (face === null || face === '') return { command: 'leave' };
  if (typeof face === 'string') return { command: 'present', face };
  throw new Error(JSON.stringify(value));
}
