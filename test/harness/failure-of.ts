import assert from 'node:assert/strict';
import { HikvisionError } from '../../core/errors/hikvision-error.js';

/** The HikvisionError with which it has to fail. */
export async function failureOf(promise: Promise<unknown>): Promise<HikvisionError> {
  const outcome = await promise.then(
    () => assert.fail('no error'),
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof HikvisionError, String(outcome));
  return outcome;
}
