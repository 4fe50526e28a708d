import assert from 'node:assert/strict';

import type { Dialog, Editor } from '../harness/browser/editor.js';
import { LANGUAGES, describeInBrowser, openEditor, screenshotFile, THEMES } from '../harness/browser/stage.js';
import manifest from '../../package.json';

const REGISTERED = Object.keys(manifest['node-red'].nodes);
/** Each node of the palette with its config node, where it has one. */
const NODES = Object.entries({
  'capture-face': { property: 'terminal', config: 'isapi-config' },
  'create-user': undefined,
  'fdsetup-bind': undefined,
  'isapi-request': undefined,
  'artemis-request': { property: 'gateway', config: 'artemis-config' },
  'terminal-simulator': undefined,
}).filter(([type]) => REGISTERED.includes(type));

const HOUR = { min: 1, max: 3600 };
/** What each validator refuses: property, value, the kind of the typed input where it is one, the text and its numbers. */
const REFUSED: Record<string, [string, string, string | undefined, string, Record<string, number>?][]> = {
  'capture-face': [
    ['deadline', '0', undefined, 'deadline', HOUR],
    ['interval', '61', undefined, 'interval', { min: 0, max: 60 }],
    ['holdTimeout', 'x', undefined, 'holdTimeout', HOUR],
  ],
  'create-user': [
    ['employeeNo', '', 'str', 'employeeNo.blank'],
    ['employeeNo', 'a b', 'str', 'employeeNo.literal'],
    ['fullName', 'n'.repeat(129), 'str', 'fullName.literal'],
    ['groupId', 'x', 'str', 'groupId.literal'],
    ['beginTime', '2025-01-01', 'str', 'beginTime.literal'],
    ['endTime', '2038-01-01T00:00:00', 'str', 'endTime.literal'],
    ['doorRight', 'front', 'str', 'doorRight.literal'],
    ['planTemplateNo', 'a', 'str', 'planTemplateNo.literal'],
  ],
  'fdsetup-bind': [
    ['employeeNo', '', 'str', 'employeeNo.blank'],
    ['employeeNo', 'a b', 'str', 'employeeNo.literal'],
    ['face', '', 'msg', 'face.blank'],
    ['faceLibType', '', undefined, 'faceLibType.blank'],
    ['FDID', '', undefined, 'FDID.blank'],
  ],
  'isapi-request': [
    ['path', '', 'str', 'path.blank'],
    ['path', 'http://host/x', 'str', 'path.literal'],
  ],
  'artemis-request': [
    ['path', '', 'str', 'path.blank'],
    ['path', 'no slash', 'str', 'path.literal'],
  ],
  'terminal-simulator': [
    ['port', '70000', undefined, 'port', { min: 0, max: 65535 }],
    ['faceAfter', '-1', undefined, 'faceAfter', { min: 0, max: 3600 }],
  ],
  'isapi-config': [
    ['host', '', undefined, 'host.blank'],
    ['host', 'http://terminal', undefined, 'host.protocol'],
    ['host', 'terminal/path', undefined, 'host.path'],
    ['host', 'terminal:80', undefined, 'host.port'],
    ['port', '0', undefined, 'port', { min: 1, max: 65535 }],
    ['timeout', '', undefined, 'timeout', { min: 1, max: 600 }],
    ['retries', '11', undefined, 'retries', { min: 0, max: 10 }],
    ['queueLimit', '0', undefined, 'queueLimit', { min: 1 }],
  ],
  'artemis-config': [
    ['host', '', undefined, 'host.blank'],
    ['port', 'x', undefined, 'port', { min: 1, max: 65535 }],
    ['basePath', 'artemis', undefined, 'basePath.format'],
    ['timeout', '601', undefined, 'timeout', { min: 1, max: 600 }],
    ['retries', '-1', undefined, 'retries', { min: 0, max: 10 }],
  ],
};

for (const language of LANGUAGES) {
  describeInBrowser(`the dialogs in ${language}`, () => {
    let editor: Editor;

    before(async () => {
      editor = await openEditor(language);
    });

    for (const [index, [type, config]] of NODES.entries()) {
      it(`${type} can be dragged from the palette, explains itself, and each validator speaks`, async () => {
        const id = await editor.drag(type, { x: 260, y: 60 + 80 * index });
        const dialog = await editor.edit(id);
        await examine(dialog, type);
        if (config) {
          const inner = await dialog.addConfig(config.property);
          await examine(inner, config.config);
          await inner.cancel();
        }
        await dialog.cancel();
        assert.deepEqual(editor.complaints, []);
      });
    }

    async function examine(dialog: Dialog, type: string): Promise<void> {
      await dialog.unfold();
      for (const theme of THEMES) {
        await editor.setTheme(theme);
        await dialog.tray.screenshot({ path: screenshotFile(language, theme, type) });
      }
      await editor.setTheme('light');
      // The editor cuts off what a screen of 1024 pixels has no room for.
      assert.ok(((await dialog.tray.boundingBox())?.width ?? Infinity) <= 707, 'too wide');
      assert.deepEqual(await dialog.unnamedFields(), []);
      assert.doesNotMatch(await dialog.form.innerText(), new RegExp(`${type}\\.|__\\w+__`));
      const refused = REFUSED[type] ?? [];
      // The rules are the same in every language: there it is enough to hear one speak.
      for (const [property, value, kind, text, numbers] of language === 'en-US' ? refused : refused.slice(0, 1)) {
        if (kind === undefined) await dialog.fill(property, value);
        else await dialog.fillTyped(property, kind, value);
        const said = await dialog.complaintAbout(property);
        assert.equal(said, editor.says(type, `invalid.${text}`, numbers), `${property} = ${value}`);
        await dialog.setValue(property, '${FROM_ENVIRONMENT}');
        assert.equal(await dialog.complaintAbout(property), '', `${property} = \${FROM_ENVIRONMENT}`);
      }
    }
  });
}
