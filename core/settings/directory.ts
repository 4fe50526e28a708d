import * as connection from './connection.js';
import { choice, text } from './kinds.js';
import { rule, withRule, type Rule } from './rule.js';

/** How many logins a directory can have. */
export const LOGINS = 6;

/** Where the terminals of a directory stand. */
export const source = choice(['table', 'file']);

/** The table in the dialog. Its rows are judged one by one where they are used: one with a mistake stops no other. */
export const terminals: Rule<readonly unknown[], 'rows'> = rule<readonly unknown[], 'rows'>(
  'any',
  { value: [] },
  (value) => (Array.isArray(value) ? { value: value as readonly unknown[] } : { refused: 'rows' }),
  { when: { source: ['table'] } },
);

/** The path of a JSON or CSV file; relative to Node-RED's user directory. */
export const file: Rule<string, 'fileMissing' | 'notText'> = withRule<string, 'fileMissing' | 'notText'>(
  text() as Rule<string, 'notText'>,
  { default: 'terminals.csv', blank: { refused: 'fileMissing' }, when: { source: ['file'] } },
);

/** Names the credentials of the login with this number, from 1. */
export function loginFields(number: number): { name: string; username: string; password: string } {
  return { name: `login${number}`, username: `username${number}`, password: `password${number}` };
}

/** The rules of all logins. */
export function loginSettings(): Record<string, Rule<string>> {
  const rules: Record<string, Rule<string>> = {};
  for (let number = 1; number <= LOGINS; number += 1) {
    const fields = loginFields(number);
    rules[fields.name] = withRule(text(), { credential: 'text' });
    rules[fields.username] = connection.username;
    rules[fields.password] = connection.secret;
  }
  return rules;
}
