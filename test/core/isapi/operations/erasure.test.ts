import assert from 'node:assert/strict';

import { assertErasesOnlyNamed } from '../../../../core/isapi/operations/erasure.js';

const PERSONS = '/ISAPI/AccessControl/UserInfo/Delete';
const DETAIL = '/ISAPI/AccessControl/UserInfoDetail/Delete';
const CARDS = '/ISAPI/AccessControl/CardInfo/Delete';
const FACES = '/ISAPI/Intelligent/FDLib/FDSearch/Delete';
const JSON_QUERY = '?format=json';
const one = [{ employeeNo: '7' }];
const detail = { UserInfoDetail: { mode: 'byEmployeeNo', EmployeeNoList: one } };

type Body = object | string | Buffer | undefined;

function send(method: string, path: string, body: Body, plainPath = path.replace(/\?.*$/, ''), kind = 'json'): void {
  const text = typeof body === 'object' && !Buffer.isBuffer(body) ? JSON.stringify(body) : body;
  const bytes = text === undefined ? undefined : Buffer.from(text);
  assertErasesOnlyNamed({ method, path, plainPath, body: bytes, kind });
}

describe('a call that erases', () => {
  for (const [what, path, body] of [
    ['persons by number', PERSONS + JSON_QUERY, { UserInfoDelCond: { EmployeeNoList: one } }],
    [
      'persons by a number that is none in quotes',
      PERSONS + JSON_QUERY,
      '{"UserInfoDelCond":{"EmployeeNoList":[{"employeeNo":7}]}}',
    ],
    [
      'persons written with blanks',
      PERSONS + JSON_QUERY,
      ' {\n "UserInfoDelCond" : { "EmployeeNoList": [ {"employeeNo": "7"} ] } }\n',
    ],
    ['details by number', DETAIL + JSON_QUERY, detail],
    ['cards by number', CARDS + JSON_QUERY, { CardInfoDelCond: { CardNoList: [{ cardNo: '0001' }] } }],
    ['cards of a person', CARDS + JSON_QUERY, { CardInfoDelCond: { EmployeeNoList: one } }],
    ['faces of a library', `${FACES}?format=json&FDID=1&faceLibType=blackFD`, { FPID: [{ value: '7' }] }],
  ] as [string, string, Body][]) {
    it(`is let through where it names ${what}`, () => send('PUT', path, body));
  }

  for (const [what, method, path, body] of [
    ['has no body', 'PUT', PERSONS + JSON_QUERY, undefined],
    ['has an empty body', 'PUT', PERSONS + JSON_QUERY, ''],
    ['has no list', 'PUT', PERSONS + JSON_QUERY, { UserInfoDelCond: {} }],
    ['has an empty list', 'PUT', PERSONS + JSON_QUERY, { UserInfoDelCond: { EmployeeNoList: [] } }],
    ['has a list that is an object', 'PUT', PERSONS + JSON_QUERY, { UserInfoDelCond: { EmployeeNoList: one[0] } }],
    ['has a bare list', 'PUT', PERSONS + JSON_QUERY, { EmployeeNoList: one }],
    ['is a list', 'PUT', PERSONS + JSON_QUERY, [{ UserInfoDelCond: { EmployeeNoList: one } }]],
    ['has two roots', 'PUT', PERSONS + JSON_QUERY, { UserInfoDelCond: { EmployeeNoList: one }, x: {} }],
    ['has a key beside the list', 'PUT', PERSONS + JSON_QUERY, { UserInfoDelCond: { EmployeeNoList: one, all: true } }],
    [
      'has an entry without a number',
      'PUT',
      PERSONS + JSON_QUERY,
      { UserInfoDelCond: { EmployeeNoList: [...one, {}] } },
    ],
    [
      'has an entry with an empty number',
      'PUT',
      PERSONS + JSON_QUERY,
      { UserInfoDelCond: { EmployeeNoList: [{ employeeNo: '' }] } },
    ],
    [
      'has an entry of blanks',
      'PUT',
      PERSONS + JSON_QUERY,
      { UserInfoDelCond: { EmployeeNoList: [{ employeeNo: ' ' }] } },
    ],
    [
      'has an entry with more keys',
      'PUT',
      PERSONS + JSON_QUERY,
      { UserInfoDelCond: { EmployeeNoList: [{ employeeNo: '7', x: 1 }] } },
    ],
    ['has the root of another call', 'PUT', PERSONS + JSON_QUERY, detail],
    [
      'has the list of another call',
      'PUT',
      PERSONS + JSON_QUERY,
      { UserInfoDelCond: { CardNoList: [{ cardNo: '1' }] } },
    ],
    [
      'has two lists',
      'PUT',
      CARDS + JSON_QUERY,
      { CardInfoDelCond: { EmployeeNoList: one, CardNoList: [{ cardNo: '1' }] } },
    ],
    [
      'is XML',
      'PUT',
      PERSONS + JSON_QUERY,
      '<UserInfoDelCond><EmployeeNoList><employeeNo>7</employeeNo></EmployeeNoList></UserInfoDelCond>',
    ],
    [
      'names a key twice',
      'PUT',
      PERSONS + JSON_QUERY,
      '{"UserInfoDelCond":{"EmployeeNoList":[],"EmployeeNoList":[{"employeeNo":"7"}]}}',
    ],
    [
      'names a root twice',
      'PUT',
      PERSONS + JSON_QUERY,
      '{"UserInfoDelCond":{},"UserInfoDelCond":{"EmployeeNoList":[{"employeeNo":"7"}]}}',
    ],
    [
      'escapes a name',
      'PUT',
      PERSONS + JSON_QUERY,
      '{"UserInfoDelCond":{"Employee\\u004eoList":[{"employeeNo":"7"}]}}',
    ],
    [
      'has a __proto__',
      'PUT',
      PERSONS + JSON_QUERY,
      '{"UserInfoDelCond":{"__proto__":{"EmployeeNoList":[{"employeeNo":"7"}]}}}',
    ],
    [
      'has something behind',
      'PUT',
      PERSONS + JSON_QUERY,
      '{"UserInfoDelCond":{"EmployeeNoList":[{"employeeNo":"7"}]}}{}',
    ],
    [
      'begins with a byte order mark',
      'PUT',
      PERSONS + JSON_QUERY,
      '\ufeff{"UserInfoDelCond":{"EmployeeNoList":[{"employeeNo":"7"}]}}',
    ],
    [
      'has bytes that are no text',
      'PUT',
      PERSONS + JSON_QUERY,
      Buffer.from('{"UserInfoDelCond":{"EmployeeNoList":[{"employeeNo":"\xff"}]}}', 'latin1'),
    ],
    ['has the mode all', 'PUT', DETAIL + JSON_QUERY, { UserInfoDetail: { mode: 'all', EmployeeNoList: one } }],
    ['has no mode', 'PUT', DETAIL + JSON_QUERY, { UserInfoDetail: { EmployeeNoList: one } }],
    [
      'has a mode in other letters',
      'PUT',
      DETAIL + JSON_QUERY,
      { UserInfoDetail: { mode: 'ByEmployeeNo', EmployeeNoList: one } },
    ],
    ['does not say that it is JSON', 'PUT', PERSONS, { UserInfoDelCond: { EmployeeNoList: one } }],
    ['says that it is XML', 'PUT', `${PERSONS}?format=xml`, { UserInfoDelCond: { EmployeeNoList: one } }],
    ['says its format twice', 'PUT', `${PERSONS}?format=json&format=xml`, { UserInfoDelCond: { EmployeeNoList: one } }],
    ['is sent by POST', 'POST', PERSONS + JSON_QUERY, { UserInfoDelCond: { EmployeeNoList: one } }],
    ['erases a face library', 'DELETE', '/ISAPI/Intelligent/FDLib?format=json&FDID=1&faceLibType=blackFD', undefined],
    ['erases all face libraries', 'DELETE', '/ISAPI/Intelligent/FDLib', undefined],
    ['has no faces', 'PUT', `${FACES}?format=json&FDID=1&faceLibType=blackFD`, { FPID: [] }],
    ['restores the factory settings', 'PUT', '/ISAPI/System/factoryReset?mode=full', undefined],
    ['restores the factory settings, older firmware', 'PUT', '/ISAPI/System/factoryDefault', undefined],
    [
      'clears what was configured',
      'PUT',
      '/ISAPI/AccessControl/ClearPlansCfg?format=json',
      { ClearPlansCfg: { ClearFlags: {} } },
    ],
    ['formats the storage', 'PUT', '/ISAPI/ContentMgmt/Storage/hdd/1/format', undefined],
    [
      'deletes by a flag',
      'PUT',
      '/ISAPI/AccessControl/UserInfo/SetUp?format=json',
      { UserInfo: { employeeNo: '', deleteUser: true } },
    ],
    [
      'deletes by a flag with an escape',
      'PUT',
      '/ISAPI/AccessControl/CardInfo/SetUp?format=json',
      '{"CardInfo":{"delete\\u0043ard":true}}',
    ],
    [
      'deletes by a flag in XML',
      'PUT',
      '/ISAPI/AccessControl/CardInfo/SetUp',
      '<CardInfo><x:deleteCard>true</x:deleteCard></CardInfo>',
    ],
  ] as [string, string, string, Body][]) {
    it(`is refused where it ${what}`, () => {
      assert.throws(() => send(method, path, body), { code: 'INVALID_INPUT' });
    });
  }

  it('is known however its path is written', () => {
    for (const path of [
      PERSONS.toUpperCase(),
      '/ISAPI/AccessControl//UserInfo/Delete/',
      '/ISAPI/AccessControl/UserInfo/%44elete',
    ]) {
      const plain = decodeURIComponent(path)
        .replace(/\/{2,}/g, '/')
        .replace(/\/$/, '');
      assert.throws(() => send('PUT', `${path}${JSON_QUERY}`, {}, plain), { code: 'INVALID_INPUT' });
    }
    assert.throws(() =>
      send('PUT', PERSONS + JSON_QUERY, { UserInfoDelCond: { EmployeeNoList: one } }, PERSONS, 'raw'),
    );
    // Written otherwise than recorded, it is not sent even with its list.
    assert.throws(() =>
      send(
        'PUT',
        `/ISAPI/AccessControl/UserInfo/%44elete${JSON_QUERY}`,
        { UserInfoDelCond: { EmployeeNoList: one } },
        PERSONS,
      ),
    );
  });

  it('is not seen in calls that erase nothing', () => {
    send('PUT', '/ISAPI/AccessControl/RemoteControl/door/1', '<RemoteControlDoor><cmd>open</cmd></RemoteControlDoor>');
    send('POST', '/ISAPI/AccessControl/UserInfo/Record?format=json', { UserInfo: { employeeNo: '1', name: 'Delete' } });
    send('DELETE', '/ISAPI/Event/notification/httpHosts/1', undefined);
    send('GET', DETAIL, undefined);
  });

  it('is looked at in time that grows with its length only', () => {
    const long = `{"UserInfoDelCond":{"EmployeeNoList":[${'{"employeeNo":"1"},'.repeat(200_000)}{"employeeNo":"1"}]}}`;
    send('PUT', PERSONS + JSON_QUERY, long);
    assert.throws(() => send('PUT', PERSONS + JSON_QUERY, '\\"'.repeat(2_000_000)));
  });
});
