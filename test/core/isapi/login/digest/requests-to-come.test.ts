import assert from 'node:assert/strict';

import type { RequestLine } from '../../../../../core/isapi/login/digest/authorization.js';
import { RequestsToCome } from '../../../../../core/isapi/login/digest/requests-to-come.js';

const line = (name: string): RequestLine => ({ method: 'PUT', target: `/${name}` });
const lines = (names: string): RequestLine[] => names.split('').map(line);
const names = (some: readonly RequestLine[] | undefined): string | undefined =>
  some?.map(({ target }) => target.slice(1)).join('');

describe('requests to come', () => {
  /** What comes after each of those that are sent. */
  function after(foreseen: string, sent: string): (string | undefined)[] {
    const toCome = new RequestsToCome();
    toCome.foresee(lines(foreseen));
    return lines(sent).map((each) => names(toCome.after(each)));
  }

  it('gives what comes next, and nothing after the last', () => {
    assert.deepEqual(after('aab', 'aab'), ['ab', 'b', '']);
    assert.deepEqual(after('aab', 'aaba'), ['ab', 'b', '', undefined]);
  });

  it('knows nothing of a request that was not foreseen, and goes on behind it', () => {
    assert.deepEqual(after('aab', 'axab'), ['ab', undefined, 'b', '']);
    assert.deepEqual(after('', 'a'), [undefined]);
  });

  it('tells requests of another method apart', () => {
    const toCome = new RequestsToCome();
    toCome.foresee(lines('aa'));
    assert.equal(toCome.after({ method: 'GET', target: '/a' }), undefined);
  });

  it('passes over those that are left out, eight at most', () => {
    assert.deepEqual(after('abbbbbbbbcd', 'acd'), ['bbbbbbbbcd', 'd', '']);
    assert.deepEqual(after('abbbbbbbbbcd', 'acd'), ['bbbbbbbbbcd', undefined, undefined]);
  });

  it('gives 31 at most, however long the list is', () => {
    const toCome = new RequestsToCome();
    toCome.foresee(Array.from({ length: 100_000 }, () => line('a')));
    assert.equal(toCome.after(line('a'))?.length, 31);
  });

  it('forgets what was said before', () => {
    const toCome = new RequestsToCome();
    toCome.foresee(lines('aaa'));
    toCome.after(line('a'));
    toCome.foresee(lines('bc'));
    assert.deepEqual([names(toCome.after(line('a'))), names(toCome.after(line('b')))], [undefined, 'c']);
    toCome.foresee([]);
    assert.equal(toCome.after(line('c')), undefined);
  });
});
