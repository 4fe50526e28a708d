// Remakes the pictures of the README in docs/images/: the example flow after a registration, a terminal's dialog after a
// test of the connection, the flows of the systems, and the pages of their users. Needs a build, and a browser at
// /usr/bin/chromium-headless-shell.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';
import { require as load } from 'tsx/cjs/api';

import { root } from './runtime-node.mjs';

const { Editor } = load('../test/harness/browser/editor.ts', import.meta.url);
const { NodeRedProcess } = load('../test/harness/node-red/node-red-process.ts', import.meta.url);

const { changeDatabase } = load('../test/harness/examples/database.ts', import.meta.url);

const images = join(root, 'docs', 'images');
const flow = JSON.parse(readFileSync(join(root, 'examples', 'register-user-with-face.json'), 'utf8'));
const idOf = (type) => flow.find((node) => node.type === type).id;

mkdirSync(images, { recursive: true });
const red = await NodeRedProcess.start({ flow });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium-headless-shell',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  await terminalDialog();
  await exampleFlow();
  await system('registration-api', 'Registration API');
  await system('employees-page', 'Employees page', operatorsPage);
  await system('attendance', 'Attendance', attendancePage);
  await system('hikcentral-visitor', 'Visitors in HikCentral', receptionsPage);
  await system('fleet-from-csv', 'Fleet from CSV', fleetPage);
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
  // Its user directory lies here.
  const temporary = mkdtempSync(join(tmpdir(), 'screenshots-'));
  const demo = spawn(process.execPath, [join(root, 'scripts', 'start.mjs'), '--example', name], {
    env: { ...process.env, PORT: '0', TMPDIR: temporary },
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
    await more(address, join(temporary, readdirSync(temporary).find((each) => each.startsWith('node-red-')) ?? ''));
  } finally {
    const ended = new Promise((resolve) => demo.once('exit', resolve));
    demo.kill('SIGINT');
    await ended;
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function operatorsPage(address) {
  const desktop = await employees(address, { viewport: { width: 1366, height: 768 } });
  for (const [id, name, everywhere] of [
    ['1001', 'Сотрудник Первый', true],
    ['1002', 'Сотрудник Второй', false],
    ['1003', 'Сотрудник Третий', true],
    ['1004', 'Сотрудник Четвёртый', false],
  ]) {
    await desktop.getByRole('button', { name: 'Новый сотрудник' }).click();
    await desktop.getByLabel('ID', { exact: true }).fill(id);
    await desktop.getByLabel('ФИО').fill(name);
    await desktop.getByLabel('Отдел').fill('Производство');
    await desktop.getByRole('button', { name: 'Снять лицо на терминале Lobby' }).click();
    await desktop.getByText('Лицо снято').waitFor();
    if (!everywhere) continue;
    await desktop.getByRole('button', { name: 'Записать на все терминалы' }).click();
    await desktop.getByText('Сохранено: человек и лицо').waitFor();
  }
  await desktop.locator('.panel img').waitFor();
  await desktop.screenshot({ path: join(images, 'operators-page.png'), animations: 'disabled' });
  const phone = await employees(address, { viewport: { width: 390, height: 780 }, colorScheme: 'dark' });
  await phone.locator('tbody img').nth(3).waitFor();
  await phone.screenshot({ path: join(images, 'operators-page-phone.png'), animations: 'disabled' });
}

async function employees(address, options) {
  const page = await (await browser.newContext({ locale: 'ru-RU', ...options })).newPage();
  await page.goto(`${address}/dashboard/employees`);
  return page;
}

async function receptionsPage(address) {
  const desktop = await visitors(address, { viewport: { width: 1366, height: 768 } });
  const guest = (name) => desktop.locator('.guests > li', { hasText: name });
  for (const name of ['Гость Первый', 'Гость Второй', 'Гость Третий']) {
    const [given, family] = name.split(' ');
    await desktop.getByRole('button', { name: 'Пригласить гостя' }).click();
    await desktop.getByLabel('Имя', { exact: true }).fill(given);
    await desktop.getByLabel('Фамилия').fill(family);
    await desktop.getByLabel('Компания').fill('Пример');
    await desktop.getByRole('combobox', { name: 'Принимающий', exact: true }).selectOption({ index: 1 });
    await desktop.getByRole('button', { name: 'Пригласить', exact: true }).click();
    await guest(name).locator('.chip', { hasText: 'приглашён' }).waitFor();
  }
  for (const name of ['Гость Первый', 'Гость Второй']) {
    await guest(name).getByRole('button', { name: 'Пришёл' }).click();
    await guest(name).locator('.chip', { hasText: 'пришёл' }).waitFor();
  }
  await guest('Гость Первый').getByRole('button', { name: 'Ушёл' }).click();
  await desktop.getByRole('button', { name: 'Да, ушёл' }).click();
  await guest('Гость Первый').locator('.chip', { hasText: 'ушёл' }).waitFor();
  await desktop.getByRole('button', { name: 'Пригласить гостя' }).click();
  await desktop.screenshot({ path: join(images, 'visitors-page.png'), animations: 'disabled' });
  const phone = await visitors(address, { viewport: { width: 390, height: 780 }, colorScheme: 'dark' });
  await phone.locator('.chip', { hasText: 'приглашён' }).waitFor();
  await phone.screenshot({ path: join(images, 'visitors-page-phone.png'), animations: 'disabled' });
}

async function fleetPage(address) {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1000, height: 640 } });
  const page = await context.newPage();
  await page.goto(`${address}/dashboard/fleet`);
  await page.getByRole('button', { name: 'Make it so' }).click();
  await page.getByText('All terminals have answered.').waitFor({ timeout: 60_000 });
  await page.screenshot({ path: join(images, 'fleet-page.png'), animations: 'disabled' });
}

