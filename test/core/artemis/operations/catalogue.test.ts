import assert from 'node:assert/strict';

import { isIdempotent, operationName, operations } from '../../../../core/artemis/operations/catalogue.js';
import english from '../../../../nodes/artemis-request/locales/en-US/artemis-request.json';

describe('operations', () => {
  it('have a name in the catalogue, a path below the base path and a template', () => {
    const names: Record<string, string> = english['artemis-request'].operations;
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
