import assert from 'node:assert/strict';

import type { Dialog, Editor } from '../harness/browser/editor.js';
import { describeInBrowser, LANGUAGES, openEditor, screenshotFile } from '../harness/browser/stage.js';

/** What the editor holds, as far as these tests look at it. */
interface Held {
  RED: {
    nodes: { node(id: string): Record<string, unknown> | null; import(nodes: object[]): void };
    view: { redraw(force: boolean): void };
  };
}

const LOBBY = { id: 'lobby', type: 'isapi-config', name: 'Lobby', protocol: 'http', host: '127.0.0.1', port: '1' };
const HOUSES = { id: 'houses', type: 'terminal-directory', name: 'Houses', source: 'table', terminals: [] };
const WATCH = { id: 'watch', type: 'access-events', z: 'tab', x: 200, y: 100, wires: [[], []] };

for (const language of LANGUAGES) {
  describeInBrowser(`the dialog of access-events in ${language}`, () => {
    let editor: Editor;

    async function open(settings: object = {}, more: object[] = []): Promise<Dialog> {
      editor = await openEditor(language);
      await editor.page.evaluate(
        (nodes) => {
          const { RED } = globalThis as unknown as Held;
          RED.nodes.import(nodes);
          RED.view.redraw(true);
        },
        [LOBBY, HOUSES, { ...WATCH, ...settings }, ...more],
      );
      return editor.edit('watch');
    }

    const held = (id: string, name: string): Promise<unknown> =>
      editor.page.evaluate(
        ([of, which]) => (globalThis as unknown as Held).RED.nodes.node(of ?? '')?.[which ?? ''],
        [id, name],
      );

    it('offers directories beside terminals, keeps which is chosen, and opens it by its pencil', async () => {
      let dialog = await open({ terminal: 'lobby' });
      const list = dialog.field('terminal');
      assert.equal(await list.inputValue(), 'lobby');
      assert.equal(
        await list.locator('optgroup').getAttribute('label'),
        editor.says('terminal-directory', 'chosen.all'),
      );
      await list.selectOption('houses');
      await dialog.tray.screenshot({ path: screenshotFile(language, 'light', 'access-events-directory') });
      await dialog.done();
      assert.deepEqual(editor.complaints, []);
      assert.equal(await held('watch', 'terminal'), 'houses');
      dialog = await editor.edit('watch');
      assert.equal(await dialog.field('terminal').inputValue(), 'houses');
      const directory = await dialog.editConfig('terminal');
      assert.equal(await directory.field('name').inputValue(), 'Houses');
      await directory.cancel();
      assert.equal(await dialog.field('terminal').inputValue(), 'houses');
      const terminal = await dialog.addConfig('terminal');
      await terminal.fill('host', '127.0.0.2');
      await terminal.done();
      // What was added is chosen, and directories are offered as before.
      assert.notEqual(await dialog.field('terminal').inputValue(), 'houses');
      assert.equal(await dialog.field('terminal').locator('optgroup').count(), 1);
      await dialog.cancel();
      assert.deepEqual(editor.complaints, []);
    });

    it('takes kinds by boxes, also with the keyboard, and never none', async () => {
      let dialog = await open({ terminal: 'lobby' });
      const box = (kind: string) => dialog.form.locator(`.hikvision-checks input[value=${kind}]`);
      assert.equal(await dialog.form.locator('.hikvision-checks input:checked').count(), 8);
      for (const kind of ['door', 'exception', 'operation', 'call', 'other', 'alarm']) await box(kind).uncheck();
      await box('alarm').focus();
      await editor.page.keyboard.press('Space');
      await dialog.done();
      assert.equal(await held('watch', 'kinds'), 'accepted, denied, alarm');
      dialog = await editor.edit('watch');
      assert.ok(!(await box('door').isChecked()));
      for (const kind of ['accepted', 'denied', 'alarm']) await box(kind).uncheck();
      await dialog.done();
      const wrong = (await held('watch', 'validationErrors')) as string[];
      assert.deepEqual(wrong, [editor.says('access-events', 'invalid.kinds')]);
    });

    it('warns where events are to be acknowledged and nothing does so', async () => {
      let dialog = await open({ terminal: 'lobby' });
      const notice = (): Promise<boolean> => dialog.form.locator('.hikvision-no-ack').isVisible();
      assert.ok(!(await notice()));
      await dialog.field('acknowledge').selectOption('acked');
      assert.ok(await notice());
      assert.ok(await dialog.field('inFlight').isVisible());
      await dialog.tray.screenshot({ path: screenshotFile(language, 'light', 'access-events-acked') });
      await dialog.cancel();
      const ack = { id: 'ack', type: 'event-ack', z: 'tab', x: 400, y: 100, wires: [[]] };
      dialog = await open({ terminal: 'lobby', acknowledge: 'acked' }, [ack]);
      assert.ok(!(await notice()));
    });
  });
}
