import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import path from 'node:path';

import type { Browser } from 'playwright-core';

import { facePicture } from '../../simulator/simulated-terminal.js';
import { brokenPictures } from '../harness/examples/broken-pictures.js';
import { changeDatabase } from '../harness/examples/database.js';
import { hasBrowser, launchBrowser } from '../harness/browser/launch.js';
import { CAPTURE_SECONDS, EmployeesPage, startSystem } from '../harness/examples/employees-page.js';
import { eventually, holdsPicture, type System } from '../harness/examples/system.js';
import { line } from '../harness/node-red/node-red-line.js';

/** Draws a picture of some size in the page. */
const LARGE_PNG = `(() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 600, height: 600 });
  const context = canvas.getContext('2d');
  const noise = context.createImageData(600, 600);
  noise.data.forEach((_, at) => (noise.data[at] = at % 4 === 3 ? 255 : Math.random() * 256));
  context.putImageData(noise, 0, 0);
  return canvas.toDataURL('image/png').split(',')[1];
})()`;
const LOW_PRIVILEGE = { statusCode: 4, subStatusCode: 'lowPrivilege', errorCode: 1073741830, errorMsg: 'lowPrivilege' };

/** For what only the page and the nodes do, and the runtime under them has no part in. */
const onOneLine = (title: string, test: () => Promise<void>): void => {
  if (line === '5') it(title, test);
};

