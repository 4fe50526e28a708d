import assert from 'node:assert/strict';

import type { Locator } from 'playwright-core';

import { SimulatedTerminal } from '../../simulator/simulated-terminal.js';
import type { Editor } from '../harness/browser/editor.js';
import { describeInBrowser, LANGUAGES, openEditor, screenshotFile, THEMES } from '../harness/browser/stage.js';
import { certificate } from '../harness/terminal/certificate.js';

const LOGIN = { username: 'operator', password: 'right-password' };

for (const language of LANGUAGES) {
  describeInBrowser(`a table of terminals in ${language}`, () => {
    let editor: Editor;
    let terminals: SimulatedTerminal[];
    let node: string;

    before(async () => {
      terminals = ['127.84.0.1', '127.84.0.2'].map(
        (host) => new SimulatedTerminal({ port: 0, host, model: 'DS-K1T343EFWX', tls: certificate, ...LOGIN }),
      );
      await Promise.all(terminals.map((terminal) => terminal.start()));
      editor = await openEditor(language);
      node = await editor.drag('each-terminal');
    });
    after(() => Promise.all(terminals.map((terminal) => terminal.stop())));

    const says = (key: string, params = {}): string => editor.says('terminal-directory', key, params);
    const cell = (row: Locator, column: string): Locator => row.locator(`[data-column="${column}"]`);

    it('takes pasted rows, names a bad one, tests all, and pins the certificate of each', async () => {
      const dialog = await editor.edit(node);
      const config = await dialog.addConfig('directory');
      await config.fill('name', 'Houses');
      await config.fill('login1', 'doors');
      await config.fill('username1', LOGIN.username);
      await config.fill('password1', LOGIN.password);
      const rows = config.form.locator('.hikvision-rows > li');
      const pasted = terminals.map(
        ({ address: { host, port } }, index) => `Door ${index + 1}\t${host}\t${port}\tNorth`,
      );
      await config.form.locator('.hikvision-paste').click();
      await config.form
        .locator('.hikvision-pasted')
        .fill(['name\thost\tport\tsite', ...pasted, 'Bad\thttp://192.0.2.1\t\t'].join('\n'));
      await config.form.locator('.hikvision-take').click();
      assert.equal(await rows.count(), 3);
      const wrong = `${says('column.host')}: ${says('problem.hostProtocol')}`;
      assert.equal(await cell(rows.nth(2), 'host').getAttribute('title'), wrong);
      await rows.nth(2).locator('.red-ui-editableList-item-remove').click();

      const tested = says('table.progress', { done: 2, total: 2 });
      await config.form.locator('.hikvision-test-all').click();
      await config.form.locator('.hikvision-outcome', { hasText: tested }).waitFor();
      for (const index of [0, 1]) await rows.nth(index).locator('.hikvision-pin').click();
      assert.match(await cell(rows.nth(0), 'fingerprint').inputValue(), /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
      assert.deepEqual(
        terminals.map(({ counters }) => counters.records.length),
        [0, 0],
      );
      await rows.nth(0).locator('.hikvision-test').click();
      await rows.nth(0).getByText(says('table.passed')).waitFor();
      for (const theme of THEMES) {
        await editor.setTheme(theme);
        await config.tray.screenshot({ path: screenshotFile(language, theme, 'directory') });
      }
      await editor.setTheme('light');
      await config.done();
      await dialog.done();
      await editor.deploy();
    });

    it('has the rows again, tests with the stored password, and keeps logins out of the flow', async () => {
      const dialog = await editor.edit(node);
      const config = await dialog.editConfig('directory');
      const rows = config.form.locator('.hikvision-rows > li');
      assert.equal(await rows.count(), 2);
      assert.equal(await cell(rows.nth(1), 'site').inputValue(), 'North');
      assert.equal(await config.field('password1').inputValue(), '__PWRD__');
      await rows.nth(1).locator('.hikvision-test').click();
      await rows.nth(1).getByText(says('table.passed')).waitFor();
      await config.cancel();
      await dialog.cancel();
      const exported = await editor.page.evaluate<string>('JSON.stringify(RED.nodes.createCompleteNodeSet())');
      assert.ok(
        exported.includes('Door 2') && !exported.includes(LOGIN.username) && !exported.includes(LOGIN.password),
      );
    });

    it('leaves no complaint in the console', () => assert.deepEqual(editor.complaints, []));
  });
}
