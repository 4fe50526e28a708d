import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseFault, type Fault, type SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import { sendJson, withTerminal } from '../../../harness/terminal/raw-client.js';

type Document = Record<string, unknown>;
/** Status, numOfMatches, totalMatches, first and last number. */
type Page = [unknown, unknown, unknown, unknown, unknown];

async function page(terminal: SimulatedTerminal, searchResultPosition: number): Promise<Page> {
  const UserInfoSearchCond = { searchID: '1', maxResults: 30, searchResultPosition };
  const path = '/ISAPI/AccessControl/UserInfo/Search';
  const { document } = await sendJson(terminal, 'POST', path, { UserInfoSearchCond });
  const found = document['UserInfoSearch'] as Document;
  const numbers = ((found['UserInfo'] ?? []) as Document[]).map(({ employeeNo }) => employeeNo);
  return [found['responseStatusStrg'], found['numOfMatches'], found['totalMatches'], numbers[0], numbers.at(-1)];
}

/** A terminal with the persons 1 to 70. */
function withMany(work: (terminal: SimulatedTerminal) => Promise<void>): Promise<void> {
  return withTerminal({ model: 'DS-K1T343EFWX' }, async (terminal) => {
    for (let number = 1; number <= 70; number += 1) terminal.edit({ person: { employeeNo: String(number) } });
    await work(terminal);
  });
}

describe('the list of a simulated terminal, while it is read', () => {
  for (const [kind, expected] of [
    ['skipped', ['MORE', 30, 69, '32', '61']],
    ['repeated', ['MORE', 30, 71, '30', '59']],
    ['missing', ['MORE', 30, 70, '32', '61']],
    ['total', ['MORE', 30, 71, '31', '60']],
    ['short', ['MORE', 15, 70, '31', '45']],
  ] as [Fault['kind'], Page][]) {
    it(`moves as the fault ${kind} says, for one page, and no other request uses it up`, () =>
      withMany(async (terminal) => {
        terminal.fault({ kind });
        assert.equal((await sendJson(terminal, 'GET', '/ISAPI/AccessControl/UserInfo/Count')).status, 200);
        assert.deepEqual(await page(terminal, 30), expected);
        assert.deepEqual(await page(terminal, 30), ['MORE', 30, 70, '31', '60']);
      }));
  }

  it('is short on its last page, too: MORE follows', () =>
    withMany(async (terminal) => {
      terminal.fault({ kind: 'short' });
      terminal.edit({ remove: '70' });
      for (let number = 50; number < 70; number += 1) terminal.edit({ remove: String(number) });
      assert.deepEqual(await page(terminal, 30), ['MORE', 15, 49, '31', '45']);
      assert.deepEqual(await page(terminal, 45), ['OK', 4, 49, '46', '49']);
    }));

  it('is edited by hand between two pages', () =>
    withMany(async (terminal) => {
      assert.deepEqual(await page(terminal, 0), ['MORE', 30, 70, '1', '30']);
      terminal.fault({ kind: 'edit', edit: { edit: 'remove', employeeNo: '1' } });
      assert.deepEqual(await page(terminal, 30), ['MORE', 30, 69, '32', '61']);
      terminal.fault(parseFault({ kind: 'edit', edit: { person: { employeeNo: '99', name: 'Anna' } } }));
      assert.deepEqual(await page(terminal, 60), ['OK', 10, 70, '62', '99']);
      assert.equal(terminal.persons().at(-1)?.name, 'Anna');
    }));

  it('is not edited by a fault without an edit', () => {
    assert.throws(() => parseFault({ kind: 'edit' }), /An edit is/);
    assert.throws(() => parseFault('edit'), /An edit is/);
  });
});
