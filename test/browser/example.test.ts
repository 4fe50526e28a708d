import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';

import example from '../../examples/register-user-with-face.json';
import type { Editor } from '../harness/browser/editor.js';
import { LANGUAGES, describeInBrowser, openEditor, screenshotFile } from '../harness/browser/stage.js';

const PERSON = 'Person 100222';
/** The example in the language of the editor, and what it calls its tab and its button. */
const EXAMPLES = {
  'en-US': { path: 'register-user-with-face', tab: 'Register a person with a face', button: 'Register this person' },
  ru: { path: 'ru/register-user-with-face', tab: 'Регистрация человека с лицом', button: 'Зарегистрировать' },
};

for (const language of LANGUAGES) {
  describeInBrowser(`somebody who never saw the package, in ${language}`, () => {
    let editor: Editor;

    before(async () => {
      editor = await openEditor(language);
      // The example comes with a port of its own: better to hear now that somebody else has it.
      const simulator = example.find(({ type }) => type === 'terminal-simulator');
      const probe = createServer().listen(Number(simulator?.port), '127.0.0.1');
      await once(probe, 'listening');
      probe.close();
      await once(probe, 'close');
    });

    it('gets from an empty editor to a registered person with the Import menu and one press', async function () {
      this.timeout(60_000);
      const { page } = editor;
      const { path, tab, button } = EXAMPLES[language];
      await editor.importExample('@facecontroll/node-red-hikvision', path);
      await editor.deploy();
      await editor.showTab(tab);
      await editor.press(button);

      const message = (await editor.debugMessages()).filter({ hasText: '"registered"' });
      await message.waitFor({ timeout: 30_000 });
      const [bind = ''] = await editor.idsOf('fdsetup-bind');
      const [create = ''] = await editor.idsOf('create-user');
      await assertText(editor, bind, editor.says('fdsetup-bind', 'status.bound'));
      await assertText(editor, create, editor.says('create-user', 'status.created'));
      assert.match(await message.innerText(), new RegExp(PERSON));
      await page.screenshot({ path: screenshotFile(language, 'light', 'example') });
      assert.deepEqual(editor.complaints, []);
    });
  });
}

describeInBrowser('somebody who has no HikCentral', () => {
  it('gets an answer from a simulated one with the Import menu and one press', async function () {
    this.timeout(90_000);
    const editor = await openEditor('en-US');
    await editor.importExample('@facecontroll/node-red-hikvision', 'basics/hikcentral-call');
    await editor.deploy();
    await editor.showTab('One HikCentral call');
    await editor.press('Which version?');
    await (await editor.debugMessages()).filter({ hasText: 'softVersion' }).waitFor({ timeout: 30_000 });
  });
});

async function assertText(editor: Editor, node: string, text: string): Promise<void> {
  await editor
    .statusOf(node)
    .filter({ hasText: new RegExp(` · ${text}$`) })
    .waitFor();
}
