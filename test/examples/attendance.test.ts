import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import type { Page } from 'playwright-core';

import type { SimulatedTerminal } from '../../simulator/simulated-terminal.js';
import { hasBrowser, launchBrowser } from '../harness/browser/launch.js';
import { freePort } from '../harness/free-port.js';
import { changeDatabase, rowsOf } from '../harness/examples/database.js';
import { eventually, System } from '../harness/examples/system.js';
import { example } from '../harness/node-red/embedded-node-red.js';
import { line } from '../harness/node-red/node-red-line.js';

/** Where Node-RED runs in these tests: a day ahead of most of the world, so that a day of another zone shows. */
const ZONE = 'Pacific/Kiritimati';
/** Records that the terminal holds. */
const RING = 60;
/** The door is not locked again while the tests run: that would write records of its own. */
const NEVER = 1e6;
const CARD = 1;

describe('the flow of the example attendance', () => {
  it('acknowledges behind the database alone, and has no function node', async () => {
    const flow = await example('systems/attendance');
    assert.deepEqual(flow.filter(({ type }) => type === 'function'), []);
    const [ack] = flow.filter(({ type }) => type === 'event-ack');
    const before = flow.filter(({ wires }) => (wires as string[][] | undefined)?.flat().includes(ack?.id ?? ''));
    assert.deepEqual(before.map(({ name, type }) => [name, type]), [['into the database', 'sqlite']]);
  });
});

describe(`the example attendance in Node-RED ${line}`, function () {
  this.timeout(60_000);
  let system: System;
  let entrance: SimulatedTerminal;
  let page: Page;
  /** Serial numbers of those who were let in. */
  const came: number[] = [];
  const ends: (() => Promise<unknown>)[] = [];

  before(async function () {
    if (!hasBrowser) this.skip();
    process.env['TZ'] = ZONE;
    system = await System.start('attendance', shorten, { port: await freePort(), eventTroubles: { ringSize: RING, unlockSeconds: NEVER } });
    ends.push(() => system.remove());
    entrance = system.terminal('Entrance');
    const browser = await launchBrowser();
    ends.push(() => browser.close());
    page = await browser.newPage({ viewport: { width: 390, height: 780 } });
    page.setDefaultTimeout(20_000);
    await page.goto(`${system.red.url}/dashboard/attendance`);
    await page.getByText('Entrance connected since').waitFor();
    await eventually(() => entrance.persons().length === 4, 'four people are stored on the terminal');
  });
  after(async () => {
    Reflect.deleteProperty(process.env, 'TZ');
    for (const end of ends.reverse()) await end();
  });

  function shorten(node: Record<string, unknown>): void {
    if (node['type'] === 'access-events') node['poll'] = '0.5';
    if (node['type'] === 'trigger') node['duration'] = '0.5';
  }

  function walk(...people: string[]): void {
    for (const employeeNo of people) {
      const { records } = entrance.walkUp({ employeeNo });
      came.push(...records.filter(({ minor }) => minor === CARD).map(({ serial }) => serial));
    }
  }

  const rows = (sql: string): Promise<Record<string, unknown>[]> => rowsOf(path.join(system.folder, 'attendance.sqlite'), sql);
  const change = (sql: string): Promise<void> => changeDatabase(path.join(system.folder, 'attendance.sqlite'), [sql]);
  /** Serial numbers of the rows. */
  const stored = async (): Promise<number[]> =>
    (await rows('SELECT id FROM attendance')).map(({ id }) => Number(String(id).split(':')[2])).sort((one, other) => one - other);
  const allStored = (): Promise<void> => eventually(async () => (await stored()).length >= came.length, 'all are in the database');
  const shown = (employeeNo: string): Promise<string> => page.locator('tbody tr', { hasText: employeeNo }).innerText();

  it('counts first and last of each person and day, as the day is where Node-RED runs', async () => {
    walk('000101', '000102', '000101', '000199');
    assert.equal(came.length, 3);
    await allStored();
    assert.deepEqual(await stored(), came);
    for (const { time, day } of await rows('SELECT time, day FROM attendance')) {
      assert.equal(day, new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(new Date(String(time))));
    }
    const [alex] = await rows(`SELECT min(time) AS first FROM attendance WHERE no = '000101'`);
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, hour: '2-digit', minute: '2-digit' });
    await page.locator('tbody tr', { hasText: '000101' }).getByText('Events: 2').waitFor();
    assert.match(await shown('000101'), new RegExp(`^Alex.*First: ${clock.format(new Date(String(alex?.['first'])))}`, 's'));
    assert.match(await shown('000102'), /^Bo.*Events: 1/s);
    assert.equal(await page.locator('tbody tr').count(), 2);
  });

  it('fits a phone', async () => {
    const wide = await page.locator('.attendance').evaluate((section) => section.scrollWidth);
    assert.equal(wide, 390);
  });

  it('loses and doubles nothing where Node-RED is killed', async () => {
    const before = came.length;
    walk(...Array<string>(12).fill('000103'));
    await eventually(async () => (await stored()).length > before, 'the first of them is in the database');
    await system.red.kill('SIGKILL');
    walk('000103', '000104');
    await system.red.resume();
    walk('000104');
    await allStored();
    assert.deepEqual(await stored(), came);
    await page.locator('tbody tr', { hasText: '000103' }).getByText('Events: 13').waitFor();
  });

  it('says when the database fails, acknowledges nothing meanwhile, and has all of it afterwards', async () => {
    await change('ALTER TABLE attendance RENAME TO elsewhere');
    walk('000101', '000102');
    await page.getByRole('alert').filter({ hasText: 'no such table' }).waitFor();
    await change('ALTER TABLE elsewhere RENAME TO attendance');
    await allStored();
    assert.deepEqual(await stored(), came);
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('writes a CSV of the month, with no cell that a spreadsheet would calculate', async () => {
    entrance.edit({ person: { employeeNo: '000104', name: '=HYPERLINK("http://x")' } });
    walk('000104');
    await page.locator('tbody tr', { hasText: '=HYPERLINK' }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV of the month' }).click()]);
    const csv = await readFile(await download.path(), 'utf8');
    assert.match(csv, /^\uFEFF"Day","Number","Person","First","Last","Between","Events"\r\n/);
    assert.match(csv, /,"000104","'=HYPERLINK\(""http:\/\/x""\)",/);
    assert.match(csv, /^"\d{4}-\d\d-\d\d","000101","Alex","\d\d:\d\d","\d\d:\d\d","\d+:\d\d","3"\r$/m);
  });

  it('says when the terminal is away, and names what it no longer has', async () => {
    await entrance.stop();
    await page.getByText('Entrance away since').waitFor();
    const before = came.length;
    walk(...Array<string>(RING).fill('000101'));
    await entrance.start();
    await page.getByText('Entrance connected since').waitFor();
    const [, from, to] = /events (\d+) to (\d+) are lost/.exec(await page.locator('.gaps').innerText()) ?? [];
    const kept = came.filter((serial) => serial < Number(from) || serial > Number(to));
    assert.ok(kept.length > before && kept.length < came.length);
    await eventually(async () => (await stored()).length >= kept.length, 'what is left is in the database');
    assert.deepEqual(await stored(), kept);
  });
});
