import assert from 'node:assert/strict';

import { asFailure, HikvisionError, printable } from '../../../core/errors/failure.js';

describe('failure', () => {
  it('says what happened and what to do, with the facts filled in', () => {
    const failure = new HikvisionError('QUEUE_FULL', { params: { limit: 7 }, retryable: true });
    assert.match(failure.message, /^7 messages wait .+ raise the queue limit/);
    assert.equal(failure.code, 'QUEUE_FULL');
    assert.equal(failure.cause.retryable, true);
    assert.ok(failure.message.endsWith(failure.cause.hint));
  });

  it('takes facts that only the caller knows, and keeps what is known already', () => {
    const failure = new HikvisionError('TIMEOUT', { operation: 'find person', retryable: true, delivery: 'unsent' });
    const named = failure.withFacts({ terminal: 'Lobby', operation: 'other' });
    const { terminal, operation, retryable } = named.cause;
    assert.deepEqual([terminal, operation, retryable, named.delivery], ['Lobby', 'find person', true, 'unsent']);
  });

  it('makes anything that was thrown an error of ours', () => {
    const own = new HikvisionError('LOCKED');
    assert.equal(asFailure(own), own);
    assert.equal(asFailure(new TypeError('x is not a function')).code, 'BAD_REPLY');
    assert.equal(asFailure(undefined).code, 'BAD_REPLY');
  });

  it('shows text from outside without control characters and of bounded length', () => {
    assert.equal(printable('a\r\nb\u0000\u001b[31mc\u2028d'), 'a b [31mc d');
    assert.equal(printable('x'.repeat(400)).length, 301);
  });
});
