import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import type { Browser } from 'playwright-core';

import { facePicture } from '../../simulator/simulated-terminal.js';
import { changeDatabase } from '../harness/examples/database.js';
import { hasBrowser, launchBrowser } from '../harness/browser/launch.js';
import { EmployeesPage, pageTexts, startSystem, type Language, type Texts } from '../harness/examples/employees-page.js';
import { eventually, type System } from '../harness/examples/system.js';
import { example } from '../harness/node-red/embedded-node-red.js';
import { line } from '../harness/node-red/node-red-line.js';

const PEOPLE = 500;
const SCREENS = {
  desktop: { viewport: { width: 1366, height: 768 } },
  phone: { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true },
};
const STATES = ['face', 'noface', 'failed', 'unreachable'];

/** People in every state in which they can stay at a terminal. */
function people(): string[] {
  return Array.from({ length: PEOPLE }, (_, index) => {
    const no = String(1000 + index);
    const state = STATES[index % STATES.length] ?? '';
    const code = { failed: `'deviceUserFull'`, unreachable: `'UNREACHABLE'` }[state] ?? 'NULL';
    return [
      `INSERT INTO staff (no, name, department, active, ends) VALUES ('${no}', 'Person ${index}', 'Department ${index % 7}', ${index % 9 === 4 ? 0 : 'NULL'}, ${index % 3 === 0 ? `'2027-03-0${1 + (index % 9)}'` : 'NULL'})`,
      // Not tried again while the tests run.
      `INSERT INTO staff_places (no, terminal, gone, state, code, face, tried) VALUES ('${no}', 'Lobby', 0, '${state}', ${code}, 0, 1e12)`,
    ].join(';');
  });
}

/** Names of all texts of a catalogue. */
function names(texts: Texts, before = ''): string[] {
  return Object.entries(texts).flatMap(([name, value]) => (typeof value === 'string' ? [before + name] : names(value, `${before}${name}.`)));
}

describe('the flow of the example employees-page', () => {
  it('has at most 60 nodes a tab, and at most 8 functions with at most 80 lines in all', async () => {
    const flow = await example('systems/employees-page');
    for (const tab of flow.filter(({ type }) => type === 'tab')) {
      const count = flow.filter(({ z, type }) => z === tab.id && type !== 'group').length;
      assert.ok(count <= 60, `${String(tab['label'])}: ${count} nodes`);
    }
    const functions = flow.filter(({ type }) => type === 'function');
    const lines = functions.reduce((sum, { func }) => sum + String(func).split('\n').length, 0);
    assert.ok(functions.length <= 8 && lines <= 80, `${functions.length} functions, ${lines} lines`);
    assert.equal(flow.some(({ type }) => type.startsWith('subflow')), false);
  });

  it('says nothing twice: no two functions, statements or expressions are the same', async () => {
    const flow = await example('systems/employees-page');
    const code = flow.flatMap(({ func, sql }) => [func, sql]).filter((text): text is string => typeof text === 'string');
    assert.deepEqual(code.filter((text, at) => code.indexOf(text) !== at), []);
  });

  it('has the same texts in English and Russian, with the same places for values', async () => {
    const { en, ru } = await pageTexts();
    assert.deepEqual(names(ru), names(en));
    const places = (texts: Texts): string[] => Object.values(texts).flatMap((value) => (typeof value === 'string' ? [(value.match(/\{\w+\}/g) ?? []).sort().join()] : places(value)));
    assert.deepEqual(places(ru), places(en));
  });
});

/** Each screen and each language once, on one line of Node-RED or the other: the page is the same on both. */
function languagesOn(screen: string): Language[] {
  if (line === '5') return screen === 'phone' ? ['ru'] : [];
  return screen === 'desktop' ? ['en'] : [];
}

