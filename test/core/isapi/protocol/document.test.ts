import assert from 'node:assert/strict';

import { child, find, list, number, readDocument, text } from '../../../../core/isapi/protocol/document.js';

describe('document', () => {
  const read = (source: string): ReturnType<typeof readDocument> => readDocument(Buffer.from(source));

  it('decides by the first non-blank byte', () => {
    assert.equal(read(' \r\n\t{"a":1}')?.format, 'json');
    assert.equal(read('\ufeff<a>1</a>')?.format, 'xml');
    assert.equal(read('\r\n\ufeff\u00a0{"a":1}')?.format, 'json');
    assert.equal(read(`${' '.repeat(200)}[1]`)?.format, 'json');
    assert.equal(read('a{}'), undefined);
    assert.equal(read(''), undefined);
  });

  it('keeps leading zeros', () => {
    const tree = read('<UserInfo><employeeNo>000123</employeeNo><id opt="007"/></UserInfo>')?.content ?? {};
    assert.equal(text(tree, 'employeeNo'), '000123');
    assert.equal(text(child(tree, 'id') as Record<string, unknown>, '@opt'), '007');
    assert.equal(number(tree, 'employeeNo'), 123);
  });

  it('knows the root of XML and of an object with one key, with or without a namespace prefix', () => {
    assert.equal(
      read('<x:ResponseStatus xmlns:x="y"><x:statusCode>1</x:statusCode></x:ResponseStatus>')?.root,
      'ResponseStatus',
    );
    assert.equal(read('{"UserInfoSearch":{"a":1}}')?.root, 'UserInfoSearch');
    assert.equal(read('{"statusCode":1,"a":2}')?.root, '');
  });

  for (const [what, source] of [
    ['truncated XML', '<a><b>1</b>'],
    ['truncated JSON', '{"a":1'],
    ['HTML', '<html><body>no</body></html>'],
    ['XML with entities of its own', '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;&b;">]><a>&undefined'],
    ['XML that is too long', `<a>${'x'.repeat(1024 * 1024)}</a>`],
  ] as const) {
    it(`takes ${what} for no document`, () => assert.equal(read(source), undefined));
  }

  it('survives deep nesting, entity bombs and hostile names', () => {
    read('<a>'.repeat(100_000));
    read(`${'<a>'.repeat(20_000)}${'</a>'.repeat(20_000)}`);
    read('['.repeat(1_000_000));
    const bomb = Array.from({ length: 12 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('');
    read(`<!DOCTYPE a [<!ENTITY e0 "x">${bomb}]><a>&e12;</a>`);
    read('<__proto__><polluted>1</polluted></__proto__>');
    const hostile = read('{"__proto__":{"statusCode":1}}');
    assert.equal(number(hostile?.content ?? {}, 'toString'), undefined);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('finds a child whatever the case of its first letter, and a list of one', () => {
    const tree = read('<a><StatusCode>1</StatusCode><item>x</item></a>')?.content ?? {};
    assert.equal(number(tree, 'statusCode'), 1);
    assert.deepEqual(list(tree, 'item'), ['x']);
    assert.deepEqual(list(tree, 'absent'), []);
    assert.equal(find(read('<a><b><c>1</c></b></a>')?.content ?? {}, 'c'), '1');
  });

  it('a number is a finite one', () => {
    const tree = { a: 'Infinity', b: '', c: ' 7 ', d: '0x60000001', e: 'seven', f: null };
    assert.deepEqual(
      Object.keys(tree).map((key) => number(tree, key)),
      [undefined, undefined, 7, 0x60000001, undefined, undefined],
    );
  });
});
