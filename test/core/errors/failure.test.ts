import assert from 'node:assert/strict';

import { asFailure, HikvisionError } from '../../../core/errors/hikvision-error.js';
import { printable } from '../../../core/errors/printable.js';

describe('failure', () => {
  it('has a code for flows, a reason for programs, and no words', () => {
    const failure = HikvisionError.of('queueFull', { params: { limit: 7 }, retryable: true });
    assert.equal(failure.message, 'QUEUE_FULL (queueFull)');
    assert.deepEqual([failure.code, failure.reason, failure.params], ['QUEUE_FULL', 'queueFull', { limit: 7 }]);
    assert.deepEqual(failure.cause, { reason: 'queueFull', retryable: true });
  });

  it('carries the code of the terminal where that named one', () => {
    const refused = HikvisionError.of('refused', { code: 'deviceBusy', params: { code: 'deviceBusy', detail: '' } });
    assert.deepEqual([refused.code, refused.reason], ['deviceBusy', 'refused']);
  });

  it('takes facts that only the caller knows, and keeps what is known already', () => {
    const failure = HikvisionError.of('lockedForLong', {
      operation: 'find person',
      retryable: true,
      delivery: 'unsent',
    });
    const named = failure.withFacts({ terminal: 'Lobby', operation: 'other' });
    const { terminal, operation, retryable } = named.cause;
    assert.deepEqual([terminal, operation, retryable, named.delivery], ['Lobby', 'find person', true, 'unsent']);
  });

  it('makes anything that was thrown an error of ours', () => {
    const own = HikvisionError.of('lockedForLong');
    assert.equal(asFailure(own), own);
    assert.equal(asFailure(new TypeError('x is not a function')).code, 'BAD_REPLY');
    assert.equal(asFailure(undefined).code, 'BAD_REPLY');
  });

  it('shows text from outside without control characters and of bounded length', () => {
    assert.equal(printable('a\r\nb\u0000\u001b[31mc\u2028d'), 'a b [31mc d');
    assert.equal(printable('x'.repeat(400)).length, 301);
  });
});
