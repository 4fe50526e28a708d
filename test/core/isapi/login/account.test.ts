import assert from 'node:assert/strict';

import { Account } from '../../../../core/isapi/login/account.js';
import type { LoginState } from '../../../../core/isapi/login/login-state.js';

const REJECTED: LoginState = { locked: false, unlockSeconds: 0 };

describe('account', () => {
  let clock: number;
  let account: Account;

  beforeEach(() => {
    clock = 0;
    account = new Account(() => clock);
  });

  /** What a login gets that is not known to be right, and one that is. */
  function held(): (string | undefined)[] {
    return [false, true].map((isVerified) => {
      try {
        account.assertUsable(isVerified, 'unsent');
        return undefined;
      } catch (error) {
        return (error as { reason: string }).reason;
      }
    });
  }

  const LAST_TRY = ['lastTry', undefined];
  const USABLE = [undefined, undefined];

  for (const [tries, expected] of [
    [5, USABLE],
    [2, USABLE],
    [1, LAST_TRY],
  ] as const) {
    it(`with ${tries} told to be left is ${expected === USABLE ? 'usable' : 'for a login that is known to be right'}`, () => {
      account.refused({ ...REJECTED, triesLeft: tries }, 1);
      assert.deepEqual(held(), expected);
    });
  }

  for (const [what, state] of [
    ['does not count aloud', REJECTED],
    ['always says 0', { ...REJECTED, triesLeft: 0 }],
  ] as const) {
    it(`of a terminal that ${what} is counted down from five`, () => {
      for (let i = 0; i < 3; i += 1) account.refused(state, 1);
      assert.deepEqual(held(), USABLE);
      account.refused(state, 1);
      assert.deepEqual(held(), LAST_TRY);
    });
  }

  it('counts a refused nonce in with the refusal that follows, and calls that were given up', () => {
    account.doubted(REJECTED);
    assert.deepEqual([held(), account.isClear], [USABLE, true]);
    account.refused(REJECTED, 2);
    account.unanswered();
    assert.deepEqual(held(), USABLE);
    account.unanswered();
    assert.deepEqual(held(), LAST_TRY);
  });

  it('has all its tries again after a success, unless something else came in between', () => {
    account.refused({ ...REJECTED, triesLeft: 1 }, 1);
    const { news } = account;
    account.refused({ ...REJECTED, triesLeft: 1 }, 1);
    account.accepted(news);
    assert.deepEqual(held(), LAST_TRY);
    account.accepted(account.news);
    assert.deepEqual([held(), account.isClear], [USABLE, true]);
  });

  it('that is locked is so for every login, until a second after the time told, with all its tries after it', () => {
    account.refused({ ...REJECTED, triesLeft: 1 }, 1);
    account.refused({ locked: true, unlockSeconds: 90, triesLeft: 0 }, 1);
    clock = 90_999;
    assert.deepEqual(held(), ['locked', 'locked']);
    clock = 91_000;
    assert.deepEqual([held(), account.isClear], [USABLE, true]);
  });

  it('that is locked for nobody knows how long is left alone for the usual half hour', () => {
    account.refused({ locked: true, unlockSeconds: 0 }, 1);
    clock = 1_800_999;
    assert.deepEqual(held(), ['locked', 'locked']);
    clock = 1_801_000;
    assert.deepEqual(held(), USABLE);
  });
});
