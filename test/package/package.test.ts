import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { freePort } from '../harness/free-port.js';

const root = path.resolve(__dirname, '../..');
const run = promisify(execFile);
const NPM = ['--no-audit', '--no-fund', '--loglevel=error'];
const MAIN = '@facecontroll/node-red-hikvision';
const COMPANION = `${MAIN}-fleet`;
const NODES = [
  'isapi-config',
  'terminal-directory',
  'each-terminal',
  'register-person',
  'terminal-sync',
  'capture-face',
  'create-user',
  'fdsetup-bind',
  'isapi-request',
  'artemis-config',
  'artemis-request',
  'terminal-simulator',
  'gateway-simulator',
  'access-events',
  'event-ack',
  'artemis-events',
];

const FLEET_NODES = ['fleet-config', 'fleet-in', 'fleet-out', 'fleet-done'];

interface PackageJson {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  peerDependencies?: Record<string, string>;
  'node-red': { nodes: Record<string, string>; plugins?: Record<string, string> };
}

/** What npm makes of a package for others to install. */
interface Packed {
  tarball: string;
  files: string[];
  manifest: PackageJson;
}

/** What Node-RED says of a set of nodes, or of a plugin. */
interface LoadedSet {
  module: string;
  types?: string[];
  plugins?: { id: string; type: string }[];
  enabled: boolean;
  err?: unknown;
}

