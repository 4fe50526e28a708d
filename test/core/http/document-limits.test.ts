import assert from 'node:assert/strict';

import { jsonExcess, MOST_LEVELS, MOST_VALUES } from '../../../core/http/document-limits.js';
import { readAnswer } from '../../../core/artemis/protocol/reply.js';
import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { readLoginState } from '../../../core/isapi/login/login-state.js';
import { readDocument } from '../../../core/isapi/protocol/document.js';
import { readReply } from '../../../core/isapi/protocol/reply.js';
import { httpReply } from '../../harness/terminal/strict-login.js';

const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const trees = (depth: number): string => '{"a":'.repeat(depth) + '0' + '}'.repeat(depth);
const elements = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);

function excess(text: string): string | undefined {
  return jsonExcess(Buffer.from(text));
}

function failure(read: () => unknown): [code: string, reason: string, retryable: boolean] {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof HikvisionError, String(error));
    return [error.code, error.reason, error.cause.retryable];
  }
  return assert.fail('was read');
}

describe('the limits of a document', () => {
  it(`are ${String(MOST_LEVELS)} levels`, () => {
    for (const nested of [lists, trees]) {
      assert.equal(excess(nested(MOST_LEVELS)), undefined);
      assert.equal(excess(nested(MOST_LEVELS + 1)), 'tooDeep');
    }
    assert.equal(excess(lists(MOST_LEVELS) + lists(MOST_LEVELS)), undefined);
    assert.equal(excess('['.repeat(10_000_000)), 'tooDeep');
  });

  it('are a number of values, where objects and lists count for more', () => {
    assert.equal(excess(`[${'0,'.repeat(MOST_VALUES - 5)}0]`), undefined);
    assert.equal(excess(`[${'0,'.repeat(MOST_VALUES)}0]`), 'tooManyValues');
    assert.equal(excess(`[${'{},'.repeat(MOST_VALUES / 6 - 10)}0]`), undefined);
    assert.equal(excess(`[${'{},'.repeat(MOST_VALUES / 6)}0]`), 'tooManyValues');
  });

  it('are not about what stands in strings', () => {
    assert.equal(excess(`["${'[{,'.repeat(100_000)}"]`), undefined);
    assert.equal(excess(`["\\"${'['.repeat(100)}\\\\\\"${'['.repeat(100)}"]`), undefined);
    assert.equal(excess(`["\\\\",${lists(MOST_LEVELS)}]`), 'tooDeep');
    assert.equal(excess('["never closed'), undefined);
    assert.equal(excess('["\\'), undefined);
  });

  for (const [what, text] of [
    ['JSON', trees(2000)],
    ['a list', `{"a":${lists(2000)}}`],
    ['XML', elements(2000)],
  ] as const) {
    it(`of a terminal: ${what} nested 2,000 deep is refused, with a status of success or without one`, () => {
      assert.deepEqual(
        failure(() => readReply(httpReply(200, {}, text))),
        ['BAD_REPLY', 'tooDeep', false],
      );
      assert.deepEqual(
        failure(() => readReply(httpReply(503, {}, text))),
        ['BAD_REPLY', 'inTrouble', true],
      );
      assert.equal(readDocument(Buffer.from(text)), undefined);
      // A 401 with such a body is still the rejection that it is.
      assert.deepEqual(readLoginState(Buffer.from(text)), { locked: false, unlockSeconds: 0 });
    });
  }

  it('of a terminal: XML as deep as JSON may be is read', () => {
    assert.equal(readReply(httpReply(200, {}, elements(MOST_LEVELS))).document?.root, 'a');
  });

  for (const text of [`[${'[],'.repeat(50_000)}0]`, `<a>${'<b/>'.repeat(50_000)}</a>`]) {
    it(`of a terminal: ${text.slice(0, 10)}… with 50,000 parts is refused`, () => {
      assert.deepEqual(
        failure(() => readReply(httpReply(200, {}, text))),
        ['BAD_REPLY', 'tooManyValues', false],
      );
    });
  }

  it('of a gateway are the same, and a proxy in trouble is still one', () => {
    const answer = (status: number, data: string) => () =>
      readAnswer({ ...httpReply(status), body: Buffer.from(`{"code":"0","msg":"","data":${data}}`) });
    assert.deepEqual(failure(answer(200, trees(2000))), ['BAD_REPLY', 'tooDeep', false]);
    assert.deepEqual(failure(answer(200, `[${'[],'.repeat(50_000)}0]`)), ['BAD_REPLY', 'tooManyValues', false]);
    assert.deepEqual(failure(answer(503, trees(2000))), ['BAD_REPLY', 'inTrouble', true]);
    assert.equal(answer(200, trees(MOST_LEVELS - 1))().code, '0');
  });
});
