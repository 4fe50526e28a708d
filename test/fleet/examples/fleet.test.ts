import assert from 'node:assert/strict';

import type { Browser, Locator, Page } from 'playwright-core';

import { facePicture } from '../../../simulator/simulated-terminal.js';
import { hasBrowser, launchBrowser } from '../../harness/browser/launch.js';
import { eventually } from '../../harness/examples/system.js';
import { ExampleInTwo } from '../../harness/fleet/example-in-two.js';

const PHONE = { width: 390, height: 780 };
const HOUSES = ['House 1', 'House 2', 'Yard'];
const SITES = ['House', 'House', 'Yard'];

describe('the example fleet in two Node-REDs', function () {
  this.timeout(60_000);
  let two: ExampleInTwo;

  before(async () => {
    two = await ExampleInTwo.start('fleet', HOUSES.length);
    await two.ready('access.terminal');
    for (const [index, name] of HOUSES.entries()) {
      await two.rows(
        "INSERT INTO access.terminal (name, host, port, protocol, site) VALUES ($1, $2, $3, 'http', $4)",
        [name, two.fleet.addresses[index], two.fleet.port, SITES[index]],
      );
    }
  });
  after(() => two.remove());

  function arrived(index: number, people: string[]): Promise<void> {
    return eventually(() => two.peopleOn(index).join() === people.join(), `${HOUSES[index]} has ${people.join()}`);
  }

  it('brings whoever may enter somewhere there, and a change of them', async () => {
    await two.rows(
      "INSERT INTO access.person (no, name, cards, picture) VALUES ('000101', 'Alex', '{12345678}', $1), ('000102', 'Bo', '{}', $2)",
      [facePicture('Alex'), facePicture('Bo')],
    );
    await two.rows("INSERT INTO access.may_enter VALUES ('000101', 'House'), ('000102', 'House'), ('000102', 'Yard')");
    await Promise.all([
      arrived(0, ['000101 Alex Alex', '000102 Bo Bo']),
      arrived(1, ['000101 Alex Alex', '000102 Bo Bo']),
      arrived(2, ['000102 Bo Bo']),
    ]);
    await two.rows("UPDATE access.person SET name = 'Bobby' WHERE no = '000102'");
    await Promise.all([arrived(0, ['000101 Alex Alex', '000102 Bobby Bo']), arrived(2, ['000102 Bobby Bo'])]);
    await two.rows("DELETE FROM access.may_enter WHERE no = '000101'");
    await arrived(0, ['000102 Bobby Bo']);
    await two.rows("DELETE FROM access.may_enter WHERE no = '000102' AND site = 'House'");
    await Promise.all([arrived(0, []), arrived(1, []), arrived(2, ['000102 Bobby Bo'])]);
    await two.rows("INSERT INTO access.may_enter VALUES ('000102', 'House')");
    await arrived(0, ['000102 Bobby Bo']);
  });

  it('takes nothing back that another has changed in between: a right that is given again, and the first picture', async () => {
    for (const [index, name] of ['Robin', 'Bo', 'Robin', 'Bo'].entries()) {
      // The other one stands still meanwhile, with nothing in its hands: so they take turns.
      await eventually(async () => {
        const open = "SELECT 1 FROM hikvision_fleet.status WHERE active_since IS NOT NULL OR owner IS NOT NULL OR waiting > 0";
        return (await two.rows(open)).length === 0;
      }, 'nothing is under way');
      const still = two.reds[index % 2 === 0 ? 0 : 1];
      still.pause();
      await two.rows("UPDATE access.person SET name = $1, picture = $2 WHERE no = '000102'", [name, facePicture(name)]);
      await arrived(2, [`000102 ${name} ${name}`]);
      still.proceed();
    }
  });

  it('stores each event once, though both read it', async () => {
    two.terminal(2).walkUp({ employeeNo: '000102' });
    const events = (): Promise<Record<string, unknown>[]> => two.rows('SELECT terminal, no FROM access.event');
    await eventually(async () => (await events()).length > 0, 'the event is in the database');
    assert.deepEqual(await events(), [{ terminal: 'Yard', no: '000102' }]);
  });

  describe('on its page, as wide as a phone', () => {
    let browser: Browser;
    let page: Page;
    const row = (terminal: string): Locator => page.locator(`tr[data-terminal="${terminal}"]`);

    before(async function () {
      if (!hasBrowser) this.skip();
      browser = await launchBrowser();
      page = await browser.newPage({ viewport: PHONE });
      page.setDefaultTimeout(20_000);
      await page.goto(`${two.reds[1].url}/dashboard/terminals`);
    });
    after(() => browser.close());

    it('shows who is there, and every terminal as wanted', async () => {
      for (const name of ['one', 'two']) await page.getByText(`${name} is at work`).waitFor();
      for (const house of HOUSES) await row(house).getByText('as wanted').waitFor();
      const wide = await page.locator('.fleet').evaluate((section) => section.scrollWidth);
      assert.equal(wide, PHONE.width);
    });

    it('shows a file that is no picture as given up, and why; it is sent again when it has been replaced', async () => {
      // The first failure is the last, so that nobody waits for eight.
      await two.rows("UPDATE hikvision_fleet_work.queue SET retry_limit = 0 WHERE name LIKE 'site-%'");
      await two.rows("UPDATE access.person SET picture = 'no picture' WHERE no = '000102'");
      await row('Yard').getByText('given up').waitFor();
      await row('Yard').getByText(/^000102: /).waitFor();
      await replaceQuietly();
      await row('Yard').getByRole('button', { name: 'Send again' }).click();
      await row('Yard').getByText('as wanted').waitFor();
      assert.deepEqual(two.peopleOn(2), ['000102 Bo Kim']);
      assert.deepEqual(await two.rows("SELECT terminal FROM access.given_up WHERE terminal = 'Yard'"), []);
    });
  });

  /** A good picture, without the triggers: so nobody but the page sends it. */
  async function replaceQuietly(): Promise<void> {
    await two.rows("SELECT set_config('session_replication_role', 'replica', false)");
    const version = "nextval('access.picture_version')";
    await two.rows(`UPDATE access.person SET picture = $1, picture_version = ${version} WHERE no = '000102'`, [facePicture('Kim')]);
    await two.rows("SELECT set_config('session_replication_role', 'origin', false)");
  }

  describe('when one of the two is killed', () => {
    it('goes on', async () => {
      const [one] = two.reds;
      await one.kill('SIGKILL');
      await two.rows("UPDATE access.person SET name = 'Bea' WHERE no = '000102'");
      await Promise.all([0, 2].map((index) => eventually(() => two.peopleOn(index)[0]?.includes(' Bea ') === true, 'Bea has arrived')));
    });
  });
});
