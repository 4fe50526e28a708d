import { isObject } from '../protocol/request-documents.js';
import { parseEdit, type Edit } from './edits.js';
import { parseFault, type Fault } from './faults.js';

/** Who comes to the door: somebody with this face, with this card, or the person with this number. */
export type Visitor = { face: string } | { card: string } | { employeeNo: string };

/** What else happens at a door. */
const HAPPENINGS = ['opened', 'closed', 'leftOpen', 'forced', 'exitButton', 'doorbell'] as const;
export type Happening = (typeof HAPPENINGS)[number];

/** What a flow can ask of a simulated terminal. */
export type Command =
  /** This face stands in front of the camera. */
  | { command: 'present'; face: string }
  /** Nobody stands there any more. */
  | { command: 'leave' }
  | { command: 'fault'; fault: Fault }
  /** Somebody edits on the terminal's own menu. */
  | { command: 'edit'; edit: Edit }
  /** Somebody comes to the door. */
  | { command: 'walkUp'; visitor: Visitor }
  /** Something happens at the door. */
  | { command: 'door'; happening: Happening }
  /** The log is empty and counts from 1. */
  | { command: 'restoreDefaults' }
  /** Another terminal hangs there now: an empty one with this serial number, or any other than before. */
  | { command: 'replace'; serialNumber?: string }
  /** Persons, faces, faults and counters are gone. */
  | { command: 'reset' };

/**
 * A command from a message: `{ present: 'name' }`, `{ present: null }` or `''`, `{ fault: … }`,
 * `{ walkUp: 'face' }` or `{ walkUp: { face | card | employeeNo: '…' } }`, `{ door: 'forced' }`, `{ restoreDefaults: true }`,
 * `{ person: { employeeNo: '1', … } }`, `{ remove: '1' }`, `{ replace: true }` or `{ replace: 'serial number' }`, `{ reset: true }`.
 * @throws Error that shows what was given, or what is wrong with the fault or the person
 */
export function parseCommand(value: unknown): Command {
  if (typeof value !== 'object' || value === null) throw new Error(String(value));
  const given = isObject(value) ? value : {};
  if (given['reset'] === true) return { command: 'reset' };
  if ('fault' in given) return { command: 'fault', fault: parseFault(given['fault']) };
  if ('person' in given || 'remove' in given) return { command: 'edit', edit: parseEdit(given) };
  if ('walkUp' in given) return { command: 'walkUp', visitor: parseVisitor(given['walkUp']) };
  if ('door' in given) return { command: 'door', happening: parseHappening(given['door']) };
  if (given['restoreDefaults'] === true) return { command: 'restoreDefaults' };
  const { replace } = given;
  if (replace === true) return { command: 'replace' };
  if (typeof replace === 'string' && replace !== '') return { command: 'replace', serialNumber: replace };
  const face = given['present'];
  if (face === null || face === '') return { command: 'leave' };
  if (typeof face === 'string') return { command: 'present', face };
  throw new Error(JSON.stringify(value));
}

function parseVisitor(value: unknown): Visitor {
  if (typeof value === 'string' && value !== '') return { face: value };
  const [[by, text] = [], more] = isObject(value) ? Object.entries(value) : [];
  if (typeof text === 'string' && text !== '' && more === undefined) {
    if (by === 'face') return { face: text };
    if (by === 'card') return { card: text };
    if (by === 'employeeNo') return { employeeNo: text };
  }
  throw new Error('walkUp is the name of a face, or one of { "face": "…" }, { "card": "…" } and { "employeeNo": "…" }');
}

function parseHappening(value: unknown): Happening {
  const found = HAPPENINGS.find((each) => each === value);
  if (found === undefined) throw new Error(`door is one of ${HAPPENINGS.join(', ')}`);
  return found;
}
