import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { line, runtimePath } from './node-red-line.js';
import { freePort } from '../free-port.js';

/** Milliseconds after which what should be printed will not come any more. */
const PATIENCE_MS = 40_000;
const root = path.resolve(__dirname, '../../..');
/** What is installed in the user directory, and where it lies. The companion wants a Node.js that only Node-RED 5 wants too. */
const PACKAGES: Readonly<Record<string, string>> = {
  '@facecontroll/node-red-hikvision': root,
  ...(line === '5' ? { '@facecontroll/node-red-hikvision-fleet': path.join(root, 'fleet') } : {}),
};

export interface ProcessOptions {
  /** flows.json to start with. */
  flow?: object[];
  /** Credentials by node id; stored unencrypted in the fresh user directory. */
  credentials?: Record<string, object>;
  /** A free one where absent. */
  port?: number;
  /** Merged over the settings file; plain data only. */
  settings?: object;
  /** Further packages, of this project's node_modules, that its user has installed. */
  packages?: readonly string[];
  /** Variables of its environment. */
  environment?: Record<string, string>;
}

/**
 * A real Node-RED of the line under test as a child process: a fresh user directory below the OS temp dir with this
 * package linked into it (as built: dist/ must be there), a free loopback port, its log kept.
 */
export class NodeRedProcess {
  private child: ChildProcess | undefined;
  private output = '';

  private constructor(
    readonly userDir: string,
    readonly port: number,
    private readonly environment: Record<string, string>,
  ) {}

  /** Creates the user directory, starts Node-RED and waits until its flows run and its editor answers. */
  static async start(options: ProcessOptions = {}): Promise<NodeRedProcess> {
    const userDir = await mkdtemp(path.join(tmpdir(), 'hikvision-node-red-'));
    await writeUserDir(userDir, options);
    const red = new NodeRedProcess(userDir, options.port ?? (await freePort()), options.environment ?? {});
    try {
      await red.resume();
    } catch (error) {
      await red.remove();
      throw error;
    }
    return red;
  }

  /** `http://127.0.0.1:<port>`, without a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What it has printed so far, over all its lives. */
  get log(): string {
    return this.output;
  }

  /** A request to the admin API, relative to its root. */
  fetch(relative: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}/${relative}`, init);
  }

  /** Deploys these flows as the editor's Deploy button does; waits until they run. */
  async deploy(flow: object[], type: 'full' | 'nodes' | 'flows' = 'full'): Promise<void> {
    const started = this.next('Started modified|Started flows');
    const reply = await this.fetch('flows', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': type },
      body: JSON.stringify(flow),
    });
    if (!reply.ok) throw new Error(`deploy: HTTP ${reply.status} ${await reply.text()}`);
    await started;
  }

  /** Waits until a line that matches is printed after this call. */
  next(pattern: string): Promise<void> {
    const from = this.output.length;
    return this.printed(() => new RegExp(pattern).test(this.output.slice(from)), pattern);
  }

  /** Starts it again on the same user directory and port, after `kill`. */
  async resume(): Promise<void> {
    const from = this.output.length;
    const child = spawn(nodeBinary(), [redScript(), '-u', this.userDir, '-p', String(this.port)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_RED_HOME: undefined, ...this.environment },
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.output += String(chunk);
        child.emit('printed');
      });
    }
    const killWithUs = (): void => {
      child.kill('SIGKILL');
    };
    process.once('exit', killWithUs);
    child.once('exit', () => process.removeListener('exit', killWithUs));
    await this.printed(() => {
      const printed = this.output.slice(from);
      return printed.includes('Server now running') && printed.includes('Started flows');
    }, 'the start of Node-RED');
  }

  /** Of the process, while it runs. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Stands still, as a machine that is out of breath does, and goes on where it was. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  proceed(): void {
    this.child?.kill('SIGCONT');
  }

  /** Ends the process and leaves the user directory, for `resume`. */
  async kill(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Ends the process and removes its user directory. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.userDir, { recursive: true, force: true });
  }

  private printed(isThere: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const { child } = this;
      if (!child) {
        reject(new Error(`Node-RED does not run; waited for ${what}`));
        return;
      }
      const late = (): void => {
        forget();
        reject(new Error(`Node-RED did not print in time: ${what}\n${this.output.slice(-3000)}`));
      };
      const timer = setTimeout(late, PATIENCE_MS);
      const look = (): void => {
        if (!isThere()) return;
        forget();
        resolve();
      };
      const ended = (): void => {
        forget();
        reject(new Error(`Node-RED ended while waiting for ${what}:\n${this.output}`));
      };
      const forget = (): void => {
        clearTimeout(timer);
        child.removeListener('printed', look);
        child.removeListener('exit', ended);
      };
      child.on('printed', look);
      child.on('exit', ended);
      look();
    });
  }
}

/** Node-RED 5 needs Node 22.9 or later; 4.1 runs on the Node that runs the tests. */
function nodeBinary(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNewEnough = line === '4.1' || major > 22 || (major === 22 && minor >= 9);
  return isNewEnough ? process.execPath : path.join(root, 'node_modules', 'node', 'bin', 'node');
}

/** red.js of the line, at the root of its package whose main file is lib/red.js. */
function redScript(): string {
  return path.join(path.dirname(path.dirname(runtimePath)), 'red.js');
}

async function writeUserDir(
  userDir: string,
  { flow = [], credentials = {}, settings = {}, packages = [] }: ProcessOptions,
): Promise<void> {
  const modules = {
    ...PACKAGES,
    ...Object.fromEntries(packages.map((name) => [name, path.join(root, 'node_modules', name)])),
  };
  for (const [name, from] of Object.entries(modules)) {
    const to = path.join(userDir, 'node_modules', name);
    await mkdir(path.dirname(to), { recursive: true });
    await symlink(from, to, 'junction');
  }
  const dependencies = Object.fromEntries(Object.keys(modules).map((name) => [name, '*']));
  const all = {
    uiHost: '127.0.0.1',
    flowFile: 'flows.json',
    credentialSecret: false,
    lang: 'en-US',
    // Monaco takes a second of each opening of the editor, and no dialog of ours has code in it.
    editorTheme: { tours: false, projects: { enabled: false }, codeEditor: { lib: 'ace' } },
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'info', metrics: false, audit: false } },
    ...settings,
  };
  const files = {
    'package.json': JSON.stringify({ name: 'test', private: true, dependencies }),
    'settings.js': `module.exports = ${JSON.stringify(all)};\n`,
    'flows.json': JSON.stringify(flow),
    'flows_cred.json': JSON.stringify(credentials),
  };
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(path.join(userDir, name), content)));
}
