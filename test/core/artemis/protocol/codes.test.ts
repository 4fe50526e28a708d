import assert from 'node:assert/strict';

import { pauseBefore, meaningOf, normalCode } from '../../../../core/artemis/protocol/codes.js';
import english from '../../../../nodes/artemis-config/locales/en-US/artemis-config.json';
import russian from '../../../../nodes/artemis-config/locales/ru/artemis-config.json';

const TABLE = [
  ...['1', '2', '3', '4', '5', '6', '7', '8', '13', '16', '17', '64', '65', '66', '67', '68', '69'],
  ...['128', '129', '130', '131', '132', '133', '0x02401000', '0x02401001', '0x02401002', '0x02401003'],
  ...['0x02401007', '0x02401008', '0x02401009', '0x00052101', '0x00052102', '0x00052103', '0x00052104'],
  ...['0x00072001', '0x00072002', '0x00072003', '0x00072004', '0x00072201', '0x00072202', '0x00072203', '0x00072204'],
];

/** The texts below, by their path; every leaf has to be text. */
function leaves(tree: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === 'string' ? [[`${path}${key}`, value] as const] : [...leaves(value as object, `${path}${key}.`)],
    ),
  );
}

describe('codes', () => {
  it('each have a meaning and advice in both languages, with the same parameters', () => {
    const [en, ru] = [english, russian].map((file) => leaves(file['artemis-config'].errors));
    assert.ok(en && ru);
    assert.deepEqual([...en.keys()].sort(), [...ru.keys()].sort());
    for (const code of [...TABLE, 'other']) {
      assert.equal(meaningOf(code, 'hikcentral').key, code);
      for (const part of ['what', 'hint']) assert.ok((en.get(`codes.${code}.${part}`) ?? '').length > 10, code);
    }
    for (const [key, text] of en) {
      const parameters = (from: string): string[] => [...new Set(from.match(/__\w+?__/g))].sort();
      assert.deepEqual(parameters(ru.get(key) ?? ''), parameters(text), key);
    }
  });

  it('are repeated by their class', () => {
    const pauses = (code: string): (number | undefined)[] =>
      [1, 2, 3].map((repeat) => pauseBefore(meaningOf(code, 'hikcentral').repetition, repeat, () => 1));
    assert.deepEqual(pauses('3'), [500, 1000, 2000]);
    assert.deepEqual(pauses('1'), [5000, undefined, undefined]);
    assert.deepEqual(pauses('5'), [3000, 6000, 12_000]);
    assert.deepEqual(pauses('0x02401009'), [10_000, 20_000, 30_000]);
    const repeated = TABLE.filter((code) => pauses(code)[0] !== undefined);
    assert.deepEqual(repeated.join(' '), '1 3 4 5 6 16 129 133 0x02401009 0x00052101 0x00052102 0x00052103 0x00052104');
  });

  it('that are not known are errors that are never repeated', () => {
    assert.deepEqual(meaningOf('toString', 'hikcentral'), { key: 'other', repetition: 'never' });
  });

  it('are compared as text, hexadecimal ones in one form', () => {
    assert.equal(normalCode(0), '0');
    assert.equal(normalCode(' 64 '), '64');
    assert.equal(normalCode('0X2401003'), '0x02401003');
  });
});
