import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { chromium, type Browser, type Locator, type Page } from 'playwright-core';

import { facePicture } from '../../simulator/simulated-terminal.js';
import { brokenPictures } from '../harness/examples/broken-pictures.js';
import { line } from '../harness/node-red/node-red-line.js';
import { eventually, holdsPicture, System } from '../harness/examples/system.js';

const CHROMIUM = '/usr/bin/chromium';
const ARGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** The page as an operator sees it. */
class EmployeesPage {
  private constructor(readonly page: Page) {}

  static async open(browser: Browser, system: System, locale = 'en-US'): Promise<EmployeesPage> {
    const context = await browser.newContext({ locale, viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(8000);
    const page = await context.newPage();
    await page.goto(`${system.red.url}/dashboard/employees`);
    const opened = new EmployeesPage(page);
    await page.locator('.employees').waitFor();
    return opened;
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  async fill(id: string, name: string, department = 'Sales'): Promise<void> {
    await this.page.getByLabel('ID', { exact: true }).fill(id);
    await this.page.getByLabel('Full name').fill(name);
    await this.page.getByLabel('Department').fill(department);
  }

  /** Waits for a message to the operator. */
  async message(text: string): Promise<void> {
    await this.page.locator('.v-alert', { hasText: text }).waitFor();
  }

  row(id: string): Locator {
    return this.page.locator('tbody tr', { has: this.page.getByRole('cell', { name: id, exact: true }) });
  }

  get picture(): Locator {
    return this.page.getByAltText('Captured face');
  }

  /** Captures and waits for the picture. */
  async capture(): Promise<void> {
    await this.button('Capture from terminal').click();
    await this.picture.waitFor();
  }

  /** Chooses a file as the photo. */
  async choose(name: string, mimeType: string, buffer: Buffer): Promise<void> {
    await this.page.locator('input[type=file]').setInputFiles({ name, mimeType, buffer });
  }

  async chooseTerminal(name: string): Promise<void> {
    await this.page.locator('.v-select').click();
    await this.page.getByRole('option', { name, exact: true }).click();
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

/** Draws a picture of some size in the page. */
const LARGE_PNG = `(() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 600, height: 600 });
  const context = canvas.getContext('2d');
  const noise = context.createImageData(600, 600);
  noise.data.forEach((_, at) => (noise.data[at] = at % 4 === 3 ? 255 : Math.random() * 256));
  context.putImageData(noise, 0, 0);
  return canvas.toDataURL('image/png').split(',')[1];
})()`;

describe(`the example employees-page in Node-RED ${line}`, function () {
  this.timeout(60_000);
  let system: System;
  let browser: Browser;
  let operator: EmployeesPage;
  const problems: string[] = [];

  before(async function () {
    if (!existsSync(CHROMIUM)) {
      if (process.env['CI'] === 'true') throw new Error(`no browser at ${CHROMIUM}`);
      this.skip();
    }
    system = await System.start('employees-page');
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
    operator = await EmployeesPage.open(browser, system);
    operator.page.on('pageerror', (error) => problems.push(error.message));
  });
  after(async () => {
    // A suite that was skipped has started nothing.
    if (!existsSync(CHROMIUM)) return;
    await browser.close();
    await system.remove();
  });
  beforeEach(() => Object.values(system.terminals).forEach((terminal) => terminal.reset()));
  afterEach(() => assert.deepEqual(problems, []));

  it('goes from empty to a registered employee, with the picture on screen', async () => {
    await operator.page.getByText('Nobody has been added yet').waitFor();
    assert.equal(await operator.button('Capture from terminal').isEnabled(), false);
    await operator.fill('1001', 'Person 100222');
    await operator.button('Capture from terminal').click();
    await operator.page.getByRole('status').getByText('Please look at the terminal').waitFor();
    assert.match(await operator.page.locator('.count').innerText(), /^\d+$/);
    system.terminal('Lobby').present('Alex');
    await operator.picture.waitFor();
    await operator.message('The face has been captured');
    assert.match((await operator.picture.getAttribute('src')) ?? '', /^data:image\/jpeg;base64,/);
    assert.equal(await operator.picture.evaluate((image: HTMLImageElement) => image.naturalWidth), 480);
    await operator.button('Save').click();
    await operator.message('person and face are on the terminal');
    await operator.row('1001').getByText('on the terminal', { exact: true }).waitFor();
    assert.equal(system.faceOf('Lobby', '1001'), 'Alex');
  });

  it('shows the countdown of the terminal itself', async () => {
    await operator.fill('1002', 'Person B');
    await operator.button('Capture from terminal').click();
    const count = operator.page.locator('.count');
    await count.waitFor();
    const first = Number(await count.innerText());
    await eventually(async () => Number(await count.innerText()) < first, 'the countdown goes on');
    // The tests wait 20 s for a face, the page believes in 30 until the terminal's node says so.
    assert.ok(Number(await count.innerText()) <= 20);
    system.terminal('Lobby').present('Bo');
    await operator.picture.waitFor();
    await operator.button('New').click();
  });

  it('keeps no face in a context store, and no file of a form that was saved or given up', async () => {
    const drafts = async (): Promise<string[]> => (await readdir(path.join(system.folder, 'uploads'))).filter((name) => name.startsWith('draft-'));
    for (const end of ['Save', 'New']) {
      await operator.fill(`3${end}`, 'Person N');
      system.terminal('Lobby').present('Noa');
      await operator.capture();
      assert.equal(holdsPicture(await system.contexts()), false);
      assert.equal((await drafts()).length, 1);
      await operator.button(end).click();
      if (end === 'Save') await operator.message('person and face are on the terminal');
      await eventually(async () => (await drafts()).length === 0, 'the file of the form is gone');
    }
    const mode = async (name: string): Promise<string> => ((await stat(path.join(system.folder, name))).mode & 0o777).toString(8);
    assert.deepEqual([await mode('employees.sqlite'), await mode('uploads')], ['600', '700']);
    await operator.button('New').click();
  });

  it('gives a person who is on the terminal no more than they had when only the department is another one', async () => {
    await operator.fill('4001', 'Person V');
    system.terminal('Lobby').present('Val');
    await operator.capture();
    await operator.button('Save').click();
    await operator.message('person and face are on the terminal');
    const narrow = {
      employeeNo: '4001', name: 'Person V', userType: 'visitor', gender: 'female', doorRight: '2', groupId: 7,
      Valid: { enable: true, beginTime: '2025-01-01T00:00:00', endTime: '2026-12-31T23:59:59', timeType: 'local' },
      RightPlan: [{ doorNo: 2, planTemplateNo: '3' }],
    };
    await system.putPerson('Lobby', narrow);
    const bound: string[] = [];
    system.terminal('Lobby').on('event', ({ event }) => event === 'face bound' && bound.push(event));
    await operator.button('Edit 4001').click();
    await operator.picture.waitFor();
    await operator.page.getByLabel('Department').fill('Security');
    await operator.button('Save').click();
    await operator.message('person and face are on the terminal');
    await operator.row('4001').getByText('on the terminal', { exact: true }).waitFor();
    assert.equal(bound.length, 0, 'the stored picture is not sent again');
    assert.equal(system.faceOf('Lobby', '4001'), 'Val');
    const person = system.terminal('Lobby').persons().find(({ employeeNo }) => employeeNo === '4001');
    const now = Object.entries(person?.UserInfo ?? {}).filter(([field]) => field in narrow);
    assert.deepEqual(Object.fromEntries(now), narrow);
  });

  it('takes a photo from a file, refuses what is no picture, and keeps the earlier one then', async () => {
    await operator.button('New').click();
    await operator.fill('4002', 'Person P');
    await operator.chooseTerminal('Gate');
    await operator.choose('photo.jpg', 'image/jpeg', facePicture('from a file'));
    await operator.message('The photo has been taken over');
    const source = await operator.picture.getAttribute('src');
    for (const [what, jpeg] of Object.entries(brokenPictures(facePicture('broken')))) {
      await operator.choose(`${what}.jpg`, 'image/jpeg', jpeg);
      await operator.message('This file is no picture that can be used');
      assert.equal(await operator.picture.getAttribute('src'), source, what);
    }
    await operator.button('Save').click();
    await operator.message('person and face are on the terminal');
    assert.equal(system.faceOf('Gate', '4002'), 'from a file');
    // A picture that is too large is made smaller on the page.
    await operator.fill('4003', 'Person Q');
    const large = Buffer.from(await operator.page.evaluate<string>(LARGE_PNG), 'base64');
    assert.ok(large.length > 300_000);
    await operator.choose('large.png', 'image/png', large);
    await operator.message('The photo has been taken over');
    await operator.button('Save').click();
    await operator.message('person and face are on the terminal');
    assert.match(system.faceOf('Gate', '4003') ?? '', /^photo-/);
    await operator.chooseTerminal('Lobby');
  });

  it('offers the employee for editing, with the stored picture, and does not add the ID twice', async () => {
    await operator.button('Edit 1001').click();
    await operator.picture.waitFor();
    assert.equal(await operator.page.getByLabel('ID', { exact: true }).isDisabled(), true);
    await operator.button('New').click();
    await operator.fill('1001', 'Somebody else');
    await operator.button('Save').click();
    await operator.message('There is an employee with this ID already');
    assert.equal(await operator.row('1001').count(), 1);
    await operator.button('New').click();
  });

  it('goes on at one press after a failure while saving', async () => {
    await operator.fill('1003', 'Person C');
    system.terminal('Lobby').present('Chris');
    await operator.capture();
    const code = { statusCode: 4, subStatusCode: 'lowPrivilege', errorCode: 1073741830, errorMsg: 'lowPrivilege' };
    system.terminal('Lobby').fault({ kind: 'status', at: 'person', status: 403, code });
    await operator.button('Save').click();
    await operator.message('It did not work');
    await operator.row('1003').getByText('not on the terminal').waitFor();
    await operator.button('Save').click();
    await operator.message('person and face are on the terminal');
    assert.equal(system.faceOf('Lobby', '1003'), 'Chris');
  });

  it('drops a picture as soon as the ID is another one', async () => {
    await operator.fill('1004', 'Person D');
    system.terminal('Lobby').present('Dana');
    await operator.capture();
    await operator.fill('1005', 'Person D');
    await operator.picture.waitFor({ state: 'detached' });
    await operator.button('Save').click();
    await operator.message('still without a face');
    assert.equal(system.faceOf('Lobby', '1005'), undefined);
    await operator.button('New').click();
  });

  it('speaks Russian to a Russian browser, and switches at one press', async () => {
    const russian = await EmployeesPage.open(browser, system, 'ru-RU');
    await russian.page.getByText('Новый сотрудник').waitFor();
    await russian.button('Снять с терминала').waitFor();
    await russian.button('English').click();
    await russian.button('Capture from terminal').waitFor();
    await russian.page.reload();
    await russian.button('Capture from terminal').waitFor();
    await russian.close();
  });

  it('serves two operators at once, 20 employees: each has the face that its operator saw', async () => {
    const second = await EmployeesPage.open(browser, system);
    const seen = new Map<string, string>();
    const register = async (at: EmployeesPage, ids: string[]): Promise<void> => {
      for (const id of ids) {
        await at.fill(id, `Person ${id}`);
        system.terminal('Lobby').present(`face at ${id}`);
        await at.capture();
        const source = (await at.picture.getAttribute('src')) ?? '';
        seen.set(id, Buffer.from(source.split(',')[1] ?? '', 'base64').toString('latin1'));
        await at.button('Save').click();
        await at.message('person and face are on the terminal');
      }
    };
    const ids = Array.from({ length: 20 }, (_, index) => String(2000 + index));
    await Promise.all([register(operator, ids.slice(0, 10)), register(second, ids.slice(10))]);
    for (const id of ids) {
      const bound = system.faceOf('Lobby', id);
      assert.ok(bound);
      assert.ok(seen.get(id)?.includes(`simulated face: ${bound}`));
    }
    assert.equal(new Set(ids.map((id) => system.faceOf('Lobby', id))).size, 20);
    // Both pages show everybody.
    await second.row('2000').getByText('on the terminal', { exact: true }).waitFor();
    await second.close();
  });

  it('says that nobody came, and captures at the next press', async () => {
    await system.deployWith({ DEADLINE: '1' });
    await operator.fill('1006', 'Person E');
    await operator.button('Capture from terminal').click();
    await operator.message('Nobody came to the terminal');
    system.terminal('Lobby').present('Eli');
    await operator.capture();
    await operator.button('Save').click();
    await operator.message('person and face are on the terminal');
    assert.equal(system.faceOf('Lobby', '1006'), 'Eli');
  });

  it('says that the terminal is busy', async () => {
    system.terminal('Lobby').fault({ kind: 'busy', at: 'capture', times: 500 });
    await operator.fill('1007', 'Person F');
    await operator.button('Capture from terminal').click();
    await operator.message('The terminal is busy');
    assert.equal(await operator.button('Capture from terminal').isEnabled(), true);
  });

  it('keeps everything over a restart, and the open page goes on by itself', async () => {
    await system.red.kill('SIGKILL');
    // What is still armed of the test before would keep the terminal busy for a time that depends on the machine.
    system.terminal('Lobby').reset();
    await system.red.resume();
    await operator.button('New').click();
    system.terminal('Lobby').present('Gale', { stays: true });
    await eventually(
      async () => {
        // A page that finds its server again begins with an empty form.
        if ((await operator.page.getByLabel('ID', { exact: true }).inputValue()) !== '1008') {
          await operator.fill('1008', 'Person G');
        }
        await operator.button('Capture from terminal').click({ timeout: 1000 }).catch(() => undefined);
        return operator.picture.isVisible();
      },
      'a capture after the restart',
      40,
    );
    await operator.button('Save').click();
    await operator.message('person and face are on the terminal');
    await operator.row('1001').waitFor();
    assert.equal(system.faceOf('Lobby', '1008'), 'Gale');
  });
});
