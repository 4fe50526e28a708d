// One of several Node-REDs with the same flow: a process and a user directory of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { root } from '../runtime-node.mjs';

const require = createRequire(import.meta.url);
const HOST = '127.0.0.1';
/** What the flows need, and where it lies here. */
const PACKAGES = {
  '@facecontroll/node-red-hikvision': root,
  '@facecontroll/node-red-hikvision-fleet': join(root, 'fleet'),
  '@flowfuse/node-red-dashboard': join(root, 'node_modules', '@flowfuse/node-red-dashboard'),
  pg: join(root, 'node_modules', 'pg'),
};
/** Milliseconds after which it is ended by force. */
const PATIENCE_MS = 8000;
const STARTED = ['Started flows', 'Server now running'];

export class Instance {
  /**
   * @param name as the other Node-REDs know it
   * @param {{ flow: object[], credentials: object, environment: object, port: number, userDir: string }} options
   */
  constructor(name, options) {
    Object.assign(this, { name, ...options, child: undefined });
    for (const [module, from] of Object.entries(PACKAGES)) {
      const to = join(this.userDir, 'node_modules', module);
      mkdirSync(dirname(to), { recursive: true });
      symlinkSync(from, to, 'junction');
    }
    const dependencies = Object.fromEntries(Object.keys(PACKAGES).map((module) => [module, '*']));
    this.write('package.json', JSON.stringify({ name: 'node-red-hikvision-demo', private: true, dependencies }));
    this.write('flows.json', JSON.stringify(this.flow));
    this.write('flows_cred.json', JSON.stringify(this.credentials));
    this.write('settings.js', settingsFile());
  }

  get url() {
    return `http://${HOST}:${this.port}`;
  }

  /** Starts it, again too; settled when its flows run. */
  async start() {
    const args = [join(dirname(dirname(require.resolve('node-red'))), 'red.js'), '-u', this.userDir];
    const child = spawn(process.execPath, [...args, '-p', String(this.port)], {
      env: { ...process.env, ...this.environment },
      // Over the channel it hears that this process is gone, however it ended.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    let said = '';
    await new Promise((resolve, reject) => {
      const look = (chunk) => {
        said = (said + chunk).slice(-20_000);
        if (STARTED.every((words) => said.includes(words))) resolve();
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`Node-RED "${this.name}" has ended:\n${said}`)));
    });
  }

  /** As kill -9 does. */
  async kill() {
    await this.end('SIGKILL');
  }

  /** As somebody who stops it does. */
  async stop() {
    await this.end('SIGTERM');
  }

  async end(signal) {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    await ended;
    clearTimeout(timer);
  }

  write(name, text) {
    writeFileSync(join(this.userDir, name), text);
  }
}

/** The settings of a Node-RED that nobody else reaches, and that ends with the process that started it. */
function settingsFile() {
  const settings = {
    uiHost: HOST,
    flowFile: 'flows.json',
    credentialSecret: false,
    editorTheme: { tours: false, projects: { enabled: false } },
    logging: { console: { level: 'info', metrics: false, audit: false } },
    telemetry: { enabled: false, updateNotification: false },
  };
  return `process.on('disconnect', () => process.exit());\nmodule.exports = ${JSON.stringify(settings)};\n`;
}
