import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Page } from 'playwright-core';

import { SimulatedFleet } from '../../simulator/simulated-fleet.js';
import { facePicture } from '../../simulator/simulated-terminal.js';
import { eventually } from '../harness/examples/system.js';
import { hasBrowser, launchBrowser } from '../harness/browser/launch.js';
import { example } from '../harness/node-red/embedded-node-red.js';
import { line } from '../harness/node-red/node-red-line.js';
import { NodeRedProcess } from '../harness/node-red/node-red-process.js';

const PERSONS = [
  '\uFEFFemployeeNo,name,doorRight,endTime,cards,face',
  '000101,Alex,1,2035-12-31T23:59:59,0012345678|0012345679,alex.jpg',
  '000102,Bo,1,,,',
];
const WORDS = {
  '': { dryRun: 'Dry run', makeItSo: 'Make it so', done: 'All terminals have answered.', states: ['as the list says', 'differs from the list', 'unreachable'] },
  'ru/': { dryRun: 'Пробный запуск', makeItSo: 'Привести в порядок', done: 'Все терминалы ответили.', states: ['как в списке', 'отличается от списка', 'недоступен'] },
} as const;

for (const language of ['', 'ru/'] as const) {
  describe(`the example ${language}fleet-from-csv in Node-RED ${line}`, function () {
    this.timeout(90_000);
    const words = WORDS[language];
    let folder: string;
    let fleet: SimulatedFleet;
    let red: NodeRedProcess;
    let page: Page;
    /** What ends what was started, the last first. */
    const ends: (() => Promise<unknown>)[] = [];

    before(async function () {
      if (!hasBrowser) this.skip();
      folder = await mkdtemp(path.join(tmpdir(), 'hikvision-fleet-'));
      ends.push(() => rm(folder, { recursive: true, force: true }));
      fleet = await SimulatedFleet.start({ count: 4, models: ['DS-K1T342MFWX-E1'], timeScale: 0.05 });
      ends.push(() => fleet.stop());
      await fleet.terminal(fleet.addresses[3] ?? '').stop();
      const rows = fleet.addresses.map((host, index) => `House ${index + 1},${host},${fleet.port},http,${index === 0 ? 'South' : 'North'}`);
      await write('terminals.csv', ['name,host,port,protocol,site', ...rows]);
      await write('persons.csv', PERSONS);
      await writeFile(path.join(folder, 'alex.jpg'), facePicture('Alex'));
      const flow = await example(`${language}systems/fleet-from-csv`);
      for (const node of flow) {
        if (node.type === 'terminal-directory') Object.assign(node, { file: path.join(folder, 'terminals.csv'), retries: '0' });
        if (node.type === 'terminal-sync') node['folder'] = folder;
        if (typeof node['func'] === 'string') node['func'] = node['func'].replace('AT_ONCE = 10', 'AT_ONCE = 1');
      }
      process.env['FLEET_FOLDER'] = folder;
      red = await NodeRedProcess.start({ flow });
      ends.push(() => red.remove());
      const browser = await launchBrowser();
      ends.push(() => browser.close());
      page = await browser.newPage();
      page.setDefaultTimeout(20_000);
      await page.goto(`${red.url}/dashboard/fleet`);
    });
    after(async () => {
      for (const end of ends.reverse()) await end();
      Reflect.deleteProperty(process.env, 'FLEET_FOLDER');
    });

    function write(name: string, lines: string[]): Promise<void> {
      return writeFile(path.join(folder, name), `${lines.join('\n')}\n`);
    }

    /** Presses a button; the rows once all terminals have answered this run, state and counts. */
    async function press(button: string): Promise<string[][]> {
      const before = (await page.locator('.fleet').getAttribute('data-run')) ?? '';
      await page.getByRole('button', { name: button, exact: true }).click();
      await page.locator(`.fleet:not([data-run="${before}"])`).waitFor();
      await page.getByText(words.done).waitFor();
      const rows = await page.locator('.fleet tbody tr').all();
      return Promise.all(
        rows.map(async (row) => {
          const state = await row.locator('.state').evaluate((cell) => cell.firstChild?.textContent ?? '');
          return [await row.locator('th').innerText(), state.trim(), ...(await row.locator('.count').allInnerTexts())];
        }),
      );
    }

    function edit(index: number, person: { employeeNo: string; name: string }): void {
      fleet.terminal(fleet.addresses[index] ?? '').edit({ person });
    }

    /** Presses a button where the list is bad, and waits until the page says so. */
    async function complaint(button: string, says: string): Promise<void> {
      await page.getByRole('button', { name: button, exact: true }).click();
      await page.getByRole('alert').filter({ hasText: says }).waitFor();
    }

    /** Numbers and names on a terminal. */
    function onTerminal(index: number): string[] {
      return fleet.terminal(fleet.addresses[index] ?? '').persons().map(({ employeeNo, name }) => `${employeeNo} ${name}`);
    }

    async function terminals(): Promise<string[]> {
      return (await readFile(path.join(folder, 'terminals.csv'), 'utf8')).trimEnd().split('\n');
    }

    const [same, different, unreachable] = words.states;
    const off = ['House 4', unreachable, '', '', '', ''];

    it('says in a dry run what is there, and changes nothing', async () => {
      edit(0, { employeeNo: '900001', name: 'Foreign' });
      assert.deepEqual(await press(words.dryRun), [
        ['House 1', different, '0', '0', '2', '1'],
        ['House 2', different, '0', '0', '2', '0'],
        ['House 3', different, '0', '0', '2', '0'],
        off,
      ]);
      assert.deepEqual(
        fleet.addresses.slice(0, 3).map((address) => fleet.terminal(address).persons().length),
        [1, 0, 0],
      );
    });

    it('makes them hold what the list says, one after another, and names the one that is off', async () => {
      const worked: number[] = [];
      fleet.addresses.forEach((address, index) => {
        fleet.terminal(address).on('event', () => worked.at(-1) === index || worked.push(index));
      });
      const rows = ['House 1', 'House 2', 'House 3'].map((name) => [name, same, '2', '0', '0', '0']);
      assert.deepEqual(await press(words.makeItSo), [...rows, off]);
      assert.deepEqual(worked.sort(), [0, 1, 2]);
      for (const address of fleet.addresses.slice(0, 3)) {
        assert.deepEqual(
          fleet.terminal(address).persons().map(({ employeeNo, name, face, cards, doors }) => [employeeNo, name, face, cards, doors]),
          [
            ['000101', 'Alex', 'Alex', ['0012345678', '0012345679'], [1]],
            ['000102', 'Bo', undefined, [], [1]],
          ],
        );
      }
    });

    it('finds what somebody has edited by hand', async () => {
      edit(1, { employeeNo: '000102', name: 'Bob' });
      edit(1, { employeeNo: '900001', name: 'Foreign' });
      const rows = await press(words.dryRun);
      assert.deepEqual(rows[0], ['House 1', same, '2', '0', '0', '0']);
      assert.deepEqual(rows[1], ['House 2', different, '1', '1', '0', '1']);
    });

    it('still shows the table to whoever opens the page anew', async () => {
      await page.reload();
      await page.getByText(words.done).waitFor();
      assert.equal(await page.locator('.fleet tbody tr').count(), 4);
    });

    it('gives each terminal whom the list puts there, by name or site; semicolons and quotes are understood', async () => {
      await write('persons.csv', [
        '\uFEFFemployeeNo;name;doorRight;terminals',
        '000101;"Иванов; Иван ""Ваня""";1;House 2|South',
        '000102;Bo;1;North',
        '000103;Chris;1;',
      ]);
      await press(words.makeItSo);
      assert.deepEqual([0, 1, 2].map(onTerminal), [
        ['000101 Иванов; Иван "Ваня"', '000103 Chris'],
        ['000101 Иванов; Иван "Ваня"', '000102 Bo', '000103 Chris'],
        ['000102 Bo', '000103 Chris'],
      ]);
    });

    it('writes the result into a file, in which no cell is a formula', async () => {
      const formula = '=HYPERLINK("http://x")';
      const quoted = formula.replaceAll('"', '""');
      fleet.terminal(fleet.addresses[2] ?? '').fault({ kind: 'status', at: 'person', code: { statusCode: 6, subStatusCode: 'badParameters' } });
      await write('persons.csv', ['employeeNo,name,doorRight,terminals', '000102,Bo,1,', `=104,Dana,1,House 3`, '000103,Chris,1,']);
      const before = await terminals();
      await write('terminals.csv', [...before, `"${quoted}",127.0.0.1,9,http,North`]);
      await press(words.makeItSo);
      let csv: string[] = [];
      await eventually(async () => {
        csv = (await readFile(path.join(folder, 'result.csv'), 'utf8')).trimEnd().split('\r\n');
        return csv.some((row) => row.includes('=104'));
      }, 'the result');
      assert.equal(csv[0], 'terminal,site,state,same,different,missing,foreign,employeeNo,step,code,why');
      assert.deepEqual(
        csv.slice(1).map((row) => row.split(',').slice(0, 10).join(',')),
        [
          `"'${quoted}",North,unreachable,,,,,,,UNREACHABLE`,
          'House 1,South,same,2,0,0,0,,,',
          'House 2,North,same,2,0,0,0,,,',
          'House 3,North,different,2,1,0,0,,,',
          "House 3,North,,,,,,'=104,person,badParameters",
          'House 4,North,unreachable,,,,,,,UNREACHABLE',
        ],
      );
      await write('terminals.csv', before);
    });

    it('changes nothing where a name of a terminal is mistyped, or the file is in another encoding', async () => {
      const before = [0, 1, 2].map(onTerminal);
      await write('persons.csv', ['employeeNo,name,terminals', '000102,Bo,', '000104,Dana,Hose 2']);
      await complaint(words.makeItSo, 'Hose 2');
      const windows1251 = Buffer.concat([Buffer.from('employeeNo,name\n1,'), Buffer.from([0xc8, 0xe2, 0xe0, 0xed])]);
      await writeFile(path.join(folder, 'persons.csv'), windows1251);
      await complaint(words.makeItSo, 'UTF-8');
      assert.deepEqual([0, 1, 2].map(onTerminal), before);
    });

    it('says so when there is no list', async () => {
      await rm(path.join(folder, 'persons.csv'));
      await complaint(words.dryRun, 'ENOENT');
    });
  });
}
