import assert from 'node:assert/strict';

import type { Dialog, Editor } from '../../harness/browser/editor.js';
import { describeInBrowser, LANGUAGES, openEditor, screenshotFile } from '../../harness/browser/stage.js';
import { TestPostgres } from '../../harness/fleet/postgres.js';

/** So narrow, the editor's own bars leave no room for a dialog: whoever works there puts them away. */
const SIZES = [
  { width: 1366, height: 768, bars: true },
  { width: 400, height: 800, bars: false },
];

for (const language of LANGUAGES) {
  describeInBrowser(`the dialogs of the fleet in ${language}`, () => {
    const postgres = TestPostgres.forAll();
    let editor: Editor;
    let node: string;

    before(async () => {
      editor = await openEditor(language);
      node = await editor.drag('fleet-out');
    });

    const says = (finding: string, params = {}): string => editor.says('fleet-config', `finding.${finding}`, params);

    async function test({ form }: Dialog): Promise<Map<string, string>> {
      await form.locator('.hikvision-run').click();
      await form.locator('.hikvision-findings, .hikvision-refused').waitFor();
      const found = new Map<string, string>();
      for (const line of await form.locator('.hikvision-findings li').all()) {
        const state =
          /hikvision-(passed|warned|failed|unknown)/.exec((await line.getAttribute('class')) ?? '')?.[1] ?? '';
        const [sentence = ''] = await line.locator('> div > div').allInnerTexts();
        found.set(sentence, state);
      }
      return found;
    }

    /** Pixels that are cut off to the right. */
    function overflowOf({ form }: Dialog): Promise<number> {
      return form.evaluate((element) => {
        const { scrollWidth, clientWidth } = element as unknown as { scrollWidth: number; clientWidth: number };
        return scrollWidth - clientWidth;
      });
    }

    for (const { width, height, bars } of SIZES) {
      it(`test the database before anything is deployed, ${width} pixels wide`, async () => {
        await editor.page.setViewportSize({ width, height });
        if (!bars) await editor.toggleBars();
        const dialog = await editor.edit(node);
        const config = await dialog.addConfig('fleet');
        await config.fill('host', '127.0.0.1');
        await config.fill('port', String(postgres.port));
        await config.fill('database', 'fleet');
        await config.fill('user', 'postgres');
        await config.fill('password', 'not the right one');
        assert.deepEqual([...(await test(config))], [[says('connection.failed'), 'failed']]);
        await config.form.getByText(/pg_hba\.conf/).waitFor();
        await config.fill('password', 'fleet');
        const found = await test(config);
        assert.deepEqual([...new Set(found.values())], ['passed']);
        assert.equal(found.size, 6);
        assert.ok(found.has(says('rights.willCreate', { schema: 'hikvision_fleet' })));
        assert.ok(found.has(says('sessions.passed')));
        await config.unfold();
        assert.equal(await overflowOf(config), 0);
        await editor.page.screenshot({ path: screenshotFile(language, 'light', `fleet-test-${width}`) });
        await config.setValue('connection', 'url');
        await config.fill('url', 'mysql://127.0.0.1/fleet');
        await config.form.locator('.hikvision-run').click();
        await config.form.getByText(editor.says('fleet-config', 'invalid.url.other')).waitFor();
        await config.fill('url', postgres.url);
        assert.deepEqual([...new Set((await test(config)).values())], ['passed']);
        await config.cancel();
        await dialog.cancel();
        if (!bars) await editor.toggleBars();
      });
    }

    it('leave no complaint in the console', () => {
      assert.deepEqual(editor.complaints, []);
    });
  });
}
