import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { freePort } from '../harness/free-port.js';

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

  it('prints no error while an open browser asks again and again, from before the start until after the end', async () => {
    const port = await freePort();
    const browser = new ImpatientBrowser(port);
    const { child, said, until } = start(port);
    await until(/^(registered employeeNo=100222)/m);
    await browser.connected;
    const gone = once(child, 'exit');
    signalGroup(child, 'SIGINT');
    await gone;
    await browser.close();
    assert.doesNotMatch(said(), /\[error\]/);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
    it(`leaves nothing behind when npm alone is ended by ${signal}, as a script or a service does`, async () => {
      const { child, until } = start(0);
      const address = await until(/(http:\/\/127\.0\.0\.1:\d+\/)/);
      // The streams close with the last process that holds them, so with all that npm has started.
      const gone = once(child, 'close');
      child.kill(signal);
      await gone;
      assert.deepEqual(await userDirectories(), []);
      await assert.rejects(fetch(address));
    });
  }

  it('says what is wrong when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { child, said } = start(port);
    const [code] = (await once(child, 'exit')) as [number];
    taken.close();
    assert.notEqual(code, 0);
    assert.match(said(), new RegExp(`^Port ${port} is in use: .*PORT=${port + 1} npm start$`, 'm'));
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

/** An editor that was open before Node-RED started: asks for page, flows and comms as fast as it gets answers. */
class ImpatientBrowser {
  private static readonly PATHS = [
    '/',
    '/flows',
    '/settings',
    '/nodes',
    '/icons',
    '/theme',
    '/debug/view/debug-utils.js',
  ];
  private closed = false;
  private readonly loops: Promise<void>[] = [];
  /** Each of its requests has been answered well, and comms too. */
  readonly connected: Promise<unknown>;

  constructor(private readonly port: number) {
    const waits = [...ImpatientBrowser.PATHS.map((each) => [each, false] as const), ['/comms', true] as const];
    this.connected = Promise.all(
      waits.map(([each, upgrade]) => new Promise<void>((good) => this.loops.push(this.askOn(each, upgrade, good)))),
    );
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.loops);
  }

  private async askOn(pathname: string, upgrade: boolean, good: () => void): Promise<void> {
    while (!this.closed) {
      const status = await this.ask(pathname, upgrade);
      if (status === (upgrade ? 101 : 200)) good();
      // It is one of several that ask, and Node-RED has to get on with its start.
      await delay(10);
    }
  }

  /** The status of the answer; 0 where there was none. */
  private ask(pathname: string, upgrade: boolean): Promise<number> {
    return new Promise((resolve) => {
      const headers = upgrade
        ? {
            Connection: 'Upgrade',
            Upgrade: 'websocket',
            'Sec-WebSocket-Version': '13',
            'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
          }
        : {};
      const request = http.get({ host: '127.0.0.1', port: this.port, path: pathname, headers, agent: false });
      request.on('response', (response) => {
        response.resume();
        response.on('close', () => resolve(response.statusCode ?? 0));
      });
      request.on('upgrade', (_response, socket) => {
        socket.destroy();
        resolve(101);
      });
      request.on('error', () => resolve(0));
    });
  }
}
