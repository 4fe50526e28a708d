import assert from 'node:assert/strict';

import { readLoginState } from '../../../../core/isapi/login/login-state.js';

describe('login state', () => {
  const userCheck = (inner: string): Buffer =>
    Buffer.from(
      `<?xml version="1.0"?><userCheck version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">${inner}</userCheck>`,
    );

  for (const [word, locked] of [
    ['unlock', false],
    ['unlocked', false],
    ['lock', true],
    ['locked', true],
  ] as const) {
    it(`knows the word ${word}`, () => {
      const body = userCheck(
        `<lockStatus>${word}</lockStatus><unlockTime>1799</unlockTime><retryLoginTime>3</retryLoginTime>`,
      );
      assert.deepEqual(readLoginState(body), { locked, unlockSeconds: 1799, triesLeft: 3 });
    });
  }

  it('reads each body for what it says, whatever was read before', () => {
    const triesLeft = (body: Buffer): number | undefined => readLoginState(body).triesLeft;
    const [three, two] = [3, 2].map((tries) => userCheck(`<retryLoginTime>${tries}</retryLoginTime>`)) as [
      Buffer,
      Buffer,
    ];
    assert.deepEqual([three, two, two, three].map(triesLeft), [3, 2, 2, 3]);
    two.copy(three);
    assert.equal(triesLeft(three), 2);
    const long = Buffer.from(two.toString().replace('?>', `?>${' '.repeat(3_000)}`));
    assert.deepEqual([long, three, long].map(triesLeft), [2, 2, 2]);
  });

  it('reads JSON, capital first letters and numbers as text', () => {
    const body = Buffer.from('{"UserCheck":{"LockStatus":"Locked","UnlockTime":"60","RetryLoginTime":"0"}}');
    assert.deepEqual(readLoginState(body), { locked: true, unlockSeconds: 60, triesLeft: 0 });
  });

  for (const code of ['userNameLocked', 'deviceIsLocked']) {
    it(`takes ${code} for a lock`, () => {
      assert.equal(readLoginState(Buffer.from(`{"statusCode":4,"subStatusCode":"${code}"}`)).locked, true);
    });
  }

  for (const body of ['', '<html><body>locked</body></html>', '<userCheck><lockStatus>lock', 'locked', '{']) {
    it(`knows nothing of ${JSON.stringify(body)}`, () =>
      assert.deepEqual(readLoginState(Buffer.from(body)), { locked: false, unlockSeconds: 0 }));
  }

  it('takes whole tries only', () => {
    assert.equal(readLoginState(userCheck('<retryLoginTime>2.7</retryLoginTime>')).triesLeft, 2);
  });

  it('takes no negative times or tries', () => {
    const body = userCheck('<unlockTime>-5</unlockTime><retryLoginTime>-1</retryLoginTime>');
    assert.deepEqual(readLoginState(body), { locked: false, unlockSeconds: 0, triesLeft: 0 });
  });
});
