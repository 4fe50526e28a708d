import assert from 'node:assert/strict';

import { SimulatedGateway } from '../harness/gateway/simulated-gateway.js';
import type { Dialog, Editor } from '../harness/browser/editor.js';
import { LANGUAGES, describeInBrowser, openEditor, screenshotFile, THEMES } from '../harness/browser/stage.js';

for (const language of LANGUAGES) {
  describeInBrowser(`a gateway in ${language}`, () => {
    let editor: Editor;
    let gateway: SimulatedGateway;

    before(async () => {
      gateway = new SimulatedGateway();
      await gateway.start();
      editor = await openEditor(language);
    });
    after(async () => {
      await gateway.stop();
    });

    const operation = (id: string): string => editor.says('artemis-request', `operations.${id}`);

    async function choose(dialog: Dialog, id: string): Promise<void> {
      await dialog.field('hikvision-picker').fill(operation(id));
      await dialog.form.locator('.hikvision-operations').getByText(operation(id), { exact: true }).click();
    }

    const pathIn = (dialog: Dialog): Promise<string> => dialog.field('path').inputValue();

    it('is asked for an operation found by its name, which never overwrites what was typed unless it may', async () => {
      const dialog = await editor.edit(await editor.drag('artemis-request'));
      await dialog.field('hikvision-picker').click();
      await dialog.tray.screenshot({ path: screenshotFile(language, 'light', 'artemis-request-operations') });
      await choose(dialog, 'doorControl');
      assert.equal(await pathIn(dialog), '/api/acs/v1/door/doControl');
      assert.match(await dialog.field('body').inputValue(), /doorIndexCodes/);

      await dialog.fillTyped('path', 'str', '/api/own/v1/path');
      await choose(dialog, 'orgList');
      await dialog.form.locator('.hikvision-keep').click();
      assert.equal(await pathIn(dialog), '/api/own/v1/path');
      await choose(dialog, 'orgList');
      await dialog.form.locator('.hikvision-replace').click();
      assert.equal(await pathIn(dialog), '/api/resource/v1/org/orgList');
      await dialog.cancel();
    });

    it('is checked with the fields of the dialog, and each finding has its text', async () => {
      const dialog = await editor.edit(await editor.drag('artemis-request', { x: 300, y: 200 }));
      const config = await dialog.addConfig('gateway');
      await config.field('protocol').selectOption('http');
      await config.fill('host', '127.0.0.1');
      await config.fill('port', String(gateway.port));
      await config.fill('appKey', gateway.options.appKey);
      for (const [secret, state, name] of [
        ['wrong', 'failed', 'secret'],
        [gateway.options.appSecret, 'passed', 'passed'],
      ] as const) {
        await config.fill('appSecret', secret);
        await config.form.locator('.hikvision-run').click();
        await config.form.locator('.hikvision-findings').waitFor();
        const said = await config.form.locator(`.hikvision-findings .hikvision-${state}`).allInnerTexts();
        const expected = editor.says('artemis-config', `finding.signature.${state}`);
        assert.ok(
          said.some((text) => text.includes(expected)),
          said.join('\n'),
        );
        const all = await config.form.locator('.hikvision-findings').innerText();
        assert.doesNotMatch(all, /__\w+__|artemis-config\./);
        for (const theme of THEMES) {
          await editor.setTheme(theme);
          await config.tray.screenshot({ path: screenshotFile(language, theme, `check-${name}`) });
        }
        await editor.setTheme('light');
      }
      await config.cancel();
      await dialog.cancel();
      assert.deepEqual(editor.complaints, []);
    });
  });
}