describe(`the example employees-page in Node-RED ${line}`, function () {
  this.timeout(60_000);
  let system: System;
  let browser: Browser | undefined;
  let operator: EmployeesPage;
  const problems: string[] = [];

  const open = async (): Promise<EmployeesPage> => {
    assert.ok(browser);
    const opened = await EmployeesPage.open(browser, system);
    opened.page.on('pageerror', (error) => problems.push(error.message));
    opened.page.on('console', (said) => said.text().includes('errorCaptured') && problems.push(said.text()));
    return opened;
  };
  const person = (terminal: string, no: string): Record<string, unknown> | undefined =>
    system.terminal(terminal).persons().find(({ employeeNo }) => employeeNo === no)?.UserInfo;

  before(async function () {
    if (!hasBrowser) this.skip();
    browser = await launchBrowser();
    system = await startSystem();
  });
  after(async () => {
    // A suite that was skipped has started nothing.
    if (!browser) return;
    await browser.close();
    await system.remove();
  });
  beforeEach(async () => {
    Object.values(system.terminals).forEach((terminal) => terminal.reset());
    operator = await open();
  });
  afterEach(async () => {
    await operator.leave();
    assert.deepEqual(problems.splice(0), []);
  });

  it('goes from empty to a registered employee, with the photo on screen and in the list', async () => {
    await operator.page.getByText(operator.text('nobodyYet')).waitFor();
    await operator.add('1001', 'Person 100222');
    await operator.capture();
    await operator.panel.getByText(operator.text('look', { terminal: 'Lobby' })).waitFor();
    const count = operator.panel.locator('.count');
    const left = async (): Promise<number> => Number(await count.innerText());
    await eventually(async () => (await left()) <= CAPTURE_SECONDS, 'the countdown is that of the terminal');
    const first = await left();
    await eventually(async () => (await left()) < first, 'the countdown goes on');
    assert.ok((await left()) > 0);
    await operator.state('1001', 'Lobby', 'capturing');
    system.terminal('Lobby').present('Alex');
    await operator.said('codes.captured', { terminal: 'Lobby' });
    await operator.photo.waitFor();
    // The element is there before its bytes are.
    const width = (): Promise<number> => operator.photo.evaluate((image: HTMLImageElement) => image.naturalWidth);
    await eventually(async () => (await width()) === 480, 'the photo is on screen');
    await operator.state('1001', 'Lobby', 'face');
    await operator.row('1001').locator('img').waitFor();
    assert.equal(system.faceOf('Lobby', '1001'), 'Alex');
  });

  it('puts one person on several terminals, each with its own state', async () => {
    system.terminal('Lobby').present('Bo');
    await operator.register('1002', 'Person B');
    await operator.button('everywhere').click();
    await operator.said('saved.face', { terminals: 'Lobby, Gate' });
    await operator.state('1002', 'Gate', 'face');
    assert.deepEqual([system.faceOf('Lobby', '1002'), system.faceOf('Gate', '1002')], ['Bo', 'Bo']);
    // Taken away from one of them, after a question.
    await operator.panel.getByRole('checkbox', { name: 'Gate' }).uncheck();
    await operator.save();
    await operator.confirm('takeAwayYes');
    await operator.said('saved.face', { terminals: 'Lobby' });
    await eventually(() => person('Gate', '1002') === undefined, 'the person is gone from Gate');
    assert.equal(system.faceOf('Lobby', '1002'), 'Bo');
  });

  it('keeps no face in a context store, and the database for its owner', async () => {
    system.terminal('Lobby').present('Noa');
    await operator.register('1003', 'Person N');
    assert.equal(holdsPicture(await system.contexts()), false);
    const { mode } = await stat(path.join(system.folder, 'employees.sqlite'));
    assert.equal((mode & 0o777).toString(8), '600');
  });

  it('gives a person who is on the terminal no more than they had when only the department is another one', async () => {
    system.terminal('Lobby').present('Val');
    await operator.register('1004', 'Person V');
    const narrow = {
      employeeNo: '1004', name: 'Person V', userType: 'visitor', gender: 'female', doorRight: '2', groupId: 7,
      Valid: { enable: true, beginTime: '2025-01-01T00:00:00', endTime: '2026-12-31T23:59:59', timeType: 'local' },
      RightPlan: [{ doorNo: 2, planTemplateNo: '3' }],
    };
    const shown = (): object => Object.fromEntries(Object.entries(person('Lobby', '1004') ?? {}).filter(([field]) => field in narrow));
    await system.putPerson('Lobby', narrow);
    const bound: string[] = [];
    system.terminal('Lobby').on('event', ({ event }) => event === 'face bound' && bound.push(event));
    await operator.field('columns.department').fill('Security');
    await operator.save();
    await operator.said('saved.face', { terminals: 'Lobby' });
    assert.equal(bound.length, 0, 'the stored photo is not sent again');
    assert.equal(system.faceOf('Lobby', '1004'), 'Val');
    assert.deepEqual(shown(), narrow);
    // A new end of the validity changes the end only.
    await operator.field('columns.ends').fill('2027-03-01');
    await operator.save();
    await operator.said('saved.face', { terminals: 'Lobby' });
    assert.deepEqual(shown(), { ...narrow, Valid: { ...narrow.Valid, endTime: '2027-03-01T23:59:59' } });
  });

  it('sends the stored photo again where a terminal has lost the face', async () => {
    await operator.add('1005', 'Person L');
    await operator.panel.getByRole('checkbox', { name: 'Lobby' }).uncheck();
    await operator.panel.getByRole('checkbox', { name: 'Gate' }).check();
    await operator.choose('photo.jpg', 'image/jpeg', facePicture('Lou'));
    await operator.save();
    await operator.said('saved.face', { terminals: 'Gate' });
    system.terminal('Gate').reset();
    await operator.save();
    await operator.said('saved.face', { terminals: 'Gate' });
    assert.equal(system.faceOf('Gate', '1005'), 'Lou');
  });

  it('takes a photo from a file, refuses what is no picture, and keeps the earlier one then', async () => {
    await operator.add('1006', 'Person P');
    await operator.panel.getByRole('checkbox', { name: 'Lobby' }).uncheck();
    await operator.panel.getByRole('checkbox', { name: 'Gate' }).check();
    await operator.choose('photo.jpg', 'image/jpeg', facePicture('from a file'));
    await operator.said('codes.photoTaken');
    await operator.save();
    await operator.said('saved.face', { terminals: 'Gate' });
    assert.equal(system.faceOf('Gate', '1006'), 'from a file');
    const before = await operator.photoBytes();
    await operator.choose('notes.jpg', 'image/jpeg', Buffer.from('no picture'));
    await operator.said('codes.NOT_A_PICTURE');
    // What the page lets through is judged by the server.
    await operator.page.evaluate('window.createImageBitmap = async () => ({ width: 1, height: 1 })');
    for (const [what, jpeg] of Object.entries(brokenPictures(facePicture('broken')))) {
      await operator.choose(`${what}.jpg`, 'image/jpeg', jpeg);
      await operator.said('codes.photoTaken');
      await operator.save();
      await operator.said('codes.NOT_A_PICTURE');
      assert.deepEqual(await operator.photoBytes(), before, what);
    }
    assert.equal(system.faceOf('Gate', '1006'), 'from a file');
  });

  onOneLine('makes a photo that is too large smaller', async () => {
    await operator.add('1007', 'Person Q');
    await operator.panel.getByRole('checkbox', { name: 'Lobby' }).uncheck();
    await operator.panel.getByRole('checkbox', { name: 'Gate' }).check();
    const large = Buffer.from(await operator.page.evaluate<string>(LARGE_PNG), 'base64');
    assert.ok(large.length > 300_000);
    await operator.choose('large.png', 'image/png', large);
    await operator.save();
    await operator.said('saved.face', { terminals: 'Gate' });
    assert.match(system.faceOf('Gate', '1007') ?? '', /^photo-/);
  });

  onOneLine('says in plain words that a terminal takes no photos, and does not call a person with a face faceless', async () => {
    await operator.add('1008', 'Person R');
    await operator.choose('photo.jpg', 'image/jpeg', facePicture('Robin'));
    await operator.save();
    await operator.said('codes.NO_PICTURES');
    await operator.state('1008', 'Lobby', 'noface');
    assert.equal(person('Lobby', '1008')?.['name'], 'Person R');
    await system.bindOn('Lobby', '1008', 'Robin');
    await operator.save();
    await operator.said('saved.face', { terminals: 'Lobby' });
  });

  onOneLine('does not add an ID twice, and does not overwrite what somebody else has changed', async () => {
    system.terminal('Lobby').present('Sam');
    await operator.register('1009', 'Person S');
    const second = await open();
    await second.add('1009', 'Somebody else');
    await second.save();
    await second.said('codes.DUPLICATE');
    await second.panel.getByRole('button', { name: second.text('close'), exact: true }).last().click();
    await second.confirm('discardYes');
    await second.edit('1009');
    await second.field('columns.department').fill('Store');
    await operator.field('columns.department').fill('Security');
    await second.save();
    await second.said('saved.face', { terminals: 'Lobby' });
    await operator.save();
    await operator.said('codes.STALE');
    assert.equal(await operator.field('columns.department').inputValue(), 'Store');
    await second.leave();
  });

  onOneLine('says what failed, and goes on at one press', async () => {
    await operator.add('1010', 'Person C');
    system.terminal('Lobby').present('Chris');
    system.terminal('Lobby').fault({ kind: 'status', at: 'person', status: 403, code: LOW_PRIVILEGE });
    await operator.capture();
    await operator.said('codes.lowPrivilege');
    await operator.state('1010', 'Lobby', 'failed');
    system.terminal('Lobby').present('Chris');
    await operator.capture();
    await operator.said('codes.captured', { terminal: 'Lobby' });
    assert.equal(system.faceOf('Lobby', '1010'), 'Chris');
  });

  it('says that a terminal cannot be reached, and sends the person when it can', async () => {
    system.terminal('Gate').fault({ kind: 'reset', times: 1000 });
    await operator.add('1011', 'Person D');
    await operator.panel.getByRole('checkbox', { name: 'Lobby' }).uncheck();
    await operator.panel.getByRole('checkbox', { name: 'Gate' }).check();
    await operator.save();
    await operator.said('codes.UNREACHABLE');
    await operator.state('1011', 'Gate', 'unreachable');
    system.terminal('Gate').reset();
    // The minute after which it is tried again has passed.
    await changeDatabase(path.join(system.folder, 'employees.sqlite'), ['UPDATE staff_places SET tried = 0']);
    await operator.state('1011', 'Gate', 'noface');
    assert.equal(person('Gate', '1011')?.['name'], 'Person D');
  });

  onOneLine('deactivates and activates after a question, everywhere', async () => {
    system.terminal('Lobby').present('Eli');
    await operator.register('1012', 'Person E');
    await operator.button('everywhere').click();
    await operator.said('saved.face', { terminals: 'Lobby, Gate' });
    const enabled = (): unknown[] => ['Lobby', 'Gate'].map((terminal) => (person(terminal, '1012')?.['Valid'] as { enable: boolean }).enable);
    await operator.button('deactivate').click();
    await operator.page.locator('dialog').getByRole('button', { name: operator.text('no_') }).click();
    assert.deepEqual(enabled(), [true, true]);
    await operator.button('deactivate').click();
    await operator.confirm('deactivateYes');
    await operator.told('deactivated', { name: 'Person E' });
    await eventually(() => enabled().join() === 'false,false', 'nobody lets the person in');
    await operator.row('1012').getByText(operator.text('inactive')).waitFor();
    // A person who is off stays off when something else changes.
    await operator.said('saved.face', { terminals: 'Lobby, Gate' });
    await operator.field('columns.department').fill('Store');
    await operator.save();
    await operator.said('saved.face', { terminals: 'Lobby, Gate' });
    assert.deepEqual(enabled(), [false, false]);
    await operator.button('activate').click();
    await eventually(() => enabled().join() === 'true,true', 'the person may come in again');
  });

  it('deletes after a question, from the list and from all terminals; a terminal that is away is waited for', async () => {
    system.terminal('Lobby').present('Fin');
    await operator.register('1013', 'Person F');
    await operator.button('everywhere').click();
    await operator.said('saved.face', { terminals: 'Lobby, Gate' });
    system.terminal('Gate').fault({ kind: 'reset', times: 1000 });
    await operator.button('remove').click();
    await operator.confirm('removeYes');
    await operator.told('deleting', { name: 'Person F' });
    await operator.row('1013').getByText(operator.text('leaving')).waitFor();
    await operator.state('1013', 'Gate', 'unreachable');
    assert.equal(person('Lobby', '1013'), undefined);
    system.terminal('Gate').reset();
    await system.putPerson('Gate', { employeeNo: '1013', name: 'Person F', userType: 'normal', Valid: { enable: true, beginTime: '2025-01-01T00:00:00', endTime: '2030-01-01T00:00:00' } });
    await changeDatabase(path.join(system.folder, 'employees.sqlite'), ['UPDATE staff_places SET tried = 0']);
    await operator.row('1013').waitFor({ state: 'detached', timeout: 20_000 });
    assert.equal(person('Gate', '1013'), undefined);
  });

  onOneLine('tells the history of a person', async () => {
    system.terminal('Lobby').present('Gil');
    await operator.register('1014', 'Person G');
    await operator.field('columns.department').fill('Store');
    await operator.save();
    await operator.said('saved.face', { terminals: 'Lobby' });
    await operator.panel.locator('summary').click();
    const entries = operator.panel.locator('details li');
    await entries.first().waitFor();
    const told = (await entries.allInnerTexts()).reverse().map((text) => text.replace(/^.*[AP]M\s+/u, ''));
    const wanted = [operator.text('done.added'), operator.text('done.captured', { terminal: 'Lobby' }), operator.text('done.changed'), operator.text('done.face', { terminal: 'Lobby' })];
    assert.deepEqual(told, wanted);
  });

  onOneLine('says at once that a terminal is busy and who is before you, and gives each their turn', async () => {
    await operator.add('1015', 'Person H');
    await operator.capture();
    await operator.panel.getByText(operator.text('look', { terminal: 'Lobby' })).waitFor();
    const second = await open();
    await second.add('1016', 'Person I');
    await second.capture();
    await second.panel.getByText(second.text('before', { who: 'Person H' })).waitFor();
    system.terminal('Lobby').present('Hal');
    await operator.said('codes.captured', { terminal: 'Lobby' });
    await second.panel.getByText(second.text('look', { terminal: 'Lobby' })).waitFor();
    system.terminal('Lobby').present('Ira');
    await second.said('codes.captured', { terminal: 'Lobby' });
    assert.deepEqual([system.faceOf('Lobby', '1015'), system.faceOf('Lobby', '1016')], ['Hal', 'Ira']);
    await second.leave();
  });

  onOneLine('says that another flow uses the terminal, and captures when it is free', async () => {
    const tab = 'a0000000000000f1';
    const other = [
      { id: tab, type: 'tab', label: 'Another flow' },
      { id: 'a0000000000000f2', type: 'inject', z: tab, once: true, props: [], wires: [['a0000000000000f3']] },
      { id: 'a0000000000000f3', type: 'capture-face', z: tab, terminal: system.flow.find(({ name }) => name === 'Lobby')?.id, deadline: '60', interval: '0.05', hold: '0', wires: [[], []] },
    ];
    const begun = once(system.terminal('Lobby'), 'event');
    await system.red.deploy([...system.flow, ...other], 'nodes');
    try {
      const [{ event }] = (await begun) as [{ event: string }];
      assert.equal(event, 'capture started');
      await operator.add('1025', 'Person Z');
      await operator.capture();
      await operator.panel.getByText(operator.text('inUse', { terminal: 'Lobby' })).waitFor();
      system.terminal('Lobby').present('somebody of the other flow');
      await operator.panel.getByText(operator.text('look', { terminal: 'Lobby' })).waitFor();
      system.terminal('Lobby').present('Zoe');
      await operator.said('codes.captured', { terminal: 'Lobby' });
      assert.equal(system.faceOf('Lobby', '1025'), 'Zoe');
    } finally {
      await system.red.deploy(system.flow, 'nodes');
    }
  });

  onOneLine('cancels one capture only: one at another terminal goes on, and the next in line has their turn', async () => {
    const [second, third] = [await open(), await open()];
    await second.add('1018', 'Person K');
    await second.capture('Gate');
    await second.panel.getByText(second.text('look', { terminal: 'Gate' })).waitFor();
    await operator.add('1017', 'Person J');
    await operator.capture();
    await operator.panel.getByText(operator.text('look', { terminal: 'Lobby' })).waitFor();
    await third.add('1026', 'Person A');
    await third.capture();
    await third.panel.getByText(third.text('before', { who: 'Person J' })).waitFor();
    await operator.button('cancelCapture').click();
    await operator.said('codes.CANCELLED', { terminal: 'Lobby' });
    await operator.state('1017', 'Lobby', 'noface');
    await third.panel.getByText(third.text('look', { terminal: 'Lobby' })).waitFor();
    // The one in line is cancelled too, and the one at the other terminal still goes on.
    await third.button('cancelCapture').click();
    await third.said('codes.CANCELLED', { terminal: 'Lobby' });
    await second.state('1026', 'Lobby', 'noface');
    await second.state('1018', 'Gate', 'capturing');
    system.terminal('Gate').present('Kim');
    await second.said('codes.captured', { terminal: 'Gate' });
    assert.deepEqual([system.faceOf('Lobby', '1017'), system.faceOf('Gate', '1018')], [undefined, 'Kim']);
    await Promise.all([second.leave(), third.leave()]);
  });

  onOneLine('asks again to end a capture that has not heard of it', async () => {
    await operator.add('1027', 'Person B');
    await operator.capture();
    await operator.panel.getByText(operator.text('look', { terminal: 'Lobby' })).waitFor();
    await changeDatabase(path.join(system.folder, 'employees.sqlite'), [
      `UPDATE staff_places SET state = 'cancelling', told = 'CANCELLED' WHERE state = 'capturing'`,
    ]);
    await operator.said('codes.CANCELLED', { terminal: 'Lobby' });
    await operator.state('1027', 'Lobby', 'noface');
  });

  it('finds the running capture again after a reload', async () => {
    await operator.add('1019', 'Person L');
    await operator.capture();
    await operator.panel.getByText(operator.text('look', { terminal: 'Lobby' })).waitFor();
    await operator.page.reload();
    await operator.panel.getByText(operator.text('look', { terminal: 'Lobby' })).waitFor();
    assert.equal(await operator.field('columns.name').inputValue(), 'Person L');
    system.terminal('Lobby').present('Lee');
    await operator.said('codes.captured', { terminal: 'Lobby' });
    assert.equal(system.faceOf('Lobby', '1019'), 'Lee');
  });

  onOneLine('frees the terminal within 10 s where the page that captures is gone', async () => {
    const second = await open();
    await second.add('1020', 'Person M');
    await second.capture();
    await second.panel.getByText(second.text('look', { terminal: 'Lobby' })).waitFor();
    await second.leave();
    await operator.add('1021', 'Person O');
    await operator.capture();
    await operator.panel.getByText(operator.text('before', { who: 'Person M' })).waitFor();
    await operator.panel.getByText(operator.text('look', { terminal: 'Lobby' })).waitFor({ timeout: 10_000 });
    system.terminal('Lobby').present('Oli');
    await operator.said('codes.captured', { terminal: 'Lobby' });
    assert.deepEqual([system.faceOf('Lobby', '1020'), system.faceOf('Lobby', '1021')], [undefined, 'Oli']);
  });

  onOneLine('serves two operators at once: each person has the face that their operator saw', async () => {
    const second = await open();
    const seen = new Map<string, string>();
    const register = async (at: EmployeesPage, ids: string[]): Promise<void> => {
      for (const id of ids) {
        await at.add(id, `Person ${id}`);
        system.terminal('Lobby').present(`face at ${id}`);
        await at.capture();
        await at.said('codes.captured', { terminal: 'Lobby' });
        await at.photo.waitFor();
        seen.set(id, (await at.photoBytes()).toString('latin1'));
        await at.close();
      }
    };
    const ids = Array.from({ length: 12 }, (_, index) => String(2000 + index));
    await Promise.all([register(operator, ids.slice(0, 6)), register(second, ids.slice(6))]);
    for (const id of ids) {
      const bound = system.faceOf('Lobby', id);
      assert.ok(bound);
      assert.ok(seen.get(id)?.includes(`simulated face: ${bound}`));
    }
    assert.equal(new Set(ids.map((id) => system.faceOf('Lobby', id))).size, ids.length);
    // Both pages show everybody.
    await second.page.setViewportSize({ width: 1280, height: 1000 });
    await second.page.reload();
    await second.page.getByRole('searchbox').fill('person 20');
    await second.state('2000', 'Lobby', 'face');
    await eventually(async () => (await second.page.locator('tbody img').count()) === ids.length, 'all photos are in the list');
    await second.leave();
  });

  onOneLine('refuses what its page does not ask, and takes nothing but the payload of a message', async () => {
    const template = system.flow.find(({ type }) => type === 'ui-template')?.id ?? '';
    const ask = (msg: object): Promise<unknown> =>
      operator.page.evaluate(`void document.querySelector('#app').__vue_app__._context.provides.$socket.emit('widget-action', ${JSON.stringify(template)}, ${JSON.stringify(msg)})`);
    const id = 'a'.repeat(24);
    const save = { ask: 'save', id, no: '3001', name: 'Person X', department: '', begins: null, ends: null, active: null, rev: null, leaving: 0, terminals: [], capture: '' };
    const refused = system.red.next('Schema error');
    await ask({ payload: { ...save, no: '3 001' } });
    await refused;
    for (const wrong of [{ ask: 'drop' }, { ...save, sql: 'x' }, { ...save, name: '\u0000' }, { ...save, begins: 'tomorrow' }]) {
      const again = system.red.next('Schema error');
      await ask({ payload: wrong });
      await again;
    }
    // msg.extension would have the sqlite node load a library, msg.reset would end the captures of everybody.
    await ask({ payload: save, extension: '/nowhere.so', reset: true, params: { $no: '1' }, terminal: 'Gate' });
    await operator.page.getByRole('searchbox').fill('3001');
    await operator.row('3001').waitFor();
    assert.doesNotMatch(system.red.log, /nowhere/);
  });

  onOneLine('says that nobody came, and captures at the next press', async () => {
    await system.deployWith({ DEADLINE: '1' });
    await operator.page.reload();
    await operator.add('1022', 'Person T');
    await operator.capture();
    await operator.said('codes.NOBODY_CAME', { terminal: 'Lobby' });
    await system.deployWith({ DEADLINE: String(CAPTURE_SECONDS) });
    system.terminal('Lobby').present('Tim');
    await operator.capture();
    await operator.said('codes.captured', { terminal: 'Lobby' });
    assert.equal(system.faceOf('Lobby', '1022'), 'Tim');
  });

  it('says that the server was restarted in the middle of a capture, and keeps everything', async () => {
    const [there, interrupted] = ['1024', '1023'];
    system.terminal('Lobby').present('Wim');
    await operator.register(there, 'Person W');
    await operator.close();
    await operator.add(interrupted, 'Person U');
    await operator.capture();
    await operator.panel.getByText(operator.text('look', { terminal: 'Lobby' })).waitFor();
    await system.red.kill('SIGKILL');
    try {
      await operator.page.getByText(operator.text('offline')).waitFor();
    } finally {
      system.terminal('Lobby').reset();
      await system.red.resume();
    }
    await operator.said('codes.INTERRUPTED');
    assert.equal(await operator.field('columns.name').inputValue(), 'Person U');
    system.terminal('Lobby').present('Uma');
    await operator.capture();
    await operator.said('codes.captured', { terminal: 'Lobby' });
    assert.equal(system.faceOf('Lobby', interrupted), 'Uma');
    await operator.page.getByRole('searchbox').fill(there);
    await operator.state(there, 'Lobby', 'face');
    await operator.row(there).locator('img').waitFor();
  });
});
