import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Credentials } from '../../../../../core/isapi/login/digest/authorization.js';
import { HeldLoginsFolder } from '../../../../../core/isapi/login/held/held-logins-folder.js';
import type { Held, HeldLogins } from '../../../../../core/isapi/login/held/held-logins.js';
import { KeptLogins } from '../../../../../core/isapi/login/held/kept-logins.js';
import { KnownLogins } from '../../../../../core/isapi/login/known-logins.js';
import type { LoginGuard } from '../../../../../core/isapi/login/login-guard.js';

const LOGIN = { username: 'operator', password: 'a password to look for' };
const OTHER = { ...LOGIN, password: 'another one' };
const REJECTED = { locked: false, unlockSeconds: 0 };
const LOCKED = { locked: true, unlockSeconds: 600 };
const ADDRESS = '192.0.2.7';
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

describe('held logins that are kept', () => {
  let folder: string;
  let failures: unknown[];
  /** Milliseconds since 1970, and on the clock of the process, which begins anew with it. */
  let today: number;
  let begunAt: number;
  let logins: KnownLogins;
  /** What was done with the folder since the process began. */
  let done: string[];

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kept-logins-'));
    // With a random one, two texts of a test would once in 65,536 times have the same mark.
    writeFileSync(path.join(folder, 'salt'), '5a'.repeat(32));
    failures = [];
    today = Date.UTC(2030, 0, 1);
    restart();
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function restart(): void {
    begunAt = today - 1234.5;
    done = [];
    const clocks = { now: () => today - begunAt, today: () => today };
    const held = watched(new HeldLoginsFolder(folder, (error) => failures.push(error)), done);
    logins = new KnownLogins(clocks.now, () => new KeptLogins(held, ADDRESS, clocks));
  }

  function guardOf(login: Credentials = LOGIN): LoginGuard {
    return logins.join(login).guard;
  }

  /** What somebody gets who wants to use it; undefined: it may be sent. */
  function reasonOf(guard: LoginGuard): string | undefined {
    try {
      guard.assertNotSuspended();
      return undefined;
    } catch (error) {
      return (error as { reason: string }).reason;
    }
  }

  function files(): string[] {
    return readdirSync(folder).filter((each) => each.endsWith('.json'));
  }

  function written(): Held {
    const [file = ''] = files();
    return JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Held;
  }

  it('a rejected login is not sent again after a restart, however many follow', () => {
    guardOf().suspend({ ...REJECTED, triesLeft: 4 });
    for (let i = 0; i < 3; i += 1) {
      restart();
      const guard = guardOf();
      assert.equal(guard.standing, 'suspended');
      assert.throws(() => guard.assertNotSuspended(), { reason: 'rejectedTries', params: { tries: 4 } });
    }
    restart();
    assert.deepEqual(
      [reasonOf(guardOf(OTHER)), reasonOf(guardOf({ ...LOGIN, username: 'b' }))],
      [undefined, undefined],
    );
  });

  it('of a terminal that counts nothing aloud says so after a restart too', () => {
    guardOf().suspend(REJECTED);
    restart();
    assert.equal(reasonOf(guardOf()), 'rejected');
  });

  it('nothing is read but once, and nothing written, while nothing is held', () => {
    const guard = guardOf();
    guardOf(OTHER);
    guard.askedToLogIn();
    for (let i = 0; i < 5; i += 1) guard.accepted();
    guard.doubt({ ...REJECTED, triesLeft: 4 });
    guard.accepted();
    assert.deepEqual(done, ['load']);
    assert.deepEqual(files(), []);
  });

  it('is written when the refusal is known, before anybody else is told', () => {
    const guard = guardOf();
    assert.deepEqual(files(), []);
    guard.suspend(REJECTED);
    assert.equal(files().length, 1);
  });

  it('no file tells user name or password', () => {
    guardOf().suspend(REJECTED);
    guardOf(OTHER).suspend({ ...REJECTED, triesLeft: 3 });
    const text = readFileSync(path.join(folder, files()[0] ?? ''), 'utf8');
    assert.doesNotMatch(text, /operator|password|another/);
    const { accounts, logins: all } = written();
    assert.deepEqual([accounts.length, all.length], [1, 2]);
    for (const { user } of accounts) assert.match(user, /^[0-9a-f]{4}$/);
    for (const { login } of all) assert.match(login, /^[0-9a-f]{4}$/);
    // Nothing beside these marks is a digest of anything.
    const known = /"(?:accounts|logins|user|login|at|triesLeft|lockedUntil)"|"[0-9a-f]{4}"|\d{1,13}|[{}[\]:,]/g;
    assert.equal(text.replace(known, ''), '');
  });

  it('is forgotten when it is accepted, and is left as it is by the success of another one', () => {
    guardOf().suspend(REJECTED);
    restart();
    const [wrong, right] = [guardOf(), guardOf(OTHER)];
    right.accepted();
    right.accepted();
    assert.deepEqual([done, written().accounts.length, written().logins.length], [['load', 'save'], 0, 1]);
    pressTwice(wrong);
    assert.equal(reasonOf(wrong), undefined);
    wrong.accepted();
    wrong.accepted();
    assert.deepEqual([done, files()], [['load', 'save', 'forget'], []]);
    restart();
    assert.equal(reasonOf(guardOf()), undefined);
  });

  it('is told at the first press of Test connection, tried at the second, and held again where it is rejected again', () => {
    guardOf().suspend(REJECTED);
    restart();
    const guard = guardOf();
    guard.beginTrial();
    assert.equal(reasonOf(guard), 'rejected');
    guard.beginTrial();
    assert.equal(reasonOf(guard), undefined);
    // A process that is killed during a trial has not refuted anything.
    restart();
    assert.equal(reasonOf(guardOf()), 'rejected');
    pressTwice(guardOf());
    guardOf().suspend({ ...REJECTED, triesLeft: 2 });
    restart();
    assert.equal(reasonOf(guardOf()), 'rejectedTries');
  });

  it('of two users are two', () => {
    const second = { username: 'second', password: LOGIN.password };
    guardOf().suspend({ ...REJECTED, triesLeft: 1 });
    guardOf(second).suspend(LOCKED);
    restart();
    assert.deepEqual([reasonOf(guardOf()), reasonOf(guardOf(OTHER))], ['rejectedTries', 'lastTry']);
    assert.deepEqual(
      [reasonOf(guardOf(second)), reasonOf(guardOf({ ...second, password: 'c' }))],
      ['locked', 'locked'],
    );
    assert.equal(reasonOf(guardOf({ username: 'third', password: 'd' })), undefined);
    guardOf(second).suspend(REJECTED);
    guardOf(second).accepted();
    assert.equal(written().logins.length, 1);
  });

  it('those that a process has not used yet are kept when it writes', () => {
    guardOf().suspend({ ...REJECTED, triesLeft: 1 });
    restart();
    const second = { username: 'second', password: 'b' };
    guardOf(second).suspend(REJECTED);
    guardOf(second).accepted();
    restart();
    assert.deepEqual([reasonOf(guardOf()), reasonOf(guardOf(OTHER))], ['rejectedTries', 'lastTry']);
  });

  describe('an account', () => {
    it('has the tries left that it had, and all of them after a success', () => {
      guardOf().suspend({ ...REJECTED, triesLeft: 2 });
      restart();
      assert.equal(reasonOf(guardOf(OTHER)), undefined);
      guardOf(OTHER).suspend({ ...REJECTED, triesLeft: 1 });
      restart();
      const third = { ...LOGIN, password: 'third' };
      assert.equal(reasonOf(guardOf(third)), 'lastTry');
      pressTwice(guardOf(third));
      guardOf(third).accepted();
      restart();
      assert.equal(reasonOf(guardOf({ ...LOGIN, password: 'fourth' })), undefined);
    });

    it('is counted down over restarts where the terminal does not count aloud', () => {
      for (let i = 0; i < 4; i += 1) {
        const guard = guardOf({ ...LOGIN, password: String(i) });
        assert.equal(reasonOf(guard), undefined);
        guard.suspend(REJECTED);
        restart();
      }
      assert.equal(reasonOf(guardOf({ ...LOGIN, password: '4' })), 'lastTry');
    });

    it('counts calls that were given up before their answer, as at each stop of Node-RED', () => {
      for (let i = 0; i < 4; i += 1) {
        assert.equal(reasonOf(guardOf()), undefined);
        guardOf().unanswered();
        restart();
      }
      assert.equal(reasonOf(guardOf()), 'lastTry');
    });

    it('remembers a doubt that leaves one try', () => {
      guardOf().accepted();
      guardOf().doubt({ ...REJECTED, triesLeft: 1 });
      restart();
      assert.equal(reasonOf(guardOf()), 'lastTry');
    });

    it('is locked until then by the clock on the wall, whenever the process began', () => {
      guardOf().suspend(LOCKED);
      today += 300_000;
      restart();
      const guard = guardOf(OTHER);
      assert.throws(() => guard.assertNotSuspended(), { reason: 'locked', params: { minutes: 5, seconds: 301 } });
      assert.throws(() => guardOf().assertNotSuspended(), { reason: 'locked', params: { minutes: 5, seconds: 301 } });
      today += 300_999;
      assert.equal(reasonOf(guard), 'locked');
      today += 1;
      assert.deepEqual([reasonOf(guard), reasonOf(guardOf())], [undefined, undefined]);
    });

    it('whose lock has ended meanwhile is clear, and what was kept of it goes at the next success', () => {
      guardOf().suspend(LOCKED);
      today += 601_000;
      restart();
      assert.deepEqual([reasonOf(guardOf()), reasonOf(guardOf(OTHER))], [undefined, undefined]);
      guardOf().accepted();
      assert.deepEqual([done, files()], [['load', 'forget'], []]);
    });

    it('whose lock has ended is kept no longer, also where nobody has used it since', () => {
      guardOf({ username: 'second', password: 'b' }).suspend(LOCKED);
      guardOf().suspend(REJECTED);
      today += 601_000;
      restart();
      pressTwice(guardOf());
      guardOf().accepted();
      assert.deepEqual(files(), []);
    });

    it('whose lock ends while the process runs is no longer kept after the next success', () => {
      guardOf().suspend(LOCKED);
      today += 601_000;
      assert.equal(reasonOf(guardOf()), undefined);
      guardOf().accepted();
      assert.deepEqual(files(), []);
    });

    it('locked for nobody knows how long: that login for good, others for the usual half hour', () => {
      guardOf().suspend({ locked: true, unlockSeconds: 0 });
      today += HOUR_MS / 4;
      restart();
      assert.deepEqual([reasonOf(guardOf()), reasonOf(guardOf(OTHER))], ['lockedForLong', 'locked']);
      today += HOUR_MS;
      restart();
      assert.deepEqual([reasonOf(guardOf()), reasonOf(guardOf(OTHER))], ['lockedForLong', undefined]);
    });

    it('with a longer lock in its file is not locked: somebody set a clock, or wrote that', () => {
      guardOf().suspend(LOCKED);
      const lockedUntil = today + DAY_MS + 1;
      const { accounts, logins: all } = written();
      const longer = {
        accounts: accounts.map((each) => ({ ...each, lockedUntil })),
        logins: all.map((each) => ({ ...each, lockedUntil })),
      };
      writeFileSync(path.join(folder, files()[0] ?? ''), JSON.stringify(longer));
      restart();
      assert.deepEqual([reasonOf(guardOf()), reasonOf(guardOf(OTHER))], [undefined, undefined]);
    });

    it('is locked for a day at most', () => {
      guardOf().suspend({ locked: true, unlockSeconds: 1e9 });
      restart();
      assert.equal(reasonOf(guardOf()), 'locked');
      today += DAY_MS;
      restart();
      assert.equal(reasonOf(guardOf()), undefined);
    });
  });

  for (const [what, ms, isHeld] of [
    ['of 23 hours ago counts', 23 * HOUR_MS, true],
    ['of 25 hours ago does not', 25 * HOUR_MS, false],
    ['of some time to come, by a clock that was set back, counts', -23 * HOUR_MS, true],
    ['of more than a day to come does not', -25 * HOUR_MS, false],
  ] as const) {
    it(`what is ${what}`, () => {
      guardOf().suspend({ ...REJECTED, triesLeft: 1 });
      today += ms;
      restart();
      const found = [guardOf(), guardOf(OTHER)].map(reasonOf);
      assert.deepEqual(found, isHeld ? ['rejectedTries', 'lastTry'] : [undefined, undefined]);
    });
  }

  it('the time of a refusal does not move when others are written after it', () => {
    guardOf().suspend(REJECTED);
    for (let i = 0; i < 5; i += 1) {
      today += 5 * HOUR_MS;
      restart();
      guardOf({ username: String(i), password: 'b' }).suspend(REJECTED);
    }
    assert.equal(written().logins.length, 5);
    restart();
    assert.equal(reasonOf(guardOf()), undefined);
  });

  it('nor does it when the login is used meanwhile', () => {
    guardOf().suspend({ ...REJECTED, triesLeft: 1 });
    for (let i = 0; i < 4; i += 1) {
      today += 5 * HOUR_MS;
      restart();
      assert.deepEqual([reasonOf(guardOf()), reasonOf(guardOf(OTHER))], ['rejectedTries', 'lastTry']);
      guardOf({ username: String(i), password: 'b' }).suspend(REJECTED);
    }
    today += 5 * HOUR_MS;
    restart();
    assert.deepEqual([reasonOf(guardOf()), reasonOf(guardOf(OTHER))], [undefined, undefined]);
  });

  it('the tries that an account has left count for a day since it was last heard of', () => {
    guardOf().suspend({ ...REJECTED, triesLeft: 3 });
    today += 20 * HOUR_MS;
    guardOf(OTHER).suspend({ ...REJECTED, triesLeft: 1 });
    today += 20 * HOUR_MS;
    restart();
    assert.deepEqual([reasonOf(guardOf()), reasonOf(guardOf(OTHER))], ['lastTry', 'rejectedTries']);
  });

  it('are two hundred at most, those that were rejected last', () => {
    for (let i = 0; i < 220; i += 1) {
      today += 1;
      guardOf({ username: `user ${i}`, password: 'b' }).suspend(REJECTED);
    }
    const { accounts, logins: all } = written();
    assert.deepEqual([accounts.length, all.length], [200, 200]);
    assert.equal(Math.min(...all.map(({ at }) => at)), today - 199);
  });

  it('an edited file holds nothing, and goes at the next success', () => {
    guardOf().suspend(REJECTED);
    const [file = ''] = files();
    writeFileSync(path.join(folder, file), '{');
    restart();
    assert.equal(reasonOf(guardOf()), undefined);
    guardOf().accepted();
    assert.deepEqual(files(), []);
  });

  it('in a folder that cannot be written are held by this process', () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'a file');
    const guard = guardOf();
    guard.suspend(REJECTED);
    assert.deepEqual([reasonOf(guard), failures.length], ['rejected', 1]);
    pressTwice(guard);
    guard.accepted();
    assert.deepEqual([reasonOf(guard), failures.length], [undefined, 1]);
  });
});

function pressTwice(guard: LoginGuard): void {
  guard.beginTrial();
  guard.beginTrial();
}

/** Notes each time that the folder may be touched. */
function watched(held: HeldLogins, done: string[]): HeldLogins {
  return {
    mark: (text) => held.mark(text),
    load: (address) => {
      done.push('load');
      return held.load(address);
    },
    save: (address, what) => {
      done.push('save');
      held.save(address, what);
    },
    forget: (address) => {
      done.push('forget');
      held.forget(address);
    },
  };
}
