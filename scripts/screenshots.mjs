// Remakes the pictures of the README in docs/images/: the example flow after a registration, a terminal's dialog after a
// test of the connection, the flows of the systems, and the operator's page. Needs a build, and a browser at
// /usr/bin/chromium.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { chromium } from 'playwright-core';
import { require as load } from 'tsx/cjs/api';

import { root } from './runtime-node.mjs';

const { Editor } = load('../test/harness/browser/editor.ts', import.meta.url);
const { NodeRedProcess } = load('../test/harness/node-red/node-red-process.ts', import.meta.url);

const images = join(root, 'docs', 'images');
const flow = JSON.parse(readFileSync(join(root, 'examples', 'register-user-with-face.json'), 'utf8'));
const idOf = (type) => flow.find((node) => node.type === type).id;

mkdirSync(images, { recursive: true });
const red = await NodeRedProcess.start({ flow });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  await terminalDialog();
  await exampleFlow();
  await system('registration-api', 'Registration API');
  await system('employees-page', 'Employees page', operatorsPage);
  await system('bulk-registration', 'Bulk registration');
} finally {
  await browser.close();
  await red.remove();
}

async function exampleFlow() {
  // As large as the flow, with palette and sidebar put away.
  const editor = await open({ width: 1120, height: 1000 });
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

/** An example as `npm start -- --example` opens it: its flow in the editor, and what else `more` photographs. */
async function system(name, tab, more = async () => undefined) {
  const demo = spawn(process.execPath, [join(root, 'scripts', 'start.mjs'), '--example', name], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let said = '';
    const address = await new Promise((resolve, reject) => {
      demo.stdout.on('data', (chunk) => {
        said += chunk;
        const [, found] = /Node-RED: (http:\S+?)\/? /.exec(said) ?? [];
        if (found) resolve(found);
      });
      demo.once('exit', () => reject(new Error(said)));
    });
    const page = await (
      await browser.newContext({ locale: 'en-US', viewport: { width: 2200, height: 1400 } })
    ).newPage();
    await page.goto(address);
    await page.locator('#red-ui-workspace-tabs .red-ui-tab-label', { hasText: tab }).first().click();
    for (const action of ['core:toggle-palette', 'core:toggle-sidebar']) {
      await page.evaluate(`RED.actions.invoke('${action}')`);
    }
    await page.locator('.red-ui-flow-node').first().waitFor();
    await page.screenshot({ path: join(images, `${name}.png`) });
    await more(address);
  } finally {
    const ended = new Promise((resolve) => demo.once('exit', resolve));
    demo.kill('SIGINT');
    await ended;
  }
}

async function operatorsPage(address) {
  const context = await browser.newContext({ locale: 'ru-RU', viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${address}/dashboard/employees`);
  for (const [id, name] of [
    ['1001', 'Сотрудник 1001'],
    ['1002', 'Сотрудник 1002'],
  ]) {
    await page.getByLabel('ID', { exact: true }).fill(id);
    await page.getByLabel('ФИО').fill(name);
    await page.getByLabel('Отдел').fill('Производство');
    await page.getByRole('button', { name: 'Снять с терминала' }).click();
    await page.getByAltText('Снятое лицо').waitFor();
    if (id === '1002') break;
    await page.getByRole('button', { name: 'Сохранить' }).click();
    await page.getByText('на терминале', { exact: true }).waitFor();
  }
  await page.screenshot({ path: join(images, 'operators-page.png'), animations: 'disabled' });
}

async function open(viewport) {
  const context = await browser.newContext({ locale: 'en-US', viewport });
  return Editor.open(await context.newPage(), red, 'en-US');
}