async function visitors(address, options) {
  const page = await (await browser.newContext({ locale: 'ru-RU', ...options })).newPage();
  await page.goto(`${address}/dashboard/visitors`);
  return page;
}

async function open(viewport) {
  const context = await browser.newContext({ locale: 'en-US', viewport });
  return Editor.open(await context.newPage(), red, 'en-US');
}

/** Two weeks of six people, as though a terminal had told of them. */
async function attendancePage(address, userDir) {
  const names = ['Alex', 'Bo', 'Chris', 'Dana', 'Ellis', 'Robin'];
  const rows = Array.from({ length: 14 }, (_, ago) => {
    const day = `date('now', 'localtime', '-${ago} days')`;
    return names.flatMap((name, index) => {
      const isAway = (ago * 5 + index * 3) % 7 < 1 + (ago % 3);
      const minutes = (ago * 11 + index * 17) % 50;
      const times =
        isAway && ago > 0 ? [] : [`08:${10 + (minutes % 40)}`, `12:${10 + minutes}`, `17:${10 + ((minutes * 7) % 50)}`];
      return times.map(
        (time, part) =>
          `('example:${ago}:${index}:${part}', 'Entrance', strftime('%Y-%m-%dT%H:%M:%SZ', ${day} || ' ${time}', 'utc'), ${day}, '00010${index + 1}', '${name}')`,
      );
    });
  }).flat();
  await changeDatabase(join(userDir, 'attendance.sqlite'), [
    'DELETE FROM attendance',
    `INSERT INTO attendance VALUES ${rows.join()}`,
  ]);
  for (const [name, options] of [
    ['attendance-page', { viewport: { width: 1000, height: 780 } }],
    ['attendance-page-phone', { viewport: { width: 390, height: 780 }, colorScheme: 'dark' }],
  ]) {
    const page = await (await browser.newContext({ locale: 'en-US', ...options })).newPage();
    await page.goto(`${address}/dashboard/attendance`);
    await page
      .locator('tbody tr')
      .nth(names.length - 1)
      .waitFor();
    await page.screenshot({ path: join(images, `${name}.png`), animations: 'disabled' });
  }
}
