import assert from 'node:assert/strict';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { clockFinding, clockIsOff, nobodyAnswered, statesOf } from '../../../core/http/findings.js';

describe('findings of a connection test', () => {
  it('warn of a clock from a minute on, either way', () => {
    assert.deepEqual([59, 60, -59, -60].map(clockIsOff), [false, true, false, true]);
    assert.deepEqual(clockFinding('time', -59), { id: 'time', state: 'passed', params: { difference: -59 } });
    const off = { id: 'time', params: { difference: -60 }, advice: true };
    assert.deepEqual(clockFinding('time', -60), { ...off, state: 'warned' });
    assert.deepEqual(clockFinding('time', -60, 'failed'), { ...off, state: 'failed' });
  });

  it('tell an address where nobody answered from one where somebody did', () => {
    const params = { address: 'a', reason: 'r', seconds: 1 };
    for (const reason of ['unreachable', 'connectionLost', 'notTls', 'noAnswer', 'connectTimeout'] as const) {
      assert.equal(nobodyAnswered(HikvisionError.of(reason, { params })), true, reason);
    }
    assert.equal(nobodyAnswered(HikvisionError.of('notHttp', { params })), false);
    assert.equal(nobodyAnswered(HikvisionError.of('tlsSettings', { params })), false);
  });

  it('are reported by their states', () => {
    assert.deepEqual(
      statesOf([
        { id: 'address', state: 'passed' },
        { id: 'clock', state: 'unknown' },
      ]),
      { address: 'passed', clock: 'unknown' },
    );
  });
});
