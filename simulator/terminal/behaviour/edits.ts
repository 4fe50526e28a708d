import { isObject, type JsonObject } from '../protocol/request-documents.js';

/** What somebody does on the terminal's own menu. */
export type Edit =
  /** A new person, or other fields of one who is there. */
  | { edit: 'person'; employeeNo: string; UserInfo: JsonObject; face?: string | null; cards?: string[] }
  | { edit: 'remove'; employeeNo: string };

/** An edit as messages write it: any fields of UserInfo beside the number, the face by its name, and all card numbers. */
export type EditRequest =
  { person: JsonObject & { employeeNo: string; face?: string | null; cards?: readonly string[] } } | { remove: string };

/**
 * `{ person: { employeeNo, name?, face?, cards?, … } }`, where a face of null takes the face away and cards are all that the
 * person has from then on; or `{ remove: 'employeeNo' }`.
 * @throws Error that names what is wrong with it
 */
export function parseEdit(value: unknown): Edit {
  const { person, remove } = isObject(value) ? value : {};
  if (typeof remove === 'string' && remove !== '') return { edit: 'remove', employeeNo: remove };
  if (!isObject(person)) throw new Error('An edit is { "person": { "employeeNo": "…", … } } or { "remove": "…" }');
  const { employeeNo, face, cards, ...UserInfo } = person;
  if (typeof employeeNo !== 'string' || employeeNo === '') throw new Error('employeeNo of a person is a text');
  if (face !== undefined && face !== null && (typeof face !== 'string' || face === '')) {
    throw new Error('face of a person is the name of a face, or null');
  }
  if (cards !== undefined && !isTexts(cards)) throw new Error('cards of a person are a list of texts');
  return {
    edit: 'person',
    employeeNo,
    UserInfo,
    ...(face !== undefined && { face }),
    ...(cards !== undefined && { cards }),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