async function pack(from: string, into: string): Promise<Packed> {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', into], {
    cwd: from,
  });
  const parsed = JSON.parse(stdout.slice(stdout.search(/[[{]/))) as unknown;
  const [packed] = Object.values(parsed as Record<string, { filename: string; files: { path: string }[] }>);
  assert.ok(packed);
  return {
    tarball: path.join(into, packed.filename),
    files: packed.files.map((file) => file.path).sort(),
    manifest: JSON.parse(await readFile(path.join(from, 'package.json'), 'utf8')) as PackageJson,
  };
}

function strangersAmong(files: string[], allowed: RegExp[]): string[] {
  return files.filter((file) => !allowed.some((pattern) => pattern.test(file)));
}

/** What every node needs, of which the package does not have it. */
function missingFor(types: string[], files: string[]): string[] {
  return types
    .flatMap((type) => [
      `dist/nodes/${type}/${type}.js`,
      `dist/nodes/${type}/${type}.html`,
      ...['en-US', 'ru'].flatMap((lang) => [
        `dist/nodes/${type}/locales/${lang}/${type}.json`,
        `dist/nodes/${type}/locales/${lang}/${type}.html`,
      ]),
    ])
    .filter((file) => !files.includes(file));
}

/** A user directory into which these packages are installed, and nothing else. */
async function installed(userDir: string, tarballs: string[]): Promise<void> {
  await mkdir(userDir);
  await writeFile(path.join(userDir, 'package.json'), '{"name":"user","private":true}');
  await run('npm', ['install', ...NPM, '--ignore-scripts', ...tarballs], { cwd: userDir });
  await cp(path.join(root, 'test', 'package', 'settings.cjs'), path.join(userDir, 'settings.js'));
}

/** Starts Node-RED on a user directory, has it looked at, and ends it. @returns what it has logged */
async function withNodeRed(
  { alias, node }: { alias: string; node: string },
  userDir: string,
  look: (url: string) => Promise<void>,
): Promise<string> {
  const port = await freePort();
  const red = spawn(node, [path.join(root, 'node_modules', alias, 'red.js'), '-u', userDir, '-p', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const started = new Promise<void>((resolve, reject) => {
    for (const stream of [red.stdout, red.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        log += String(chunk);
        // Node-RED 5 may start the flows before it listens.
        if (log.includes('Started flows') && log.includes('Server now running')) resolve();
      });
    }
    red.once('exit', () => reject(new Error(log)));
  });
  try {
    await started;
    await look(`http://127.0.0.1:${port}`);
    return log;
  } finally {
    red.kill();
    if (red.exitCode === null) await once(red, 'exit');
  }
}

async function setsAt(url: string, kind: 'nodes' | 'plugins', module: string): Promise<LoadedSet[]> {
  const reply = await fetch(`${url}/${kind}`, { headers: { Accept: 'application/json' } });
  return ((await reply.json()) as LoadedSet[]).filter((set) => set.module === module);
}

async function assertLoaded(url: string, module: string, types: string[]): Promise<void> {
  const sets = await setsAt(url, 'nodes', module);
  assert.deepEqual(
    sets.filter((set) => !set.enabled || set.err !== undefined),
    [],
  );
  assert.deepEqual(sets.flatMap((set) => set.types ?? []).sort(), [...types].sort());
}

function warningsIn(log: string): string[] {
  // What Node-RED says of itself in any fresh user directory.
  const itsOwn = /Projects disabled|Encrypted credentials not found/;
  return log.split('\n').filter((text) => /\[(warn|error)\]|Warning:/.test(text) && !itsOwn.test(text));
}

const LINE_4 = { line: '4.1', alias: 'node-red-4', node: process.execPath };
const LINE_5 = { line: '5', alias: 'node-red', node: path.join(root, 'node_modules', 'node', 'bin', 'node') };

describe('the packages as packed', function () {
  this.timeout(120_000);
  let folder: string;
  let main: Packed;
  let companion: Packed;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hikvision-pack-'));
    main = await pack(root, folder);
    companion = await pack(path.join(root, 'fleet'), folder);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('hold nothing but what users need', () => {
    const node = [
      /^(package\.json|LICENSE|README\.md|README\.ru\.md)$/,
      /^dist\/nodes\/[\w-]+(\/[\w-]+){1,2}\.js$/,
      /^dist\/nodes\/[\w-]+\/[\w-]+\.html$/,
      /^dist\/nodes\/[\w-]+\/icons\/[\w-]+\.svg$/,
      /^dist\/nodes\/[\w-]+\/locales\/(en-US|ru)\/[\w-]+\.(json|html)$/,
      /^examples\/([\w-]+\/){0,2}[\w-]+\.json$/,
    ];
    const ownToMain = [/^CHANGELOG\.md$/, /^dist\/(core|simulator)(\/[\w-]+){1,5}\.js$/, /^resources\/[\w-]+\.js$/];
    assert.deepEqual(strangersAmong(main.files, [...node, ...ownToMain]), []);
    assert.deepEqual(strangersAmong(companion.files, [...node, /^dist\/core(\/[\w-]+){1,2}\.js$/]), []);
    for (const file of ['LICENSE', 'README.md', 'README.ru.md']) {
      assert.ok(companion.files.includes(file) && main.files.includes(file), file);
    }
    assert.ok(companion.files.includes('dist/nodes/guard/fleet-guard.js'));
    // Nothing of the one lies in the other: they would be two instances of one module.
    assert.deepEqual(
      main.files.filter((file) => /fleet-(config|in|out|done|guard)|dist\/fleet/.test(file)),
      [],
    );
  });

  it('hold a page, a catalogue and a help text in both languages for every node', () => {
    assert.deepEqual(Object.keys(main.manifest['node-red'].nodes).sort(), [...NODES].sort());
    assert.deepEqual(missingFor(NODES, main.files), []);
    assert.deepEqual(Object.keys(companion.manifest['node-red'].nodes).sort(), [...FLEET_NODES].sort());
    assert.deepEqual(missingFor(FLEET_NODES, companion.files), []);
  });

  it('hold the examples, in Russian too', () => {
    for (const example of [
      'basics/register',
      'register-user-with-face',
      'systems/registration-api',
      'ru/basics/register',
    ]) {
      assert.ok(main.files.includes(`examples/${example}.json`), example);
    }
  });

  it('have the few dependencies that they are known to have, none with an install script', async () => {
    assert.deepEqual(Object.keys(main.manifest.dependencies), ['digest-fetch', 'fast-xml-parser', 'form-data']);
    assert.deepEqual(Object.keys(companion.manifest.dependencies), ['pg', 'pg-boss']);
    assert.deepEqual(companion.manifest.peerDependencies, { [MAIN]: main.manifest.version });
    const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean; hasInstallScript?: boolean }>;
    };
    const scripts = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript && !entry.dev);
    assert.deepEqual(
      scripts.map(([name]) => name),
      [],
    );
  });

  for (const line of [LINE_4, LINE_5]) {
    it(`alone, the main one installs into an empty user directory and loads in Node-RED ${line.line} without a warning`, async () => {
      const userDir = path.join(folder, `user-${line.line}`);
      await installed(userDir, [main.tarball]);
      const there = await readdir(path.join(userDir, 'node_modules'));
      assert.deepEqual(
        there.filter((name) => name.startsWith('pg')),
        [],
      );
      const log = await withNodeRed(line, userDir, (url) => assertLoaded(url, MAIN, NODES));
      assert.deepEqual(warningsIn(log), []);
    });
  }

  it('together, they install into an empty user directory and load in Node-RED 5 without a warning', async () => {
    const userDir = path.join(folder, 'user-fleet');
    await installed(userDir, [main.tarball, companion.tarball]);
    const log = await withNodeRed(LINE_5, userDir, async (url) => {
      await assertLoaded(url, MAIN, NODES);
      await assertLoaded(url, COMPANION, FLEET_NODES);
      const plugins = await setsAt(url, 'plugins', COMPANION);
      assert.deepEqual(
        plugins.map(({ enabled, err, plugins: found }) => ({ enabled, err, found: found?.map(({ type }) => type) })),
        [{ enabled: true, err: undefined, found: ['hikvision-terminal-guard'] }],
      );
    });
    assert.deepEqual(warningsIn(log), []);
  });
});
