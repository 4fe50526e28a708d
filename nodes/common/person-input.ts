import type { PersonInput } from '../../core/isapi/operations/person/user-info.js';
import { personSettings } from '../../core/settings/steps.js';
import { isFromElsewhere } from '../../core/settings/typed.js';
import { isBlank } from '../../core/settings/values.js';
import { typedInput } from './typed-input.js';

type Field = keyof PersonInput & keyof typeof personSettings;

const FIELDS = Object.keys(personSettings) as Field[];

/** The person whom a message is about, not judged yet. */
export async function personFields(input: (name: Field) => Promise<unknown>): Promise<PersonInput> {
  const fields: Partial<PersonInput> = {};
  for (const name of FIELDS) fields[name] = await input(name);
  return fields as PersonInput;
}

/** The fields whose value does not stand in the dialog. An environment variable that is not set gives none. */
export function fromMessage(config: object, fields: PersonInput): Set<string> {
  const names = FIELDS.filter((name) => {
    const { type } = typedInput(personSettings, config, name);
    return isFromElsewhere(type) && !(type === 'env' && isBlank(fields[name]));
  });
  return new Set(names);
}
