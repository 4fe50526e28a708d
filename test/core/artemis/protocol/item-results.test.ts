import assert from 'node:assert/strict';

import { failedItems } from '../../../../core/artemis/protocol/item-results.js';

describe('results of single items', () => {
  it('are pointed out where they did not succeed', () => {
    const failed = { doorIndexCode: '2', controlResultCode: 1 };
    assert.deepEqual(failedItems([{ doorIndexCode: '1', controlResultCode: 0 }, failed]), [failed]);
    assert.deepEqual(failedItems({ list: [failed, { controlResultCode: '0' }] }), [failed]);
    assert.deepEqual(failedItems([{ code: '7' }, 'text', null]), []);
    assert.deepEqual(failedItems('1'), []);
  });
});
