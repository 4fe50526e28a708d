import assert from 'node:assert/strict';

import {
  keepablePages,
  pageFieldOf,
  pagesOf,
  withPaging,
  type Page,
} from '../../../../core/artemis/operations/paging.js';
import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { callOf, openGateway } from '../../../harness/gateway/gateway-under-test.js';
import { SimulatedGateway } from '../../../harness/gateway/simulated-gateway.js';
import { failureOf } from '../../../harness/failure-of.js';

/** Reads a list whose pages are given as `data`, counting the calls; a HikvisionError is thrown. */
async function read(
  answers: unknown[],
  size = 2,
  mostBytes?: number,
): Promise<{ pages: Page[]; calls: Record<string, number>[]; error: unknown }> {
  const calls: Record<string, number>[] = [];
  const pages: Page[] = [];
  const ask = (paging: Record<string, number>) => {
    calls.push(paging);
    const data = answers[calls.length - 1];
    if (data instanceof HikvisionError) return Promise.reject(data);
    return Promise.resolve({ code: '0', msg: '', data, httpStatus: 200, path: '/artemis/api/x', bytes: 10 });
  };
  let error: unknown;
  try {
    const all = pagesOf(ask, size, 'pageNo');
    for await (const page of mostBytes === undefined ? all : keepablePages(all, mostBytes)) pages.push(page);
  } catch (thrown) {
    error = thrown;
  }
  return { pages, calls, error };
}

function lists(pages: Page[]): unknown[][] {
  return pages.map(({ list }) => list);
}

