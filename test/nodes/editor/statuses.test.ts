import assert from 'node:assert/strict';

import { Status } from '../../../nodes/common/status.js';
import { BuiltDialogs } from '../../harness/editor/built-dialogs.js';

type StatusNode = ConstructorParameters<typeof Status>[0];

interface Shown {
  text?: unknown;
}

/** What a node shows while so many seconds are left. */
function shown(seconds: number): Shown {
  const statuses: Shown[] = [];
  const node = { status: (status: Shown) => statuses.push(status) } as unknown as StatusNode;
  new Status(node, 'capture-face').busy('look', seconds);
  return statuses[0] ?? {};
}

describe('a status with a number', () => {
  for (const [language, seconds, words] of [
    ['en-US', 3600, 'look here: 3600 s'],
    ['en-US', 181, 'look here: 181 s'],
    ['en-US', 0, 'look here: 0 s'],
    ['ru', 3600, 'посмотрите: 3600 с'],
  ] as const) {
    it(`is read in ${language} with ${seconds} seconds left`, () => {
      const editor = new BuiltDialogs(language);
      editor.load('capture-face');
      const node: Record<string, unknown> = { id: 'n1', _def: { defaults: {} } };
      editor.nodes.set('n1', node);
      const status = shown(seconds);
      for (const listener of editor.statusListeners) listener('status/n1', status);
      assert.equal(status.text, words);
      assert.equal(node['status'], status);
      assert.equal(editor.redrawn, 1);
    });
  }

  it('is read also from a node of the companion', () => {
    const editor = new BuiltDialogs('ru');
    editor.load('fleet-in');
    editor.nodes.set('n1', { id: 'n1', _def: { defaults: {} } });
    const status: Shown = {};
    new Status({ status: (each: Shown) => Object.assign(status, each) } as unknown as StatusNode, 'fleet-in').busy(
      'working',
      3,
    );
    for (const listener of editor.statusListeners) listener('status/n1', status);
    assert.equal(status.text, 'в работе: 3');
  });

  it('is listened for once, however many pages load the shared script; any other status is left alone', () => {
    const editor = new BuiltDialogs('en-US');
    for (const type of ['capture-face', 'create-user', 'isapi-config']) editor.load(type);
    assert.equal(editor.statusListeners.length, 1);
    for (const text of ['look-7', undefined, null, '@other/module/x:x.status.look-7', 'Lobby 12']) {
      const status = { text };
      editor.statusListeners[0]?.('status/n1', status);
      assert.deepEqual(status, { text });
    }
  });
});
