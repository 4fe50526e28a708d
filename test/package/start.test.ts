import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

describe('npm start', function () {
  this.timeout(90_000);
  let temporary: string;
  const running: ChildProcess[] = [];

  beforeEach(async () => {
    temporary = await mkdtemp(path.join(tmpdir(), 'hikvision-start-'));
  });
  afterEach(async () => {
    for (const child of running.splice(0)) signalGroup(child, 'SIGKILL');
    await rm(temporary, { recursive: true, force: true });
  });

  function start(port: number): { child: ChildProcess; said: () => string; until: (text: RegExp) => Promise<string> } {
    const child = spawn('npm', ['start'], {
      cwd: root,
      env: { ...process.env, PORT: String(port), TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that a signal can reach all of it as Ctrl-C does.
      detached: true,
    });
    running.push(child);
    let output = '';
    const said = (): string => output;
    const until = (text: RegExp): Promise<string> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const [, found] = text.exec(output) ?? [];
          if (found !== undefined) resolve(found);
        };
        child.stdout.on('data', look);
        child.once('exit', () => reject(new Error(output)));
        look();
      });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
    return { child, said, until };
  }

  async function userDirectories(): Promise<string[]> {
    return (await readdir(temporary)).filter((name) => name.startsWith('node-red-hikvision-'));
  }

  it('registers a person by itself, says each step, stays up, and Ctrl-C leaves nothing behind', async () => {
    const { child, said, until } = start(0);
    await until(/^(registered employeeNo=100222)/m);
    const address = await until(/(http:\/\/127\.0\.0\.1:\d+\/)/);
    assert.match(said(), /1\. face captured[\s\S]*2\. person created[\s\S]*3\. face bound, verified/);
    assert.match(said(), /registered employeeNo=100222 .*face="Person 100222"/);
    const editor = await fetch(address);
    assert.equal(editor.status, 200);
    const flows = await (await fetch(`${address}flows`)).text();
    assert.doesNotMatch(flows, /"(password|username)"/);
    assert.equal((await userDirectories()).length, 1);
    const gone = once(child, 'exit');
    signalGroup(child, 'SIGINT');
    await gone;
    assert.deepEqual(await userDirectories(), []);
    await assert.rejects(fetch(address));
  });

  it('says what is wrong when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { child, said } = start(port);
    const [code] = (await once(child, 'exit')) as [number];
    taken.close();
    assert.notEqual(code, 0);
    assert.match(said(), new RegExp(`registration failed: .*port ${port} is in use; set PORT`));
    assert.deepEqual(await userDirectories(), []);
  });
});

/** To npm and everything below it, as a terminal's Ctrl-C does. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid ?? 0), signal);
  } catch {
    // Nothing of it is left.
  }
}