for (const [screen, options] of Object.entries(SCREENS)) {
  for (const language of languagesOn(screen)) {
    describe(`employees-page on a ${screen} in ${language}, Node-RED ${line}`, function () {
      this.timeout(60_000);
      let system: System;
      let browser: Browser | undefined;
      let operator: EmployeesPage;

      const open = async (colorScheme: 'light' | 'dark'): Promise<EmployeesPage> => {
        assert.ok(browser);
        const opened = await EmployeesPage.open(browser, system, language, { ...options, colorScheme });
        await opened.page.locator('tbody tr td.name').first().waitFor();
        return opened;
      };
      /** What axe finds wrong with a part of the screen; a contrast that it cannot determine is wrong too, but for icons. */
      const complaints = async (page: EmployeesPage, part = '.employees'): Promise<string[]> => {
        await page.page.addScriptTag({ content: await readFile(require.resolve('axe-core/axe.min.js'), 'utf8') });
        // What lies behind it, the dashboard's own elements too, keeps axe from seeing its background.
        await page.page.evaluate(`for (let at = document.querySelector(${JSON.stringify(part)}); at !== document.body; at = at.parentElement)
          for (const other of at.parentElement.children) if (other !== at) other.style.setProperty('display', 'none', 'important')`);
        const found = await page.page.evaluate<string>(`axe.run(document.querySelector(${JSON.stringify(part)}), { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
          .then(({ violations, incomplete, passes }) => {
            const named = (list) => list.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => id + ': ' + html.slice(0, 200) + ' ' + any.map(({ message }) => message).join()));
            const unknown = incomplete.filter(({ id }) => id === 'color-contrast').map(({ id, nodes }) => ({ id, nodes: nodes.filter(({ any }) => !any.every(({ data }) => ['nonBmp', 'shortTextContent', 'emptyValue'].includes(data?.messageKey))) }));
            const seen = passes.some(({ id }) => id === 'color-contrast') ? [] : ['no contrast was determined'];
            return JSON.stringify([...named(violations), ...named(unknown), ...seen]);
          })`);
        return JSON.parse(found) as string[];
      };
      const isInView = (selector: string): Promise<boolean> =>
        operator.page.evaluate<boolean>(`(() => {
          const box = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
          const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
          return box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth && !!top?.closest(${JSON.stringify(selector)});
        })()`);

      before(async function () {
        if (!hasBrowser) this.skip();
        browser = await launchBrowser();
        system = await startSystem();
        const fill = (): Promise<boolean> =>
          changeDatabase(path.join(system.folder, 'employees.sqlite'), ['BEGIN', ...people(), 'COMMIT']).then(
            () => true,
            () => false,
          );
        await eventually(fill, 'the tables are there');
      });
      after(async () => {
        if (!browser) return;
        await browser.close();
        await system.remove();
      });
      beforeEach(async () => {
        operator = await open('light');
      });
      afterEach(() => operator.leave());

      it('is as high and as wide as the screen with 500 people, in pages', async () => {
        const { height, width } = options.viewport;
        const size = (): Promise<number[]> => operator.page.evaluate<number[]>('[document.documentElement.scrollHeight, document.documentElement.scrollWidth]');
        assert.deepEqual(await size(), [height, width]);
        let pages = 0;
        const fits = async (): Promise<boolean> => {
          pages = Math.ceil(PEOPLE / (await operator.page.locator('tbody tr').count()));
          return operator.page.getByText(operator.text('pageOf', { page: '1', pages: String(pages) }), { exact: true }).isVisible();
        };
        await eventually(fits, 'a page has as many people as there is room for');
        assert.ok(pages < PEOPLE / 5);
        for (const row of await operator.page.locator('tbody tr').all()) {
          const box = await row.boundingBox();
          assert.ok(box && box.y + box.height <= height);
        }
        assert.equal(await isInView('.pager'), true);
        await operator.button('forth').click();
        await operator.page.getByText(operator.text('pageOf', { page: '2', pages: String(pages) })).waitFor();
        assert.deepEqual(await size(), [height, width]);
      });

      it('finds by ID, name and department, shows who needs attention, and sorts', async () => {
        const first = (): Promise<string> => operator.page.locator('tbody tr td.name b').first().innerText();
        await operator.page.getByRole('searchbox').fill('person 456');
        await operator.row('1456').waitFor();
        assert.equal(await operator.page.locator('tbody tr').count(), 1);
        await operator.page.getByRole('searchbox').fill('department 3 1003');
        await operator.row('1003').waitFor();
        await operator.page.getByRole('searchbox').fill('nobody at all');
        await operator.page.getByText(operator.text('nobodyFound')).waitFor();
        await operator.page.getByRole('searchbox').fill('');
        const byName = operator.page.getByRole('columnheader', { name: operator.text('columns.name') });
        assert.equal(await byName.getAttribute('aria-sort'), 'ascending');
        assert.equal(await first(), 'Person 0');
        await byName.getByRole('button').click();
        assert.equal(await byName.getAttribute('aria-sort'), 'descending');
        assert.equal(await first(), 'Person 499');
        await operator.page.getByRole('combobox', { name: operator.text('show') }).selectOption('attention');
        await operator.page.getByText(operator.text('of', { some: String((PEOPLE / 4) * 3), all: String(PEOPLE) })).waitFor();
      });

      it('says each state in words', async () => {
        for (const [index, state] of STATES.entries()) {
          await operator.page.getByRole('searchbox').fill(String(1000 + index));
          await operator.state(String(1000 + index), 'Lobby', state);
        }
      });

      it('has the language of the browser, and switches at one press', async () => {
        const lang = (): Promise<string> => operator.page.evaluate<string>('document.documentElement.lang');
        assert.equal(await lang(), language);
        const other = language === 'en' ? 'Русский' : 'English';
        await operator.page.getByRole('button', { name: other, exact: true }).click();
        assert.notEqual(await lang(), language);
        await operator.page.reload();
        await operator.page.locator('tbody tr td.name').first().waitFor();
        assert.notEqual(await lang(), language);
      });

      it('is used with the keyboard alone', async () => {
        const { keyboard } = operator.page;
        await operator.button('add').focus();
        await keyboard.press('Enter');
        await operator.panel.waitFor();
        await operator.page.waitForFunction(`document.activeElement === document.querySelector('.panel .who input')`);
        await keyboard.press('Escape');
        await operator.panel.waitFor({ state: 'detached' });
        await operator.page.waitForFunction(`document.activeElement.textContent === ${JSON.stringify(operator.text('add'))}`);
        await operator.page.locator('tbody button').first().focus();
        await keyboard.press('Enter');
        await operator.panel.waitFor();
        await operator.field('columns.department').fill('x');
        await keyboard.press('Escape');
        await operator.page.locator('dialog').waitFor();
        await keyboard.press('Escape');
        await operator.panel.waitFor();
        await operator.field('columns.department').press('Enter');
        await operator.page.waitForFunction(`document.querySelector('.panel .foot .notice')`);
      });

      it('shows what came of it where the eyes are', async () => {
        await operator.button('add').click();
        await operator.save();
        await operator.said('codes.INVALID_INPUT');
        assert.equal(await isInView('.panel .foot .notice'), true);
        assert.equal(await operator.panel.getByText(operator.text('idMissing')).isVisible(), true);
        const no = `3${screen}${language}`;
        await operator.field('columns.no').fill(no);
        await operator.field('columns.name').fill('Person Z');
        await operator.choose('photo.jpg', 'image/jpeg', facePicture('Zoe'));
        await operator.said('codes.photoTaken');
        await operator.panel.getByRole('checkbox', { name: 'Lobby' }).uncheck();
        await operator.panel.getByRole('checkbox', { name: 'Gate' }).check();
        await operator.save();
        await operator.said('saved.face', { terminals: 'Gate' });
        assert.equal(await isInView('.panel .foot .notice'), true);
        await operator.capture();
        await operator.panel.getByText(operator.text('look', { terminal: 'Lobby' })).waitFor();
        assert.deepEqual([await isInView('.panel .stage'), await isInView('.panel .portrait .buttons button')], [true, true]);
        assert.deepEqual(await complaints(operator), []);
        await operator.button('cancelCapture').click();
        await operator.said('codes.CANCELLED', { terminal: 'Lobby' });
        assert.equal(await isInView('.panel .foot .notice'), true);
      });

      for (const scheme of ['light', 'dark'] as const) {
        it(`can be read and used by everybody, ${scheme}`, async () => {
          await operator.leave();
          operator = await open(scheme);
          assert.deepEqual(await complaints(operator), []);
          await operator.page.locator('tbody button').nth(2).click();
          await operator.panel.waitFor();
          await operator.panel.locator('summary').click();
          assert.deepEqual(await complaints(operator), []);
          await operator.button('remove').click();
          await operator.page.locator('dialog').waitFor();
          assert.deepEqual(await complaints(operator, 'dialog'), []);
        });
      }
    });
  }
}
