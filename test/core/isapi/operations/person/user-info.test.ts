import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../../../../core/errors/hikvision-error.js';
import { userInfo, type PersonInput } from '../../../../../core/isapi/operations/person/user-info.js';
import { inEnglish } from '../../../../harness/in-english.js';

const BLANK: PersonInput = {
  ...{ employeeNo: '1', fullName: 'Anna', userType: '', gender: '', groupId: '', beginTime: '', endTime: '' },
  ...{ timeType: '', validEnabled: '', doorRight: '', planTemplateNo: '', extra: '' },
};
const NOON = new Date('2026-02-03T12:00:00Z');

function info(given: Partial<PersonInput>): Record<string, unknown> & { Valid: Record<string, unknown> } {
  return { ...userInfo({ ...BLANK, timeType: 'UTC', ...given }, NOON) };
}

describe('what create-user sends', () => {
  it('is valid from now on for ten years, and opens no door, when everything is blank', () => {
    assert.deepEqual(info({ fullName: 'Анна' }), {
      employeeNo: '1',
      name: 'Анна',
      userType: 'normal',
      gender: 'unknown',
      localUIRight: false,
      Valid: { enable: true, beginTime: '2026-02-03T12:00:00', endTime: '2036-02-03T12:00:00', timeType: 'UTC' },
      doorRight: '',
      RightPlan: [],
    });
  });

  for (const [words, given, field, expected] of [
    ['leading zeros', { employeeNo: '000123' }, 'employeeNo', '000123'],
    ['a whole number', { employeeNo: 42 }, 'employeeNo', '42'],
    ['32 characters', { employeeNo: 'x'.repeat(32) }, 'employeeNo', 'x'.repeat(32)],
    ['128 characters of a name', { fullName: 'ж'.repeat(128) }, 'name', 'ж'.repeat(128)],
    ['blacklist as tutorials write it', { userType: 'blacklist' }, 'userType', 'blackList'],
    ['two doors', { doorRight: '1,2' }, 'doorRight', '1,2'],
    ['a group', { groupId: '7' }, 'groupId', 7],
    ['utc in small letters', { timeType: 'utc' }, 'Valid', { ...info({}).Valid, timeType: 'UTC' }],
    ['any other field', { extra: { password: '1234' } }, 'password', '1234'],
  ] as [string, Partial<PersonInput>, string, unknown][]) {
    it(`takes ${words}`, () => assert.deepEqual(info(given)[field], expected));
  }

  for (const [words, given, plan] of [
    ['one schedule for every door', { doorRight: '1,2', planTemplateNo: 5 }, ['1: 5', '2: 5']],
    ['one schedule for each door', { doorRight: '1, 2', planTemplateNo: '5,7' }, ['1: 5', '2: 7']],
    ['the schedule "always" where none is named', { doorRight: 3 }, ['3: 1']],
    ['no schedule where there is no door', { doorRight: ' ', planTemplateNo: '5,7' }, []],
  ] as [string, Partial<PersonInput>, string[]][]) {
    it(`gives ${words}`, () => {
      const plans = info(given)['RightPlan'] as { doorNo: number; planTemplateNo: string }[];
      assert.deepEqual(
        plans.map(({ doorNo, planTemplateNo }) => `${doorNo}: ${planTemplateNo}`),
        plan,
      );
    });
  }

  it('merges extra last', () => {
    assert.equal(info({ gender: 'male', extra: { gender: 'female' } })['gender'], 'female');
  });

  it('merges extra inside objects too', () => {
    const { Valid } = info({ extra: { Valid: { enable: false } } });
    assert.deepEqual(Valid, { ...info({}).Valid, enable: false });
  });

  it('takes what extra has in place of an object, a list, or nothing', () => {
    const { Valid, RightPlan, PersonInfoExtends } = info({
      extra: { Valid: 'always', RightPlan: [{ doorNo: 2 }], PersonInfoExtends: { id: 1 } },
    });
    assert.deepEqual([Valid, RightPlan, PersonInfoExtends], ['always', [{ doorNo: 2 }], { id: 1 }]);
  });

  it('lets nothing in extra change what every object has', () => {
    const { Valid } = info({ extra: JSON.parse('{"Valid":{"__proto__":{"enable":false,"evil":true}}}') });
    assert.deepEqual(Valid, info({}).Valid);
    assert.equal(Valid['evil'], undefined);
  });

  it('stores who may not enter', () => {
    assert.deepEqual(info({ validEnabled: false }).Valid, { ...info({}).Valid, enable: false });
    assert.deepEqual(info({ validEnabled: 'false' }).Valid, { ...info({}).Valid, enable: false });
  });

  it('ends no later than terminals can tell', () => {
    assert.equal(info({ beginTime: '2030-01-01T00:00:00' }).Valid['endTime'], '2037-12-31T23:59:59');
  });

  it('ends on 28 February where it would end on a day that does not exist', () => {
    assert.equal(info({ beginTime: '2024-02-29T08:00:00' }).Valid['endTime'], '2034-02-28T08:00:00');
  });

  it('refuses to begin at the last second that terminals can tell, since it could not end', () => {
    const last = '2037-12-31T23:59:59';
    assert.throws(() => info({ beginTime: last }), {
      ...{ reason: 'input.endBeforeBegin', params: { field: 'endTime', beginTime: last, endTime: last } },
    });
  });

  for (const [words, given, field] of [
    ['no number', { employeeNo: '' }, 'employeeNo'],
    ['33 characters', { employeeNo: 'x'.repeat(33) }, 'employeeNo'],
    ['a number that is no ASCII', { employeeNo: 'Ж1' }, 'employeeNo'],
    ['a number with a blank', { employeeNo: '1 2' }, 'employeeNo'],
    ['a number with a line break', { employeeNo: '1\r\n2' }, 'employeeNo'],
    ['half a number', { employeeNo: 1.5 }, 'employeeNo'],
    ['an object', { employeeNo: {} }, 'employeeNo'],
    ['no name', { fullName: '' }, 'fullName'],
    ['a name of blanks', { fullName: '  ' }, 'fullName'],
    ['a name from a list in Windows-1251 read as UTF-8', { fullName: '\ufffd\ufffd\ufffd\ufffd' }, 'fullName'],
    ['half a character', { fullName: 'a\ud83d' }, 'fullName'],
    [
      'U+FFFD deep in extra',
      { extra: { PersonInfoExtends: [{ value: 'a\ufffd' }] } },
      'extra.PersonInfoExtends.0.value',
    ],
    ['a line break in extra', { extra: { dept: 'a\nb' } }, 'extra.dept'],
    ['an enabled that is neither true nor false', { validEnabled: 'yes' }, 'validEnabled'],
    ['129 characters of a name', { fullName: 'x'.repeat(129) }, 'fullName'],
    ['a name that is no text', { fullName: 5 }, 'fullName'],
    ['a name with a control character', { fullName: 'a\u0000b' }, 'fullName'],
    ['an unknown type', { userType: 'admin' }, 'userType'],
    ['a name that every object has', { userType: 'constructor' }, 'userType'],
    ['an unknown gender', { gender: 'x' }, 'gender'],
    ['an unknown time type', { timeType: 'GMT' }, 'timeType'],
    ['a group that is no number', { groupId: 'sales' }, 'groupId'],
    ['a door that is no number', { doorRight: 'front' }, 'doorRight'],
    ['a plan that is no number', { planTemplateNo: 'all day' }, 'planTemplateNo'],
    ['two plans for three doors', { doorRight: '1,2,3', planTemplateNo: '1,2' }, 'planTemplateNo'],
    ['two plans for one door', { doorRight: '1', planTemplateNo: '1,2' }, 'planTemplateNo'],
    ['a day that does not exist', { beginTime: '2026-02-30T00:00:00' }, 'beginTime'],
    ['a begin before 2000', { beginTime: '1999-12-31T23:59:59' }, 'beginTime'],
    ['an end after 2037', { endTime: '2038-01-01T00:00:00' }, 'endTime'],
    ['an end that is no time', { endTime: 'tomorrow' }, 'endTime'],
    ['an end before the begin', { beginTime: '2026-02-01T00:00:00', endTime: '2026-01-01T00:00:00' }, 'endTime'],
    ['extra that is no object', { extra: [1] }, 'extra'],
    ['a PIN of more than 8 digits', { extra: { password: '123456789' } }, 'extra.password'],
    ['a PIN that is a number', { extra: { password: 1234 } }, 'extra.password'],
    ['another number in extra', { extra: { employeeNo: '2' } }, 'extra'],
  ] as [string, Partial<PersonInput>, string][]) {
    it(`refuses ${words} and names ${field}`, () => {
      assert.throws(
        () => info(given),
        (error: unknown) => {
          assert.ok(error instanceof HikvisionError);
          assert.equal(error.code, 'INVALID_INPUT');
          assert.equal(error.cause.retryable, false);
          assert.match(inEnglish(error).message, new RegExp(field));
          return true;
        },
      );
    });
  }
});
