import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { HeldLoginsFolder } from '../../../../../core/isapi/login/held/held-logins-folder.js';
import type { Held } from '../../../../../core/isapi/login/held/held-logins.js';

const ADDRESS = '192.0.2.7';
const AT = 1_795_000_000_000;
const HELD: Held = {
  accounts: [
    { user: 'a1b2', at: AT, triesLeft: 3 },
    { user: 'ffff', at: AT, lockedUntil: AT + 60_000 },
  ],
  logins: [
    { login: '0001', at: AT },
    { login: '0002', at: AT, triesLeft: 0 },
    { login: '0003', at: AT, lockedUntil: null },
    { login: '0004', at: AT, lockedUntil: AT + 1 },
  ],
};
const NOTHING: Held = { accounts: [], logins: [] };

describe('a folder of held logins', () => {
  let above: string;
  let folder: string;
  let failures: unknown[];

  beforeEach(() => {
    above = mkdtempSync(path.join(tmpdir(), 'held-logins-'));
    folder = path.join(above, 'hikvision', 'logins');
    failures = [];
  });

  afterEach(() => rmSync(above, { recursive: true }));

  /** As a process has it that has just begun. */
  function open(): HeldLoginsFolder {
    return new HeldLoginsFolder(folder, (error) => failures.push(error));
  }

  /** The one file of the terminal. */
  function file(): string {
    const [name, ...others] = readdirSync(folder).filter((each) => each !== 'salt');
    assert.deepEqual(others, []);
    assert.match(name ?? '', /^[0-9a-f]{24}\.json$/);
    return path.join(folder, name ?? '');
  }

  it('gives what was saved to whoever comes later, for that address only, until it is forgotten', () => {
    open().save(ADDRESS, HELD);
    assert.deepEqual(open().load(ADDRESS), HELD);
    assert.equal(open().load('192.0.2.8'), undefined);
    open().forget(ADDRESS);
    assert.equal(open().load(ADDRESS), undefined);
    assert.deepEqual([readdirSync(folder), failures], [['salt'], []]);
  });

  it('writes nothing before there is something to keep', () => {
    const held = open();
    held.mark('operator');
    assert.equal(held.load(ADDRESS), undefined);
    held.forget(ADDRESS);
    assert.deepEqual([readdirSync(above), failures], [[], []]);
  });

  it('is for the user of this process only', function () {
    if (process.platform === 'win32') this.skip();
    open().save(ADDRESS, HELD);
    const rights = [folder, file(), path.join(folder, 'salt')].map((each) => statSync(each).mode & 0o777);
    assert.deepEqual(rights, [0o700, 0o600, 0o600]);
  });

  it('marks a text with 16 bits, the same ones in each process once something is kept, others in each folder', () => {
    const first = open();
    const marks = ['operator', 'operator:secret'].map((text) => first.mark(text));
    for (const mark of marks) assert.match(mark, /^[0-9a-f]{4}$/);
    first.save(ADDRESS, HELD);
    const again = open();
    assert.deepEqual(
      ['operator', 'operator:secret'].map((text) => again.mark(text)),
      marks,
    );
    again.save('192.0.2.8', HELD);
    const other = new HeldLoginsFolder(above, () => undefined);
    const texts = Array.from({ length: 4 }, (_none, index) => String(index));
    const marksOf = (held: HeldLoginsFolder): string[] => texts.map((text) => held.mark(text));
    assert.deepEqual(marksOf(open()), marksOf(first));
    assert.notDeepEqual(marksOf(other), marksOf(first));
  });

  it('writes over what a killed process has left beside its file', () => {
    open().save(ADDRESS, HELD);
    writeFileSync(`${file()}.new`, '{"acc', { mode: 0o666 });
    open().save(ADDRESS, { ...NOTHING, logins: HELD.logins });
    assert.deepEqual(open().load(ADDRESS), { ...NOTHING, logins: HELD.logins });
    assert.equal(statSync(file()).mode & 0o777, 0o600);
  });

  for (const [what, text] of [
    ['nothing', ''],
    ['no JSON', '{"accounts":[{"user":"a1b2"'],
    ['another JSON', '"held"'],
    ['null', 'null'],
    ['a list', '[1]'],
    ['lists that are none', '{"accounts":{"0":1},"logins":"0001"}'],
    ['entries that are none', '{"accounts":[null,[],7],"logins":[null,"0001"]}'],
    ['more than we write', `{"logins":[{"login":"0001","at":${AT}}]}${' '.repeat(65_536)}`],
  ] as const) {
    it(`takes a file with ${what} for one in which nothing is held`, () => {
      open().save(ADDRESS, HELD);
      writeFileSync(file(), text);
      assert.deepEqual(open().load(ADDRESS), NOTHING);
    });
  }

  for (const [what, login] of [
    ['no mark', { at: AT }],
    ['a mark that is none', { login: '000G', at: AT }],
    ['a longer mark', { login: '00010', at: AT }],
    ['no time', { login: '0001' }],
    ['a time in words', { login: '0001', at: String(AT) }],
    ['half a try', { login: '0001', at: AT, triesLeft: 0.5 }],
    ['less than no try', { login: '0001', at: AT, triesLeft: -1 }],
    ['tries in words', { login: '0001', at: AT, triesLeft: '3' }],
    ['a lock in words', { login: '0001', at: AT, lockedUntil: 'for ever' }],
  ] as const) {
    it(`takes no login with ${what}, nor such an account, and all others`, () => {
      open().save(ADDRESS, HELD);
      const { login: user, ...rest } = { login: undefined, ...login };
      const odd = { accounts: [{ triesLeft: 1, user, ...rest }, ...HELD.accounts], logins: [login, ...HELD.logins] };
      writeFileSync(file(), JSON.stringify(odd));
      assert.deepEqual(open().load(ADDRESS), HELD);
    });
  }

  it('takes no account that is neither locked nor has its tries counted', () => {
    open().save(ADDRESS, HELD);
    const odd = [
      { user: 'a1b2', at: AT },
      { user: 'a1b2', at: AT, lockedUntil: null },
    ];
    writeFileSync(file(), JSON.stringify({ accounts: odd }));
    assert.deepEqual(open().load(ADDRESS), NOTHING);
  });

  it('with a folder in place of the file: nothing is held, and that nothing can be kept is said once', () => {
    open().save(ADDRESS, HELD);
    const place = file();
    rmSync(place);
    mkdirSync(path.join(place, 'within'), { recursive: true });
    const held = open();
    assert.equal(held.load(ADDRESS), undefined);
    for (let i = 0; i < 3; i += 1) held.save(ADDRESS, HELD);
    held.forget(ADDRESS);
    assert.equal(failures.length, 1);
  });

  it('that cannot be written says so once, and throws nothing', () => {
    writeFileSync(path.join(above, 'hikvision'), 'a file');
    const held = open();
    assert.equal(held.load(ADDRESS), undefined);
    held.save(ADDRESS, HELD);
    held.save('192.0.2.8', HELD);
    held.forget(ADDRESS);
    assert.equal(failures.length, 1);
    assert.ok(failures[0] instanceof Error);
  });

  it('whose salt was edited makes a new one', () => {
    open().save(ADDRESS, HELD);
    const salt = path.join(folder, 'salt');
    writeFileSync(salt, 'password');
    open().save(ADDRESS, HELD);
    assert.match(readFileSync(salt, 'utf8'), /^[0-9a-f]{64}$/);
  });
});
