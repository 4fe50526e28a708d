import assert from 'node:assert/strict';

import { SimulatedTerminal } from '../../simulator/simulated-terminal.js';
import { certificate } from '../harness/terminal/certificate.js';
import type { Dialog, Editor } from '../harness/browser/editor.js';
import { LANGUAGES, describeInBrowser, openEditor, screenshotFile, THEMES } from '../harness/browser/stage.js';

const LOGIN = { username: 'operator', password: 'right-password' };

for (const language of LANGUAGES) {
  describeInBrowser(`testing the connection in ${language}`, () => {
    let editor: Editor;
    let terminal: SimulatedTerminal;
    let node: string;

    before(async () => {
      terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', tls: certificate, ...LOGIN });
      await terminal.start();
      editor = await openEditor(language);
      await editor.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      node = await editor.drag('create-user');
    });
    after(async () => {
      await terminal.stop();
    });

    const says = (finding: string, params = {}): string => editor.says('isapi-config', `finding.${finding}`, params);

    async function test(dialog: Dialog): Promise<Map<string, string>> {
      await dialog.form.locator('.hikvision-run').click();
      await dialog.form.locator('.hikvision-findings, .hikvision-refused').waitFor();
      const lines = await dialog.form.locator('.hikvision-findings li').all();
      const found = new Map<string, string>();
      for (const line of lines) {
        const state =
          /hikvision-(passed|warned|failed|unknown)/.exec((await line.getAttribute('class')) ?? '')?.[1] ?? '';
        const [sentence = ''] = await line.locator('> div > div').allInnerTexts();
        found.set(sentence, state);
      }
      return found;
    }

    async function picture(dialog: Dialog, name: string): Promise<void> {
      for (const theme of THEMES) {
        await editor.setTheme(theme);
        await dialog.tray.screenshot({ path: screenshotFile(language, theme, `test-${name}`) });
      }
      await editor.setTheme('light');
    }

    it('shows a certificate that is not accepted, pins it, tells a wrong password, and finds a terminal that is well', async () => {
      const { host, port } = terminal.address;
      const dialog = await editor.edit(node);
      const config = await dialog.addConfig('terminal');
      await config.fill('name', 'Lobby');
      await config.fill('host', host);
      await config.fill('port', String(port));
      await config.fill('username', LOGIN.username);
      await config.fill('password', 'wrong-password');

      const unknown = await test(config);
      assert.equal(unknown.get(says('certificate.failed', { reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' })), 'failed');
      assert.deepEqual(terminal.counters.records, []);
      await picture(config, 'certificate');
      await config.form.locator('.hikvision-pin').click();
      assert.equal(await config.field('certificate').inputValue(), 'pin');
      const fingerprint = await config.field('fingerprint').inputValue();
      assert.match(fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);

      const wrong = await test(config);
      assert.equal(wrong.get(says('certificate.pinned')), 'passed');
      assert.equal(wrong.get(says('login.rejected', { tries: 4 })), 'failed');
      assert.equal(terminal.counters.signedRejections, 1);
      await picture(config, 'password');
      // The same once more would only cost a try.
      const again = await test(config);
      assert.equal(again.get(says('login.sameLogin')), 'failed');
      await config.fill('host', '');
      await config.form.locator('.hikvision-run').click();
      await config.form.getByText(editor.says('isapi-config', 'invalid.host.hostMissing')).waitFor();
      await config.fill('host', host);
      assert.equal(terminal.counters.signedRejections, 1);

      await config.fill('password', LOGIN.password);
      await config.fill('fingerprint', `00${fingerprint.slice(2)}`);
      const replaced = await test(config);
      assert.equal(replaced.get(says('certificate.changed', { pinned: `00${fingerprint.slice(2)}` })), 'failed');
      await config.form.locator('.hikvision-pin').click();
      assert.equal(await config.field('fingerprint').inputValue(), fingerprint);

      const well = await test(config);
      assert.deepEqual([...new Set(well.values())], ['passed']);
      assert.equal(well.size, 9);
      assert.ok(well.has(says('login.passed')));
      await picture(config, 'passed');

      await config.form.locator('.hikvision-copy').click();
      const report = await editor.page.evaluate<string>('navigator.clipboard.readText()');
      assert.equal((JSON.parse(report) as { model: string }).model, 'DS-K1T343EFWX');
      assert.ok(!report.includes(host) && !report.includes(LOGIN.username));

      await config.done();
      await dialog.done();
      await editor.deploy();
    });

    it('tests with the stored password, but never at another address', async () => {
      const dialog = await editor.edit(node);
      const config = await dialog.editConfig('terminal');
      assert.equal(await config.field('password').inputValue(), '__PWRD__');
      assert.equal((await test(config)).get(says('login.passed')), 'passed');

      const foreign = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', tls: certificate, ...LOGIN });
      await foreign.start();
      try {
        await config.fill('port', String(foreign.address.port));
        await test(config);
        const refused = await config.form.locator('.hikvision-refused').innerText();
        assert.equal(refused, editor.says('isapi-config', 'refused.password-needed'));
        assert.equal(foreign.counters.connections, 0);
      } finally {
        await foreign.stop();
      }
      await config.fill('host', 'http://terminal');
      await test(config);
      const refused = await config.form.locator('.hikvision-refused').innerText();
      assert.equal(refused, editor.says('isapi-config', 'invalid.host.hostProtocol'));
      await config.cancel();
      await dialog.cancel();
    });

    it('leaves no complaint in the console', () => {
      const ours = editor.complaints.filter(
        (complaint) => !/status of 400 .*\/isapi-config\/\w+\/test$/.test(complaint),
      );
      assert.deepEqual(ours, []);
    });
  });
}
