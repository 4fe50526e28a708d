// A Node-RED of the fleet in the bench: a real process with both packages linked into its user directory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { nodeForNodeRed5, root } from '../../runtime-node.mjs';
import { LOGIN } from '../lists-work.mjs';

const PACKAGE = '@facecontroll/node-red-hikvision';
const require = createRequire(import.meta.url);
const redScript = join(dirname(dirname(require.resolve('node-red'))), 'red.js');

export class Instance {
  constructor(name, folder, options) {
    Object.assign(this, { name, userDir: join(folder, name), said: '', peak: 0 });
    this.write(options);
  }

  /** Starts it, again too; settled when its flows run. */
  async start() {
    const port = await freePort();
    this.child = spawn(nodeForNodeRed5(), [redScript, '-u', this.userDir, '-p', String(port)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_RED_HOME: undefined },
    });
    const { child } = this;
    const killWithUs = () => child.kill('SIGKILL');
    process.once('exit', killWithUs);
    child.once('exit', () => process.off('exit', killWithUs));
    await new Promise((resolve, reject) => {
      let said = '';
      const hear = (chunk) => {
        said = (said + chunk).slice(-20_000);
        this.said = said;
        if (said.includes('Started flows')) resolve();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('exit', () => reject(new Error(`Node-RED has ended:\n${said}`)));
    });
    this.sampling = setInterval(() => (this.peak = Math.max(this.peak, residentMiB(child.pid))), 200);
  }

  async kill() {
    clearInterval(this.sampling);
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  write({ addresses, port, database }) {
    const scope = join(this.userDir, 'node_modules', dirname(PACKAGE));
    mkdirSync(scope, { recursive: true });
    symlinkSync(root, join(this.userDir, 'node_modules', PACKAGE), 'junction');
    symlinkSync(join(root, 'fleet'), join(this.userDir, 'node_modules', `${PACKAGE}-fleet`), 'junction');
    const settings = {
      ...{ uiHost: '127.0.0.1', flowFile: 'flows.json', credentialSecret: false, httpAdminRoot: false },
      nodesDir: fileURLToPath(new URL('nodes', import.meta.url)),
      telemetry: { enabled: false, updateNotification: false },
      logging: { console: { level: 'info', metrics: false, audit: false } },
    };
    const { hostname, port: databasePort, username, password, pathname } = new URL(database);
    const rows = addresses.map((host, index) => {
      return {
        name: `T${index + 1}`,
        host,
        port: String(port),
        protocol: 'http',
        certificate: 'verify',
        site: '',
        login: '',
      };
    });
    const on = (id, type, wires, more = {}) => ({ id, type, z: 'tab', x: 100, y: 100, wires, ...more });
    const flow = [
      { id: 'tab', type: 'tab', label: 'bench' },
      { id: 'dir', type: 'terminal-directory', name: 'All', source: 'table', terminals: rows, file: '', retries: '0' },
      {
        ...{ id: 'fleetConfig', type: 'fleet-config', name: '', connection: 'fields', host: hostname, tls: '' },
        ...{ port: databasePort, database: pathname.slice(1), schema: 'hikvision_fleet', directory: 'dir', sites: '' },
        ...{ parallel: '20', instance: this.name, auditFrom: '', auditTo: '' },
      },
      on('in', 'fleet-in', [['persons']], { fleet: 'fleetConfig', take: 'work', timeout: '900' }),
      on('persons', 'bench-persons', [['sync']], { url: database }),
      on('sync', 'terminal-sync', [[], []], {
        ...{
          terminal: '',
          persons: 'payload',
          personsType: 'msg',
          scope: 'listed',
          maxRemovals: '20',
          faces: 'changed',
        },
        ...{ folder: '', dryRun: 'false', dryRunType: 'bool', verify: true },
      }),
      on('complete', 'complete', [['done']], { scope: ['sync'], uncaught: false }),
      on('failed', 'catch', [['done']], { scope: ['persons', 'sync'], uncaught: false }),
      on('done', 'fleet-done', []),
    ];
    const credentials = {
      dir: { login1: 'all', username1: LOGIN.username, password1: LOGIN.password },
      fleetConfig: { user: username, password, url: '' },
    };
    const files = {
      'package.json': JSON.stringify({
        name: 'bench',
        private: true,
        dependencies: { [PACKAGE]: '*', [`${PACKAGE}-fleet`]: '*' },
      }),
      'settings.js': `module.exports = ${JSON.stringify(settings)};\n`,
      'flows.json': JSON.stringify(flow),
      'flows_cred.json': JSON.stringify(credentials),
    };
    for (const [file, content] of Object.entries(files)) writeFileSync(join(this.userDir, file), content);
  }
}

/** Of a process, as the kernel of Linux says it; 0 elsewhere. */
function residentMiB(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
