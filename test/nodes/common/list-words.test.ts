import assert from 'node:assert/strict';

import type { NodeAPI } from 'node-red';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { invalid } from '../../../core/errors/invalid.js';
import { nodeError } from '../../../nodes/common/texts.js';
import russian from '../../../nodes/isapi-config/locales/ru/isapi-config.json';

/** A runtime that has no catalogue: its words are English. */
const ENGLISH = { _: (key: string) => key } as NodeAPI;

/** A runtime with the Russian catalogue, as Node-RED says its texts. */
const RUSSIAN = {
  _: (name: string, params: Record<string, string>) => {
    let found: unknown = russian;
    for (const step of name.replace(/^.*:/, '').split('.')) found = (found as Record<string, unknown>)[step];
    return String(found).replace(/__(\w+?)__/g, (whole, param: string) => params[param] ?? whole);
  },
} as unknown as NodeAPI;

interface Caught extends Error {
  code: string;
  cause: { hint: string; persons?: Record<string, string>[] };
}

function refused(failures: [label: string, failure: HikvisionError][], count = failures.length): HikvisionError {
  const items = failures.map(([label, failure]) => ({ label, failure }));
  return HikvisionError.of('input.persons', { params: { field: 'persons', count, list: '' }, items });
}

const TWO = refused([
  ['3 (00012)', invalid('nameMissing', 'name')],
  ['7 (00016)', invalid('cardsMany', 'cards', { limit: 5 })],
]);

describe('the words of a list in which several entries cannot be used', () => {
  it('name each of them, in the language of the server', () => {
    assert.equal(
      nodeError(ENGLISH, TWO).message,
      'Entries of the list that cannot be used: 2. Row 3 (00012): name is missing. Row 7 (00016): cards has more than 5 cards. ' +
        'Correct the list and send it again; nothing was sent to the terminal.',
    );
    assert.match(
      nodeError(RUSSIAN, TWO).message,
      /: 2\. Строка 3 \(00012\): .+\. Строка 7 \(00016\): cards: карт больше/,
    );
  });

  it('stand in cause.persons for programs, with what to do', () => {
    const { cause } = nodeError(ENGLISH, TWO) as Caught;
    assert.deepEqual(
      cause.persons?.map(({ row, code, reason, what }) => [row, code, reason, what]),
      [
        ['3 (00012)', 'INVALID_INPUT', 'input.nameMissing', 'name is missing.'],
        ['7 (00016)', 'INVALID_INPUT', 'input.cardsMany', 'cards has more than 5 cards.'],
      ],
    );
    assert.ok(cause.persons.every(({ hint = '' }) => hint.length > 10));
  });

  it('are absent where one error is about one thing', () => {
    assert.equal('persons' in (nodeError(ENGLISH, invalid('cards', 'cards')) as Caught).cause, false);
  });

  it('say how many more there are, and are bounded and printable whatever stands in the list', () => {
    const long = HikvisionError.of('input.property', {
      params: { field: 'f\u0007\n'.repeat(400), detail: 'd'.repeat(900) },
    });
    const many = refused(
      Array.from({ length: 20 }, (_, index) => [`${index + 1} (\u001b${'9'.repeat(500)})`, long]),
      300,
    );
    const { message } = nodeError(ENGLISH, many);
    assert.match(message, /Row 1 \(.*Row 20 \(/);
    assert.ok(message.length < 7000, String(message.length));
    // eslint-disable-next-line no-control-regex -- control characters are what has to go
    assert.doesNotMatch(message, /[\u0000-\u001f]/);
    const short = refused(
      Array.from({ length: 20 }, (_, index) => [`${index + 1}`, invalid('cards', 'cards')]),
      300,
    );
    assert.match(nodeError(ENGLISH, short).message, /Row 20: .* And 280 more\. Correct/);
  });
});
