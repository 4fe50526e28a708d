import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { removeCreated } from '../../../../../core/isapi/operations/registration/created-person.js';
import type { Tree } from '../../../../../core/isapi/protocol/document.js';
import { personOf } from '../../../../harness/proof/lab.js';
import { withScript } from '../../../../harness/proof/scripted-terminal.js';

const SEARCH = 'POST /ISAPI/AccessControl/UserInfo/Search?format=json';
const DELETE = 'PUT /ISAPI/AccessControl/UserInfo/Delete?format=json';

describe('a person whom a registration has created', () => {
  const person = personOf('1');
  const { signal } = new AbortController();

  for (const [words, shown, isRemoved] of [
    ['without a face and a card', { ...person, numOfFace: 0, numOfCard: 0 }, true],
    ['of whose cards nothing is said', { ...person, numOfFace: 0 }, true],
    ['with a card', { ...person, numOfFace: 0, numOfCard: 1 }, false],
    ['with a face', { ...person, numOfFace: 1, numOfCard: 0 }, false],
    ['of whose faces nothing is said', { ...person, numOfCard: 0 }, false],
    ['of another name', { ...person, name: 'Boris', numOfFace: 0, numOfCard: 0 }, false],
    ['of another number', { ...person, employeeNo: '2', numOfFace: 0, numOfCard: 0 }, false],
  ] as [string, Tree, boolean][]) {
    it(`${isRemoved ? 'is taken away' : 'stays'} ${words}`, () => {
      const deleted: unknown[] = [];
      return withScript(
        ({ path, body }) => {
          if (path.includes('Search')) return { body: JSON.stringify({ UserInfoSearch: { UserInfo: [shown] } }) };
          deleted.push(JSON.parse(body));
          return { body: '{"statusCode":1,"subStatusCode":"ok"}' };
        },
        async (terminal, requests) => {
          assert.equal(await removeCreated(terminal, person, signal), isRemoved);
          assert.deepEqual(requests, isRemoved ? [SEARCH, DELETE] : [SEARCH]);
          const one = { UserInfoDelCond: { EmployeeNoList: [{ employeeNo: '1' }] } };
          assert.deepEqual(deleted, isRemoved ? [one] : []);
        },
      );
    });
  }
});
