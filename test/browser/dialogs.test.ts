import assert from 'node:assert/strict';

import type { Dialog, Editor } from '../harness/browser/editor.js';
import { LANGUAGES, describeInBrowser, openEditor, screenshotFile, THEMES } from '../harness/browser/stage.js';
import { settingsOf } from '../harness/editor/settings.js';
import { line } from '../harness/node-red/node-red-line.js';
import companion from '../../fleet/package.json';
import manifest from '../../package.json';

/** The companion is installed with Node-RED 5. */
const REGISTERED = [
  ...Object.keys(manifest['node-red'].nodes),
  ...(line === '5' ? Object.keys(companion['node-red'].nodes) : []),
];
/** Each node of the palette with its config node, where it has one. */
const NODES = Object.entries({
  'capture-face': { property: 'terminal', config: 'isapi-config' },
  'create-user': undefined,
  'fdsetup-bind': undefined,
  'register-person': undefined,
  'terminal-sync': undefined,
  'access-events': undefined,
  'event-ack': undefined,
  'isapi-request': undefined,
  'artemis-request': { property: 'gateway', config: 'artemis-config' },
  'terminal-simulator': undefined,
  'gateway-simulator': undefined,
  'fleet-out': { property: 'fleet', config: 'fleet-config' },
  'fleet-in': undefined,
  'fleet-done': undefined,
}).filter(([type]) => REGISTERED.includes(type));

/** What each validator refuses: property, value, the kind of the typed input where it is one, and the key of the text. */
const REFUSED: Record<string, [string, string, string | undefined, string][]> = {
  'capture-face': [
    ['deadline', '-1', undefined, 'invalid.deadline'],
    ['interval', '86401', undefined, 'invalid.interval'],
    ['holdTimeout', 'x', undefined, 'invalid.holdTimeout'],
    ['employeeNo', 'a b', 'str', 'invalid.employeeNo'],
  ],
  'create-user': [
    ['employeeNo', '', 'str', 'invalid.employeeNo.employeeNoMissing'],
    ['employeeNo', 'a b', 'str', 'invalid.employeeNo.other'],
    ['fullName', 'n'.repeat(129), 'str', 'invalid.fullName.other'],
    ['groupId', 'x', 'str', 'invalid.groupId'],
    ['beginTime', '2025-01-01', 'str', 'invalid.beginTime'],
    ['endTime', '2038-01-01T00:00:00', 'str', 'invalid.endTime.other'],
    ['planTemplateNo', 'a', 'str', 'invalid.planTemplateNo.other'],
    ['doorRight', 'front', 'str', 'invalid.doorRight'],
  ],
  'fdsetup-bind': [
    ['employeeNo', '', 'str', 'invalid.employeeNo.employeeNoMissing'],
    ['employeeNo', 'a b', 'str', 'invalid.employeeNo.other'],
    ['face', '', 'msg', 'invalid.face'],
    ['faceLibType', 'a b', undefined, 'invalid.faceLibType'],
    ['FDID', '#', undefined, 'invalid.FDID'],
  ],
  'register-person': [
    ['employeeNo', 'a b', 'str', 'invalid.employeeNo.other'],
    ['deadline', '-1', undefined, 'invalid.deadline'],
    ['retries', '21', undefined, 'invalid.retries'],
  ],
  'terminal-sync': [
    ['persons', '', 'msg', 'invalid.persons'],
    ['maxRemovals', '100001', undefined, 'invalid.maxRemovals'],
  ],
  'access-events': [
    ['poll', '0', undefined, 'invalid.poll'],
    ['poll', '3601', undefined, 'invalid.poll'],
  ],
  'isapi-request': [
    ['path', '', 'str', 'invalid.path'],
    ['path', 'http://host/x', 'str', 'invalid.path'],
  ],
  'artemis-request': [
    ['path', '', 'str', 'invalid.path'],
    ['path', 'http://host/x', 'str', 'invalid.path'],
  ],
  'terminal-simulator': [
    ['port', '70000', undefined, 'invalid.port'],
    ['faceAfter', '-1', undefined, 'invalid.faceAfter'],
  ],
  'gateway-simulator': [
    ['port', '70000', undefined, 'invalid.port'],
    ['version', 'a b', undefined, 'invalid.version'],
  ],
  'fleet-out': [['value', '', 'msg', 'invalid.value']],
  'fleet-in': [['timeout', '0', undefined, 'invalid.timeout']],
  'fleet-config': [
    ['host', 'postgres://x', undefined, 'invalid.host.hostProtocol'],
    ['parallel', '0', undefined, 'invalid.parallel'],
    ['schema', 'Fleet', undefined, 'invalid.schema'],
    ['auditFrom', '24', undefined, 'invalid.auditFrom'],
  ],
  'isapi-config': [
    ['host', '', undefined, 'invalid.host.hostMissing'],
    ['host', 'http://terminal', undefined, 'invalid.host.hostProtocol'],
    ['host', 'terminal/path', undefined, 'invalid.host.hostPath'],
    ['host', 'terminal:80', undefined, 'invalid.host.hostPort'],
    ['port', '0', undefined, 'invalid.port'],
    ['timeout', '0', undefined, 'invalid.timeout'],
    ['retries', '21', undefined, 'invalid.retries'],
    ['queueLimit', '0', undefined, 'invalid.queueLimit'],
  ],
  'artemis-config': [
    ['host', '', undefined, 'errors.addressMissing'],
    ['port', 'x', undefined, 'invalid.port'],
    ['basePath', 'a b', undefined, 'invalid.basePath'],
    ['timeout', '601', undefined, 'invalid.timeout'],
    ['retries', '-1', undefined, 'invalid.retries'],
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
        await inspect(dialog, type);
        if (config) {
          const inner = await dialog.addConfig(config.property);
          await inspect(inner, config.config);
          await inner.cancel();
        }
        await dialog.cancel();
        assert.deepEqual(editor.complaints, []);
      });
    }

    /** With the numbers of the setting's own rule; an error says what happened and what to do. */
    function complaint(type: string, property: string, key: string): string {
      const { min = '', max = '', default: usual = '' } = settingsOf(type)[property] ?? {};
      const keys = key.startsWith('errors.') ? [`${key}.what`, `${key}.hint`] : [key];
      return keys.map((each) => editor.says(type, each, { min, max, usual: String(usual) })).join(' ');
    }

    async function inspect(dialog: Dialog, type: string): Promise<void> {
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
      for (const [property, value, kind, key] of language === 'en-US' ? refused : refused.slice(0, 1)) {
        if (kind === undefined) await dialog.fill(property, value);
        else await dialog.fillTyped(property, kind, value);
        const said = await dialog.complaintAbout(property);
        assert.equal(said, complaint(type, property, key), `${property} = ${value}`);
        await dialog.setValue(property, '${FROM_ENVIRONMENT}');
        assert.equal(await dialog.complaintAbout(property), '', `${property} = \${FROM_ENVIRONMENT}`);
      }
    }
  });
}
