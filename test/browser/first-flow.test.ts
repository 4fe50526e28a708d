import assert from 'node:assert/strict';

import type { Editor } from '../harness/browser/editor.js';
import { Hand } from '../harness/browser/hand.js';
import { describeInBrowser, LANGUAGES, openEditor, screenshotFile } from '../harness/browser/stage.js';

/** Presses of mouse and keyboard outside text, from an empty editor to a registered face. */
const AT_MOST = 25;
const PERSON = { employeeNo: '000123', name: 'Alex' };

for (const language of LANGUAGES) {
  describeInBrowser(`the first flow by hand, in ${language}`, () => {
    let editor: Editor;

    before(async () => {
      editor = await openEditor(language);
    });

    it(`has a registered face in at most ${AT_MOST} clicks and keys`, async () => {
      const hand = new Hand(editor);
      const simulator = await hand.place('terminal-simulator', 60);
      let dialog = await hand.open(simulator);
      await hand.click(dialog.form.locator('.hikvision-add'));
      await hand.done(dialog);

      const register = await hand.place('register-person', 160);
      const inject = await hand.place('inject', 240, 220);
      const debug = await hand.place('debug', 240, 560);
      dialog = await hand.open(inject);
      // The first value is msg.payload.
      const payload = dialog.tray.locator('.node-input-prop-property-value + .red-ui-typedInput-container').first();
      await hand.click(payload.locator('.red-ui-typedInput-type-select'));
      await hand.click(editor.page.locator('.red-ui-typedInput-options:visible [value="json"]'));
      await hand.write(payload.locator('.red-ui-typedInput-input'), JSON.stringify(PERSON));
      await hand.done(dialog);
      await hand.wire(inject, register);
      await hand.wire(register, debug);
      await hand.deploy();
      await hand.inject(inject);

      const terminal = editor.says('terminal-simulator', 'added.name');
      const registered = editor.says('register-person', 'status.registered');
      await editor.statusOf(register).getByText(`${terminal} · ${registered}`, { exact: true }).waitFor();
      assert.ok(hand.count <= AT_MOST, `${hand.count} clicks and keys`);
      const message = (await editor.debugMessages()).filter({ hasText: PERSON.employeeNo });
      await message.first().waitFor();
      await editor.page.screenshot({ path: screenshotFile(language, 'light', 'first-flow') });
      assert.deepEqual(editor.complaints, []);
    });
  });
}
