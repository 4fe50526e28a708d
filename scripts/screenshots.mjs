// Remakes the pictures of the README in docs/images/: the example flow after a registration, and a terminal's dialog
// after a test of the connection. Needs a build, and a browser at /usr/bin/chromium.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { chromium } from 'playwright-core';
import { require as load } from 'tsx/cjs/api';

import { root } from './runtime-node.mjs';

const { Editor } = load('../test/browser/editor.ts', import.meta.url);
const { NodeRedProcess } = load('../test/harness/node-red-process.ts', import.meta.url);

const images = join(root, 'docs', 'images');
const flow = JSON.parse(readFileSync(join(root, 'examples', 'register-user-with-face.json'), 'utf8'));
const idOf = (type) => flow.find((node) => node.type === type).id;

mkdirSync(images, { recursive: true });
const red = await NodeRedProcess.start({ flow });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  await terminalDialog();
  await exampleFlow();
} finally {
  await browser.close();
  await red.remove();
}

async function exampleFlow() {
  // As wide as the flow, with palette and sidebar put away.
  const editor = await open({ width: 2080, height: 980 });
  for (const action of ['core:toggle-palette', 'core:toggle-sidebar']) {
    await editor.page.evaluate(`RED.actions.invoke('${action}')`);
  }
  await editor.press('Register this person');
  await editor.statusOf(idOf('fdsetup-bind')).getByText(editor.says('fdsetup-bind', 'status.bound')).waitFor();
  // What Node-RED tells in passing about the button that was pressed.
  await editor.page.locator('.red-ui-notification').first().waitFor({ state: 'detached' });
  await editor.page.screenshot({ path: join(images, 'example.png') });
  await editor.page.close();
}

async function terminalDialog() {
  const editor = await open({ width: 1400, height: 1100 });
  const dialog = await editor.edit(idOf('capture-face'));
  const terminal = await dialog.editConfig('terminal');
  await terminal.form.locator('.hikvision-run').click();
  await terminal.form.locator('.hikvision-findings').waitFor();
  await terminal.tray.screenshot({ path: join(images, 'terminal.png') });
  await editor.page.close();
}

async function open(viewport) {
  const context = await browser.newContext({ locale: 'en-US', viewport });
  return Editor.open(await context.newPage(), red, 'en-US');
}
