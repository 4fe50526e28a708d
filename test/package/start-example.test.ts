import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { rowsOf } from '../harness/examples/database.js';
import { eventually } from '../harness/examples/system.js';

interface FleetOfTheDemo {
  simulateFleet: (folder: string, login: object, hasAddresses: boolean) => Promise<{ stop: () => Promise<unknown> }>;
}

const root = path.resolve(__dirname, '../..');
const start = path.join(root, 'scripts', 'start.mjs');

describe('npm start -- --example', function () {
  this.timeout(60_000);
  let temporary: string;
  let child: ChildProcess | undefined;
  let printed = '';

  beforeEach(async () => {
    temporary = await mkdtemp(path.join(tmpdir(), 'hikvision-start-'));
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) process.stdout.write(`      printed until then:\n${printed}\n`);
    await end();
    await rm(temporary, { recursive: true, force: true });
  });

  /** As Ctrl-C does; what it started ends with it. */
  async function end(): Promise<void> {
    const running = child;
    child = undefined;
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGINT');
    await ended;
  }

  /** Starts an example; the first group of what it prints by this pattern, and all that it has printed by then. */
  function open(name: string, pattern: RegExp): Promise<{ found: string; printed: string }> {
    const started = spawn(process.execPath, [start, '--example', name], {
      env: { ...process.env, PORT: '0', TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = started;
    printed = '';
    return new Promise((resolve, reject) => {
      started.stdout.on('data', (chunk: Buffer) => {
        printed += String(chunk);
        const [, found] = pattern.exec(printed) ?? [];
        if (found !== undefined && printed.includes('Node-RED:')) resolve({ found, printed });
      });
      started.once('exit', () => reject(new Error(printed)));
    });
  }

  it('opens the API with a token of its own, and leaves nothing behind', async () => {
    const { found } = await open('registration-api', /Bearer ([\w-]+)" /);
    const [address = ''] = /http:\S+\/api\/users\//.exec(printed) ?? [];
    assert.equal((await fetch(address)).status, 401);
    let reply = await fetch(address, { headers: { Authorization: `Bearer ${found}` } });
    while (reply.status === 503) reply = await fetch(address, { headers: { Authorization: `Bearer ${found}` } });
    assert.deepEqual(await reply.json(), []);
    assert.equal(printed.split(found).length, 2);
    await end();
    assert.deepEqual(
      (await readdir(temporary)).filter((each) => each.startsWith('node-red-hikvision-')),
      [],
    );
  });

  it('opens the page', async () => {
    const { found } = await open('employees-page', /Page: +(http:\S+)/);
    assert.equal((await fetch(found)).status, 200);
  });

  /** Presses the button of an inject node in the example that runs, and waits until something is printed after it. */
  async function press(name: string, button: string, expected: RegExp): Promise<void> {
    const file = path.join(root, 'examples', 'systems', `${name}.json`);
    const flow = JSON.parse(await readFile(file, 'utf8')) as { id: string; type: string; name?: string }[];
    const id = flow.find(({ type, name: label }) => type === 'inject' && label === button)?.id;
    const [, address = ''] = /Node-RED: (http:\S+)/.exec(printed) ?? [];
    const before = printed.length;
    const said = new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (expected.test(printed.slice(before))) resolve();
      };
      child?.stdout?.on('data', look);
      child?.once('exit', () => reject(new Error(printed)));
    });
    assert.equal((await fetch(`${address}inject/${id}`, { method: 'POST' })).status, 200);
    await said;
  }

  it('adds a person to a simulated HikCentral, and takes the access away again', async () => {
    await open('hikcentral-person', /(simulated HikCentral)/);
    await press('hikcentral-person', 'Add this person', /person created · Alex Example.*access assigned.*applied/s);
    await press('hikcentral-person', 'Revoke access', /access revoked.*applied/s);
    assert.doesNotMatch(printed, /0x024010|· 64/);
  });

  it('invites a guest at a simulated HikCentral, lets in and out again', async () => {
    const { found } = await open('hikcentral-visitor', /Page: +(http:\S+)/);
    assert.match(found, /\/dashboard\/visitors$/);
    assert.equal((await fetch(found)).status, 200);
    // Until the flow has made its table, which it does as it starts, a button says that it failed.
    do await press('hikcentral-visitor', 'Invite this guest', /outcome: \w/);
    while (!printed.includes('outcome: invited'));
    assert.match(printed, /visitor invited · Kim Guest.*access assigned.*applied/s);
    await press('hikcentral-visitor', 'The guest arrives', /visitor checked in.*outcome: checked in/s);
    await press('hikcentral-visitor', 'The guest leaves', /access revoked.*visitor checked out.*outcome: left/s);
    assert.doesNotMatch(printed, /refused/);
  });

  it('opens a small example, by its short name, and its page', async () => {
    const { found, printed } = await open('register-from-a-form', /Page: +(http:\S+)/);
    assert.match(printed, /Example basics\/register-from-a-form/);
    assert.match(found, /\/dashboard\/register$/);
    assert.equal((await fetch(found)).status, 200);
  });

  it('opens the page of twenty simulated terminals, with their files', async () => {
    const { found, printed } = await open('fleet-from-csv', /Page: +(http:\S+)/);
    assert.match(found, /\/dashboard\/fleet$/);
    assert.equal((await fetch(found)).status, 200);
    const [, folder = '', count] = /CSV: +(\S+), for (\d+) simulated/.exec(printed) ?? [];
    const rows = (await readFile(path.join(folder, 'terminals.csv'), 'utf8')).trim().split('\n');
    assert.deepEqual([count, rows.length], ['20', 21]);
  });

  for (const hasAddresses of [true, false]) {
    it(`has the twenty answer where each has an address of its own: ${hasAddresses}`, async function () {
      if (hasAddresses && process.platform !== 'linux') this.skip();
      const script = pathToFileURL(path.join(root, 'scripts', 'demo', 'simulated-fleet.mjs')).href;
      const { simulateFleet } = (await import(script)) as FleetOfTheDemo;
      const fleet = await simulateFleet(path.join(temporary, 'fleet'), {}, hasAddresses);
      try {
        const csv = await readFile(path.join(temporary, 'fleet', 'terminals.csv'), 'utf8');
        const places = csv
          .trim()
          .split('\n')
          .slice(1, -1)
          .map((row) => row.split(',').slice(1, 3).join(':'));
        assert.equal(new Set(places).size, 19);
        const replies = await Promise.all(places.map((place) => fetch(`http://${place}/ISAPI/System/deviceInfo`)));
        assert.ok(replies.every(({ ok }) => ok));
      } finally {
        await fleet.stop();
      }
    });
  }

  it('opens the page of who came when, and has whoever walks up', async () => {
    const { found: page } = await open('attendance', /Page: +(http:\S+)/);
    assert.match(page, /\/dashboard\/attendance$/);
    assert.equal((await fetch(page)).status, 200);
    const [, address = ''] = /Node-RED: (http:\S+)/.exec(printed) ?? [];
    const flow = JSON.parse(await readFile(path.join(root, 'examples', 'systems', 'attendance.json'), 'utf8')) as {
      id: string;
      name?: string;
    }[];
    const button = flow.find(({ name }) => name === 'Alex walks up')?.id;
    const [userDir = ''] = (await readdir(temporary)).filter((each) => each.startsWith('node-red-hikvision-'));
    const file = path.join(temporary, userDir, 'attendance.sqlite');
    const isThere = async (): Promise<boolean> => {
      await fetch(`${address}inject/${button}`, { method: 'POST' });
      const found = await rowsOf(file, `SELECT 1 FROM attendance WHERE no = '000101'`).catch(() => []);
      return found.length > 0;
    };
    await eventually(isThere, 'Alex has come');
  });

  it('runs two Node-REDs with a PostgreSQL, kills one in the middle of its work, and leaves nothing behind', async function () {
    this.timeout(150_000);
    // PostgreSQL does not run as root, and has its data there.
    await chmod(temporary, 0o755);
    await open('pair', /(a changed name) has arrived everywhere/);
    assert.match(printed, /All 3 terminals are as the database wants them \(36 records with faces\) after/);
    assert.match(printed, /"one" is killed while it works on .+\n +"two" has taken over/);
    const running = child;
    child = undefined;
    assert.ok(running);
    const ended = once(running, 'exit');
    running.kill('SIGTERM');
    await ended;
    const left = (await readdir(temporary)).filter((each) => /^(node-red-)?hikvision-/.test(each));
    assert.deepEqual(left, []);
  });

  it('opens an example in Russian', async () => {
    const { printed } = await open('ru/register-user-with-face', /Node-RED: (http:\S+)/);
    assert.match(printed, /Example ru\/register-user-with-face/);
  });

  it('names the examples that there are', () => {
    const { status, stderr } = spawnSync(process.execPath, [start, '--example', '../package'], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /no example.*\n.*employees-page.*fleet-from-csv.*registration-api/);
  });
});
