import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import type { Browser } from 'playwright-core';

import { facePicture } from '../../simulator/simulated-terminal.js';
import { changeDatabase } from '../harness/examples/database.js';
import { eventually } from '../harness/examples/system.js';
import { hasBrowser, launchBrowser } from '../harness/browser/launch.js';
import { VisitorsPage, VisitorSystem, type Language } from '../harness/examples/visitors.js';
import { line } from '../harness/node-red/node-red-line.js';

const SCREENS = {
  desktop: { viewport: { width: 1366, height: 768 } },
  phone: { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true },
};
const INVITATION = '/api/visitor/v2/appointment';

/** A guest in each state in which one can be. */
function inEachState(): string[] {
  const today = `strftime('%Y-%m-%dT%H:%M:%SZ', 'now')`;
  const guests = [
    `'is-new', 'new', NULL, NULL, '{"code":"artemis-69"}', NULL`,
    `'is-asked', 'asked', NULL, NULL, NULL, NULL`,
    `'is-half', 'assigned', 'yes', NULL, '{"code":"DEVICES_REFUSED","devices":[{"deviceName":"Gate"}]}', NULL`,
    `'is-failed', 'applied', NULL, NULL, '{"code":"NOT_CONFIRMED"}', NULL`,
    `'is-busy', 'applied', NULL, unixepoch(), NULL, NULL`,
    `'is-expected', 'expected', NULL, NULL, NULL, NULL`,
    `'is-in', 'expected', 'yes', NULL, NULL, NULL`,
    `'is-out', 'out', 'yes', NULL, NULL, unixepoch()`,
  ];
  return guests.map(
    (guest) => `INSERT OR REPLACE INTO visits (code, state, entry, busy, failure, left_at, given, family, company, gender, phone, host, level, begins, ends, wish, step, appoint)
      SELECT ${guest}, 'Kim', 'Guest', 'Example Ltd', 0, '', '1', '7', ${today}, ${today}, 'invite', 'result', 'a0'`,
  );
}

/** Each screen and each language once, on one line of Node-RED or the other: the page is the same on both. */
function languagesOn(screen: string): Language[] {
  if (line === '5') return screen === 'phone' ? ['ru'] : [];
  return screen === 'desktop' ? ['en'] : [];
}

