import assert from 'node:assert/strict';

import { LIMITS } from '../../../../core/isapi/directory/columns.js';
import { readDelimited, type Table } from '../../../../core/isapi/directory/delimited.js';
import { listingOf, tableOf, type NamedLogin } from '../../../../core/isapi/directory/entries.js';
import { readJson } from '../../../../core/isapi/directory/json-rows.js';
import { HikvisionError } from '../../../../core/errors/hikvision-error.js';

const COMMON = { timeout: '', retries: '', queueLimit: '' };
const ADMIN: NamedLogin = { name: 'doors', username: 'admin', password: 'right-password' };
const OFFICE: NamedLogin = { name: 'office', username: 'office', password: 'other-password' };

/** The mistakes of a table as `line column reason`. */
function mistakes({ problems }: Pick<Table, 'problems'>): string[] {
  return problems.map(({ line, column, reason }) => `${line} ${column} ${reason}`);
}

function listing(table: Table, logins: readonly NamedLogin[] = [ADMIN]): ReturnType<typeof listingOf> {
  return listingOf(table, 'Houses', logins, COMMON);
}

/** What became of each row: its address, or that it cannot be used. */
function found(table: Table, logins?: readonly NamedLogin[]): Record<string, string> {
  const named = listing(table, logins).entries.map(({ name, terminal }) => [
    name,
    terminal instanceof HikvisionError ? terminal.reason : `${terminal.protocol}://${terminal.host}:${terminal.port}`,
  ]);
  return Object.fromEntries(named) as Record<string, string>;
}