describe('paging', () => {
  it('reads 1,234 persons through pages of 100 in exactly 13 calls', async () => {
    const simulated = new SimulatedGateway();
    for (let i = 1; i <= 1234; i += 1) simulated.persons.set(String(i), { personId: String(i) });
    await simulated.start();
    const gateway = openGateway(simulated);
    const ask = (paging: Record<string, number>) =>
      gateway.call(callOf('/api/resource/v1/person/personList', { body: paging }));
    const ids: unknown[] = [];
    const pages: Page[] = [];
    for await (const page of pagesOf(ask, 100, 'pageNo')) {
      pages.push(page);
      for (const person of page.list) ids.push((person as { personId: string }).personId);
    }
    gateway.close();
    await simulated.stop();
    assert.equal(simulated.requests.length, 13);
    assert.deepEqual(ids, [...simulated.persons.keys()]);
    assert.deepEqual(
      pages.map(({ index, count, total }) => [index, count, total]),
      Array.from({ length: 13 }, (_, index) => [index, 13, 1234]),
    );
    assert.deepEqual(
      pages.map(({ complete }) => complete),
      [...Array<undefined>(12).fill(undefined), true],
    );
  });

  it('stops at the total without asking for an empty page', async () => {
    const { pages, calls } = await read([
      { total: 4, list: [1, 2] },
      { total: 4, list: [3, 4] },
    ]);
    assert.deepEqual(lists(pages), [
      [1, 2],
      [3, 4],
    ]);
    assert.equal(calls.length, 2);
  });

  it('reads totalNum, totals as text, lists of another name, and data that is a list itself', async () => {
    const first = await read([
      { totalNum: '3', VisitorRecord: [1, 2] },
      { totalNum: '3', VisitorRecord: [3] },
    ]);
    assert.deepEqual(lists(first.pages), [[1, 2], [3]]);
    assert.equal(first.pages[0]?.total, 3);
    const second = await read([[1, 2], [3]]);
    assert.deepEqual(lists(second.pages), [[1, 2], [3]]);
  });

  it('ends at an empty page where no total is given, and says the count on the page that turns out to be the last', async () => {
    const { pages, calls } = await read([{ list: [1, 2] }, { list: [3, 4] }, { list: [] }]);
    assert.deepEqual(lists(pages), [
      [1, 2],
      [3, 4],
    ]);
    assert.deepEqual(
      pages.map(({ count, complete }) => [count, complete]),
      [
        [undefined, undefined],
        [2, true],
      ],
    );
    assert.equal(calls.length, 3);
  });

  it('ends at a short page, and says that the total was not reached', async () => {
    const { pages, calls } = await read([
      { total: 9, list: [1, 2] },
      { total: 9, list: [3] },
    ]);
    assert.equal(calls.length, 2);
    assert.equal(pages.at(-1)?.complete, false);
    assert.equal(pages.at(-1)?.count, 2);
  });

  it('goes on where the gateway gives shorter pages than asked for', async () => {
    const { pages, calls } = await read([
      { total: 3, list: [1] },
      { total: 3, list: [2] },
      { total: 3, list: [3] },
    ]);
    assert.deepEqual(lists(pages), [[1], [2], [3]]);
    assert.deepEqual(
      calls,
      [1, 2, 3].map((pageNo) => ({ pageNo, pageSize: 2 })),
    );
    assert.deepEqual(
      pages.map(({ count }) => count),
      [3, 3, 3],
    );
  });

  it('ends where a page repeats the one before it, without taking it twice', async () => {
    const same = { total: 100, list: [1, 2] };
    const { pages, calls } = await read([same, same, same]);
    assert.deepEqual(lists(pages), [[1, 2]]);
    assert.equal(pages[0]?.complete, false);
    assert.equal(calls.length, 2);
  });

  it('ends where there is more than the total says', async () => {
    const { pages, calls } = await read([
      { total: 1, list: [1, 2] },
      { total: 1, list: [3, 4] },
    ]);
    assert.deepEqual(lists(pages), [[1, 2]]);
    assert.equal(pages[0]?.complete, false);
    assert.equal(calls.length, 1);
  });

  it('gives one empty page for an empty list, also where the list is left out', async () => {
    for (const data of [{ total: 0, list: [] }, { total: 0 }, '', null, [], { list: null }]) {
      const { pages } = await read([data]);
      assert.deepEqual(lists(pages), [[]]);
      assert.equal(pages[0]?.count, 1);
    }
  });

  it('gives the pages before the one that fails', async () => {
    const failure = HikvisionError.of('gatewayRefused', {
      code: 'artemis-69',
      params: { code: '69', meaning: '69', detail: '' },
    });
    const { pages, error } = await read([{ total: 9, list: [1, 2] }, failure]);
    assert.deepEqual(lists(pages), [[1, 2]]);
    assert.equal(error, failure);
  });

  it('refuses what is no list', async () => {
    for (const data of ['text', { a: 1 }, { a: [], b: [] }, Buffer.from('x')]) {
      const { error } = await read([data]);
      assert.equal((error as HikvisionError).code, 'BAD_REPLY');
    }
  });

  it('puts the page into an object under the name that the call uses', async () => {
    assert.equal(pageFieldOf({ pageIndex: 1 }), 'pageIndex');
    assert.equal(pageFieldOf({ type: 1 }), 'pageNo');
    assert.equal(pageFieldOf(undefined), 'pageNo');
    const paging = { pageNo: 2, pageSize: 9 };
    assert.deepEqual(withPaging({ type: 1, pageNo: 1 }, paging), { type: 1, ...paging });
    assert.deepEqual(withPaging('', paging), paging);
    for (const unusable of ['{}', [1], Buffer.from('{}')]) {
      const failure = await failureOf(Promise.resolve().then(() => withPaging(unusable, paging)));
      assert.equal(failure.code, 'INVALID_INPUT');
    }
  });

  it('keeps no more pages than fit: a gateway that never ends gives TOO_LARGE', async () => {
    const endless = Array.from({ length: 1000 }, (_, index) => [index, -index]);
    const { pages, calls, error } = await read(endless, 2, 35);
    assert.ok(error instanceof HikvisionError);
    assert.equal(error.code, 'TOO_LARGE');
    assert.equal(error.reason, 'listTooLong');
    assert.equal(pages.length, 3);
    assert.ok(calls.length <= 5, `${calls.length} calls`);
    assert.equal((await read([[1, 2], [3, 4], [5]], 2, 30)).error, undefined);
  });
});