for (const [screen, options] of Object.entries(SCREENS)) {
  for (const language of languagesOn(screen)) {
    describe(`hikcentral-visitor on a ${screen} in ${language}, Node-RED ${line}`, function () {
      this.timeout(60_000);
      let system: VisitorSystem;
      let browser: Browser | undefined;
      let reception: VisitorsPage;

      const open = async (colorScheme: 'light' | 'dark'): Promise<VisitorsPage> => {
        assert.ok(browser);
        return VisitorsPage.open(browser, system, language, { ...options, colorScheme });
      };
      /** What axe finds wrong with what is on the screen. */
      const complaints = async (): Promise<string[]> => {
        await reception.page.addScriptTag({ content: await readFile(require.resolve('axe-core/axe.min.js'), 'utf8') });
        const found = await reception.page.evaluate<string>(`axe.run(document.querySelector('.visitors'), { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
          .then(({ violations }) => JSON.stringify(violations.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => id + ': ' + html.slice(0, 200) + ' ' + any.map(({ message }) => message).join()))))`);
        return JSON.parse(found) as string[];
      };
      const toast = (name: string, values: Record<string, string>): Promise<void> => reception.page.locator('.beside > .notice', { hasText: reception.text(name, values) }).waitFor();

      before(async function () {
        if (!hasBrowser) this.skip();
        browser = await launchBrowser();
        system = await VisitorSystem.start();
      });
      after(async () => {
        if (!browser) return;
        await browser.close();
        await system.remove();
      });
      beforeEach(async () => {
        reception = await open('light');
      });
      afterEach(async () => {
        system.gateway.runCommand({ command: 'reset' });
        await reception.leave();
      });

      it('invites with a photo from a file, checks in and lets out', async () => {
        await reception.fill('Ann');
        await reception.field('company').fill('Example Ltd');
        await reception.choose('photo.jpg', 'image/jpeg', facePicture('Ann'));
        await reception.panel.getByRole('img', { name: reception.text('photo') }).waitFor();
        await reception.invite();
        await reception.panel.waitFor({ state: 'detached' });
        await toast('outcomes.invited', { name: 'Ann Guest' });
        await reception.state('Ann Guest', 'invited');
        const [visit] = system.gateway.visits();
        assert.ok(visit?.face !== undefined);
        // From five minutes ago at the most, for eight hours, with the offset of the browser.
        assert.equal(Date.parse(visit.visitEndTime) - Date.parse(visit.visitStartTime), 8 * 3_600_000);
        assert.ok(Math.abs(Date.parse(visit.visitStartTime) - Date.now()) < 6 * 60_000);
        await reception.act('Ann Guest', 'arrive');
        await toast('outcomes.checked in', { name: 'Ann Guest' });
        await reception.state('Ann Guest', 'in');
        assert.equal(system.gateway.visits()[0]?.state, 'in');
        await reception.act('Ann Guest', 'leave', 'leaveYes');
        await reception.state('Ann Guest', 'out');
        assert.equal(system.gateway.visits()[0]?.state, 'out');
        assert.equal(await reception.guest('Ann Guest').getByRole('button').count(), 0);
      });

      it('says what failed and what to do, and tries again without inviting twice', async () => {
        system.gateway.runCommand({ command: 'device', device: 'Gate', state: 'offline' });
        await reception.fill('Bo');
        await reception.invite();
        await reception.guest('Bo Guest').locator('.notice', { hasText: reception.text('codes.DEVICES_REFUSED', { devices: 'Gate' }) }).waitFor();
        await reception.state('Bo Guest', 'failed');
        await reception.page.reload();
        await reception.state('Bo Guest', 'failed');
        system.gateway.runCommand({ command: 'device', device: 'Gate', state: 'online' });
        await reception.act('Bo Guest', 'retry');
        await reception.state('Bo Guest', 'invited');
        assert.equal(system.asked(INVITATION), 1);
      });

      it('lets a refused invitation be corrected, for the same guest', async () => {
        system.gateway.runCommand({ command: 'fault', fault: { kind: 'code', code: '2', at: 'appointment' } });
        await reception.fill('Cai');
        await reception.invite();
        await reception.guest('Cai Guest').locator('.notice', { hasText: reception.text('codes.artemis-2') }).waitFor();
        await reception.act('Cai Guest', 'again');
        assert.equal(await reception.field('given').inputValue(), 'Cai');
        await reception.field('given').fill('Kay');
        await reception.invite();
        await reception.state('Kay Guest', 'invited');
        assert.equal(await reception.guest('Cai Guest').count(), 0);
      });

      it('asks to look in HikCentral where nobody knows, and takes the guest off the list', async () => {
        system.gateway.runCommand({ command: 'fault', fault: { kind: 'lost', at: 'appointment' } });
        await reception.fill('Dee');
        await reception.invite();
        await reception.guest('Dee Guest').locator('.notice', { hasText: reception.text('codes.INVITATION_UNKNOWN') }).waitFor();
        assert.equal(await reception.guest('Dee Guest').getByRole('button').count(), 1);
        await reception.act('Dee Guest', 'forget', 'forgetYes');
        await reception.guest('Dee Guest').waitFor({ state: 'detached' });
      });

      it('refuses a file that is no picture, and makes a large picture small', async () => {
        await reception.fill('Eve');
        await reception.choose('photo.jpg', 'image/jpeg', Buffer.from('no picture'));
        await reception.panel.locator('.foot .notice', { hasText: reception.text('codes.NOT_A_PICTURE') }).waitFor();
        const large = await reception.page.evaluate<string>(`(() => {
          const canvas = Object.assign(document.createElement('canvas'), { width: 600, height: 600 });
          const context = canvas.getContext('2d');
          const noise = context.createImageData(600, 600);
          let random = 1;
          for (let i = 0; i < noise.data.length; i += 1) {
            random = (Math.imul(random, 1664525) + 1013904223) | 0;
            noise.data[i] = i % 4 === 3 ? 255 : random >>> 24;
          }
          context.putImageData(noise, 0, 0);
          return canvas.toDataURL('image/png').split(',')[1];
        })()`);
        assert.ok(large.length > 200 * 1024);
        await reception.choose('photo.png', 'image/png', Buffer.from(large, 'base64'));
        await reception.panel.getByRole('img', { name: reception.text('photo') }).waitFor();
        await reception.invite();
        await reception.state('Eve Guest', 'invited');
        assert.ok(system.gateway.visits()[0]?.face !== undefined);
      });

      it('takes the numbers by hand where the gateway does not list them', async () => {
        await reception.leave();
        system.gateway.runCommand({ command: 'fault', fault: { kind: 'forbidden', at: 'personList', times: 2 } });
        reception = await open('light');
        await reception.button('invite').click();
        const why = reception.text('unlisted', { what: reception.text('lists.hosts'), why: reception.text('codes.artemis-69') });
        await reception.panel.locator('.notice', { hasText: why }).waitFor();
        await reception.field('given').fill('Flo');
        await reception.field('host').fill('1');
        await reception.invite();
        await reception.state('Flo', 'invited');
      });

      it('names what is missing beside its field, and is used with the keyboard alone', async () => {
        const { keyboard } = reception.page;
        await reception.button('invite').focus();
        await keyboard.press('Enter');
        await reception.page.waitForFunction(`document.activeElement === document.querySelector('.panel input')`);
        await keyboard.press('Enter');
        await reception.panel.getByText(reception.text('nameMissing')).waitFor();
        assert.equal(await reception.panel.getByText(reception.text('hostMissing')).count(), 1);
        await keyboard.type('Gil');
        await keyboard.press('Escape');
        await reception.page.locator('dialog').waitFor();
        await keyboard.press('Escape');
        await reception.field('host').selectOption({ label: 'Robin Reception' });
        await reception.field('given').press('Enter');
        await reception.state('Gil', 'invited');
        await reception.page.waitForFunction(`document.activeElement.textContent === ${JSON.stringify(reception.text('invite'))}`);
      });

      it('has the language of the browser, and switches at one press', async () => {
        const lang = (): Promise<string> => reception.page.evaluate<string>('document.documentElement.lang');
        assert.equal(await lang(), language);
        await reception.page.getByRole('button', { name: language === 'en' ? 'Русский' : 'English', exact: true }).click();
        await eventually(async () => (await lang()) !== language, 'the other language');
      });

      it('is as high and as wide as the screen', async () => {
        const size = await reception.page.evaluate<number[]>('[document.documentElement.scrollHeight, document.documentElement.scrollWidth]');
        assert.deepEqual(size, [options.viewport.height, options.viewport.width]);
        await reception.button('invite').click();
        const overflow = await reception.page.evaluate<number>(`(() => { const body = document.querySelector('.panel .body'); return body.scrollWidth - body.clientWidth; })()`);
        assert.equal(overflow, 0);
      });

      for (const scheme of ['light', 'dark'] as const) {
        it(`can be read and used by everybody, ${scheme}`, async () => {
          await reception.leave();
          await changeDatabase(system.database, inEachState());
          reception = await open(scheme);
          for (const state of ['busy', 'invited', 'in', 'failed', 'out']) await reception.page.locator(`.guests > li.${state}`).first().waitFor();
          assert.deepEqual(await complaints(), []);
          await reception.button('invite').click();
          await reception.invite();
          await reception.panel.locator('summary').click();
          await reception.panel.locator('.wrong').first().waitFor();
          assert.deepEqual(await complaints(), []);
          await reception.field('given').fill('Hal');
          await reception.panel.getByRole('button', { name: reception.text('close'), exact: true }).last().click();
          await reception.page.locator('dialog').waitFor();
          assert.deepEqual(await complaints(), []);
        });
      }
    });
  }
}