describe('a table of terminals', () => {
  for (const [kind, text] of [
    ['tabs', 'name\thost\tprotocol\tsite\nLobby\t192.0.2.1\thttp\tA, B\n'],
    ['commas', 'Name,Host,Protocol,Site\r\nLobby,192.0.2.1,http,"A, B"\r\n'],
    ['semicolons', '\uFEFFsite;name;host;protocol\nA, B;Lobby;192.0.2.1;HTTP'.slice(1)],
  ] as const) {
    it(`is read with ${kind} between the cells`, () => {
      const { entries, problems } = listing(readDelimited(text, 'needed'));
      assert.deepEqual(problems, []);
      assert.deepEqual(
        entries.map(({ name, site }) => [name, site]),
        [['Lobby', 'A, B']],
      );
      assert.deepEqual(found(readDelimited(text, 'needed')), { Lobby: 'http://192.0.2.1:80' });
    });
  }

  it('names each bad row by line and column, and the others work', () => {
    const text = [
      'name,host,port,protocol,certificate,fingerprint,login',
      'first,192.0.2.1',
      'second,http://192.0.2.2,99999',
      '',
      'third,192.0.2.3,"8443,https',
      'fourth,192.0.2.4,,ftp',
      'fifth,192.0.2.5,,https,pin,xyz',
      'sixth,192.0.2.6,,https,pinn',
      'seventh,192.0.2.7,,,,,nobody',
      'first,192.0.2.8',
      'ninth,192.0.2.9,8443,,,,doors',
      'tenth,192.0.2.10,,,,,,,,',
    ].join('\n');
    const table = readDelimited(text, 'needed');
    assert.deepEqual(mistakes(listing(table)), [
      '3 host hostProtocol',
      '3 port wholeNumber',
      '5 17 quote',
      '6 protocol notAllowed',
      '7 fingerprint fingerprint',
      '8 certificate notAllowed',
      '9 login loginUnknown',
      '10 name nameTaken',
      '12 8 moreCells',
    ]);
    assert.deepEqual(found(table), {
      first: 'https://192.0.2.1:443',
      ...Object.fromEntries(['second', 'fourth', 'fifth', 'sixth', 'seventh'].map((name) => [name, 'directoryRow'])),
      ninth: 'https://192.0.2.9:8443',
    });
    const bad = listing(table).entries.find(({ name }) => name === 'fourth')?.terminal;
    assert.ok(bad instanceof HikvisionError);
    assert.deepEqual(
      [bad.code, bad.params],
      ['NOT_CONFIGURED', { name: 'fourth', directory: 'Houses', line: 6, column: 'protocol' }],
    );
  });

  it('wants headings in a file, and knows them or the usual order where rows are pasted', () => {
    assert.deepEqual(mistakes(readDelimited('Lobby,192.0.2.1\n', 'needed')), [
      '1 Lobby columnUnknown',
      '1 192.0.2.1 columnUnknown',
      '1 host hostColumn',
    ]);
    assert.deepEqual(found(readDelimited('Lobby\t192.0.2.1\t8080\thttp', 'optional')), {
      Lobby: 'http://192.0.2.1:8080',
    });
    assert.deepEqual(found(readDelimited('host\n192.0.2.1', 'optional')), { '192.0.2.1': 'https://192.0.2.1:443' });
  });

  it('takes no password, and says which columns it does not know', () => {
    const table = readDelimited('name,host,password,floor,host\nLobby,192.0.2.1,secret-123,2,x', 'needed');
    assert.deepEqual(mistakes(table), ['1 password secretColumn', '1 floor columnUnknown', '1 host columnTwice']);
    assert.deepEqual(found(table), { Lobby: 'https://192.0.2.1:443' });
    const json = readJson('[{"name": "Lobby", "host": "192.0.2.1", "password": "secret-123", "floor": 2}]');
    assert.deepEqual(mistakes(json), ['1 password secretColumn', '1 floor columnUnknown']);
    assert.ok(!JSON.stringify([table, json, listing(json).problems]).includes('secret-123'));
  });

  it('gives each terminal the login that its row names, or the only one', () => {
    const table = tableOf([
      { name: 'a', host: '192.0.2.1', login: 'office' },
      { name: 'b', host: '192.0.2.2', login: '' },
    ]);
    const login = (logins: NamedLogin[]): unknown[] =>
      listing(table, logins).entries.map(({ terminal }) =>
        terminal instanceof HikvisionError ? terminal.reason : terminal.credentials?.username,
      );
    assert.deepEqual(login([OFFICE]), ['office', 'office']);
    assert.deepEqual(login([ADMIN, OFFICE]), ['office', 'directoryRow']);
    assert.deepEqual(mistakes(listing(table, [ADMIN, OFFICE])), ['2 login loginWanted']);
    assert.deepEqual(login([]), ['directoryRow', undefined]);
  });

  it('of the dialog may hold anything, and each row is judged by itself', () => {
    const { entries, problems } = listing(
      tableOf([
        null,
        7,
        { host: ['x'] },
        { host: '192.0.2.1', port: 8000, name: { toString: 1 } },
        { host: '192.0.2.1' },
      ]),
    );
    assert.deepEqual(mistakes({ problems }), ['1 1 notRow', '2 1 notRow', '3 host host', '4 name notText']);
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['192.0.2.1'],
    );
  });

  describe('in JSON', () => {
    it('names each bad element by line and column, and the others work', () => {
      const text = `[
  {"name": "first", "host": "192.0.2.1"},
  {"name": "second", "host": "192.0.2.2",, "port": 1},
  7,
  {"name": "third, "host": "192.0.2.3"},
  {"name": "fo[u]r,th", "host": "192.0.2.4", "port": "x"},
  {
    "name": "fi\\"fth",
    "host": "192.0.2.5"
  }
]`;
      const table = readJson(text);
      const named = mistakes(listing(table));
      assert.deepEqual(
        named.filter((each) => !each.endsWith('syntax')),
        ['4 3 notRow', '6 port wholeNumber'],
      );
      assert.deepEqual(
        named.filter((each) => each.endsWith('syntax')).map((each) => each.split(' ')[0]),
        ['3', '5'],
      );
      assert.deepEqual(found(table), {
        first: 'https://192.0.2.1:443',
        'fo[u]r,th': 'directoryRow',
        'fi"fth': 'https://192.0.2.5:443',
      });
    });

    for (const [text, place, rows] of [
      ['', '1 1 notList', 0],
      ['{"host": "x"}', '1 1 notList', 0],
      ['\n "x"', '2 2 notList', 0],
      ['[{"host": "a"},\n{"host": "b"}', '2 14 syntax', 1],
      ['[{"host": "a"}] x', '1 17 syntax', 1],
      ['[]', undefined, 0],
    ] as const) {
      it(`${JSON.stringify(text)}: ${place ?? 'is an empty list'}`, () => {
        const table = readJson(text);
        assert.deepEqual(mistakes(table), place === undefined ? [] : [place]);
        assert.equal(table.rows.length, rows);
      });
    }
  });

  it('of any bytes is read to its end, in a time that grows as its length does', () => {
    // Where each brace looks back over the blanks of its line, this outlasts the time-out by far.
    const half = LIMITS.bytes / 2;
    assert.deepEqual(mistakes(readJson(`[{\n${' '.repeat(half)}${'{'.repeat(half)}`)), [
      `2 ${2 * half + 1} syntax`,
      '1 3 syntax',
    ]);
    assert.equal(readDelimited(`host\n${'""'.repeat(half)}x`, 'needed').problems.length, 1);
    assert.equal(readDelimited(`host\n"${'""'.repeat(half)}`, 'needed').problems.length, 1);
  });

  it('has bounds, whoever wrote it', () => {
    const many = Array.from({ length: LIMITS.rows + 5 }, (_each, index) => `t${index},192.0.2.1`).join('\n');
    const table = readDelimited(`name,host\n${many}`, 'needed');
    assert.equal(table.rows.length, LIMITS.rows);
    assert.deepEqual(mistakes(table), [`${LIMITS.rows + 2} 1 tooManyRows`]);
    const json = readJson(`[${'{"host":"a"},'.repeat(LIMITS.rows + 5)}]`);
    assert.equal(json.rows.length, LIMITS.rows);
    assert.deepEqual(mistakes(json).length, 1);
    const wrong = listing(readDelimited(`host\n${'a/b\n'.repeat(5000)}`, 'needed'));
    assert.equal(wrong.problems.length, LIMITS.problems);
    const long = listing(readDelimited(`name,host\n${'n'.repeat(200)},a\nb,${'h'.repeat(2000)}`, 'needed'));
    assert.deepEqual(mistakes(long), ['2 name long', '3 host long']);
    // None of these may take long, which the time-out of the test judges.
    for (const hostile of ['"', '[', '{', '[[', '["', ',', '"a,', '\\', '[{"a":', '\t', ']', '[1,']) {
      const text = hostile.repeat(1_000_000 / hostile.length);
      readDelimited(text, 'needed');
      readJson(text);
      readJson(`[${text}`);
    }
  });
});
