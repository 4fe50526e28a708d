import assert from 'node:assert/strict';

import { pauseBefore, meaningOf, normalCode } from '../../../../core/artemis/protocol/codes.js';
import { failedItems } from '../../../../core/artemis/protocol/item-results.js';
import { isIdempotent, operationName, operations } from '../../../../core/artemis/operations/catalogue.js';
import english from '../../../../nodes/artemis-config/locales/en-US/artemis-config.json';
import englishRequest from '../../../../nodes/artemis-request/locales/en-US/artemis-request.json';
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

describe('operations', () => {
  it('have a name in the catalogue, a path below the base path and a template', () => {
    const names: Record<string, string> = englishRequest['artemis-request'].operations;
    assert.deepEqual(operations.map(({ id }) => id).sort(), Object.keys(names).sort());
    for (const { path, body } of operations) {
      assert.match(path, /^\/api\//);
      assert.equal(typeof body, 'object');
    }
  });

  it('that change something once are not idempotent, with or without base path and query', () => {
    for (const id of ['personAdd', 'visitorAppointment', 'visitorCheckIn', 'doorControl']) {
      const { path = '' } = operations.find((operation) => operation.id === id) ?? {};
      for (const each of [path, `/artemis${path}`, path.slice(1), `${path}/`, `${path}?a=List`]) {
        assert.equal(isIdempotent('POST', each), false, each);
        assert.equal(operationName('POST', each), id);
      }
    }
    for (const id of ['personList', 'personFace', 'accessRevoke', 'version']) {
      const { path = '' } = operations.find((operation) => operation.id === id) ?? {};
      assert.equal(isIdempotent('POST', path), true, id);
    }
  });

  it('that are not in the table count as reading only where their name says so', () => {
    for (const path of ['/api/a/v1/cameraList', '/api/a/getRecord', '/api/x/searchEvents', '/api/x/doorInfo']) {
      assert.equal(isIdempotent('POST', path), true, path);
    }
    for (const path of [
      '/api/a/add',
      '/api/a/addList',
      '/api/a/getaway',
      '/api/x/batchUpdateInfo',
      '/api/a/List/add',
    ]) {
      assert.equal(isIdempotent('POST', path), false, path);
    }
    assert.equal(isIdempotent('GET', '/api/a/add'), true);
  });
});

describe('results of single items', () => {
  it('are pointed out where they did not succeed', () => {
    const failed = { doorIndexCode: '2', controlResultCode: 1 };
    assert.deepEqual(failedItems([{ doorIndexCode: '1', controlResultCode: 0 }, failed]), [failed]);
    assert.deepEqual(failedItems({ list: [failed, { controlResultCode: '0' }] }), [failed]);
    assert.deepEqual(failedItems([{ code: '7' }, 'text', null]), []);
    assert.deepEqual(failedItems('1'), []);
  });
});
