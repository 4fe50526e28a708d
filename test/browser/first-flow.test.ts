import assert from 'node:assert/strict';

import type { Editor } from '../harness/browser/editor.js';
import { Hand } from '../harness/browser/hand.js';
import { describeInBrowser, LANGUAGES, openEditor, screenshotFile } from '../harness/browser/stage.js';

const PERSON = { employeeNo: '000123', name: 'Alex' };
/** Nodes in the order in which they are wired, and presses of mouse and keyboard outside text, from an empty editor to a registered face. */
const WAYS = [
  { steps: ['register-person'], atMost: 18, done: 'registered', picture: 'first-flow' },
  { steps: ['capture-face', 'create-user', 'fdsetup-bind'], atMost: 22, done: 'bound', picture: 'first-flow-steps' },
];

for (const language of LANGUAGES) {
  for (const { steps, atMost, done, picture } of WAYS) {
    describeInBrowser(`the first flow by hand with ${steps.join(', ')}, in ${language}`, () => {
      let editor: Editor;

      before(async () => {
        editor = await openEditor(language);
      });

      it(`has a registered face in at most ${atMost} clicks and keys`, async () => {
        const hand = new Hand(editor);
        const simulator = await hand.place('terminal-simulator', 60);
        let dialog = await hand.open(simulator);
        await hand.click(dialog.form.locator('.hikvision-add'));
        await hand.done(dialog);

        const placed: string[] = [];
        for (const [index, step] of steps.entries()) placed.push(await hand.place(step, 160 + 80 * index));
        const last = placed.at(-1) ?? '';
        const below = 160 + 80 * steps.length;
        const inject = await hand.place('inject', below, 220);
        const debug = await hand.place('debug', below, 560);
        dialog = await hand.open(inject);
        // The first value is msg.payload.
        const payload = dialog.tray.locator('.node-input-prop-property-value + .red-ui-typedInput-container').first();
        await hand.click(payload.locator('.red-ui-typedInput-type-select'));
        await hand.click(editor.page.locator('.red-ui-typedInput-options:visible [value="json"]'));
        await hand.write(payload.locator('.red-ui-typedInput-input'), JSON.stringify(PERSON));
        await hand.done(dialog);
        const row = [inject, ...placed, debug];
        for (const [index, to] of row.slice(1).entries()) await hand.wire(row[index] ?? '', to);
        await hand.deploy();
        await hand.inject(inject);

        const terminal = editor.says('terminal-simulator', 'added.name');
        const said = editor.says(steps.at(-1) ?? '', `status.${done}`);
        await editor.statusOf(last).getByText(`${terminal} · ${said}`, { exact: true }).waitFor();
        assert.ok(hand.count <= atMost, `${hand.count} clicks and keys`);
        const message = (await editor.debugMessages()).filter({ hasText: PERSON.employeeNo });
        await message.first().waitFor();
        await editor.page.screenshot({ path: screenshotFile(language, 'light', picture) });
        assert.deepEqual(editor.complaints, []);
      });
    });
  }
}
