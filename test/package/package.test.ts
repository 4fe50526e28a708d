import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../harness/free-port.js';

const root = path.resolve(__dirname, '../..');
const run = promisify(execFile);
const NPM = ['--no-audit', '--no-fund', '--loglevel=error'];
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

interface PackageJson {
  name: string;
  dependencies: Record<string, string>;
  'node-red': { nodes: Record<string, string> };
}

describe('the package as packed', () => {
  let folder: string;
  let tarball: string;
  let files: string[];

  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(path.join(tmpdir(), 'hikvision-pack-'));
    const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
      cwd: root,
    });
    const parsed = JSON.parse(stdout.slice(stdout.search(/[[{]/))) as unknown;
    const [packed] = Object.values(parsed as Record<string, { filename: string; files: { path: string }[] }>);
    assert.ok(packed);
    tarball = path.join(folder, packed.filename);
    files = packed.files.map((file) => file.path).sort();
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('holds nothing but what users need', () => {
    const allowed = [
      /^(package\.json|LICENSE|README\.md|README\.ru\.md|CHANGELOG\.md)$/,
      /^dist\/nodes\/[\w-]+(\/[\w-]+){1,2}\.js$/,
      /^dist\/nodes\/[\w-]+\/[\w-]+\.html$/,
      /^dist\/(core|simulator)(\/[\w-]+){1,5}\.js$/,
      /^dist\/nodes\/[\w-]+\/icons\/[\w-]+\.svg$/,
      /^dist\/nodes\/[\w-]+\/locales\/(en-US|ru)\/[\w-]+\.(json|html)$/,
      /^examples\/([\w-]+\/){0,2}[\w-]+\.json$/,
      /^resources\/[\w-]+\.js$/,
    ];
    const strangers = files.filter((file) => !allowed.some((pattern) => pattern.test(file)));
    assert.deepEqual(strangers, []);
  });

  it('holds a page, a catalogue and a help text in both languages for every node', async () => {
    const { 'node-red': red } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as PackageJson;
    assert.deepEqual(Object.keys(red.nodes).sort(), [...NODES].sort());
    for (const type of NODES) {
      const needed = [
        `dist/nodes/${type}/${type}.js`,
        `dist/nodes/${type}/${type}.html`,
        ...['en-US', 'ru'].flatMap((lang) => [
          `dist/nodes/${type}/locales/${lang}/${type}.json`,
          `dist/nodes/${type}/locales/${lang}/${type}.html`,
        ]),
      ];
      assert.deepEqual(
        needed.filter((file) => !files.includes(file)),
        [],
      );
    }
  });

  it('holds the examples, in Russian too', () => {
    for (const example of [
      'basics/register',
      'register-user-with-face',
      'systems/registration-api',
      'ru/basics/register',
    ]) {
      assert.ok(files.includes(`examples/${example}.json`), example);
    }
  });

  it('has at most six runtime dependencies, none with an install script', async () => {
    const own = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as PackageJson;
    assert.ok(Object.keys(own.dependencies).length <= 6);
    const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean; hasInstallScript?: boolean }>;
    };
    const scripts = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript && !entry.dev);
    assert.deepEqual(
      scripts.map(([name]) => name),
      [],
    );
  });

  for (const { line, alias, node } of [
    { line: '4.1', alias: 'node-red-4', node: process.execPath },
    { line: '5', alias: 'node-red', node: path.join(root, 'node_modules', 'node', 'bin', 'node') },
  ]) {
    it(`installs into an empty user directory, and every node loads in Node-RED ${line} without a warning`, async function () {
      this.timeout(120_000);
      const userDir = path.join(folder, `user-${line}`);
      await mkdir(userDir);
      await writeFile(path.join(userDir, 'package.json'), '{"name":"user","private":true}');
      await run('npm', ['install', ...NPM, '--ignore-scripts', tarball], { cwd: userDir });
      await cp(path.join(root, 'test', 'package', 'settings.cjs'), path.join(userDir, 'settings.js'));
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
        const reply = await fetch(`http://127.0.0.1:${port}/nodes`, { headers: { Accept: 'application/json' } });
        const sets = (
          (await reply.json()) as { module: string; types: string[]; enabled: boolean; err?: unknown }[]
        ).filter((set) => set.module === '@facecontroll/node-red-hikvision');
        assert.deepEqual(
          sets.filter((set) => !set.enabled || set.err !== undefined),
          [],
        );
        assert.deepEqual(sets.flatMap((set) => set.types).sort(), [...NODES].sort());
        const warnings = log.split('\n').filter((text) => /\[(warn|error)\]|Warning:/.test(text));
        // What Node-RED says of itself in any fresh user directory.
        const itsOwn = /Projects disabled|Encrypted credentials not found/;
        assert.deepEqual(
          warnings.filter((text) => !itsOwn.test(text)),
          [],
        );
        const example = await fetch(
          `http://127.0.0.1:${port}/library/local/examples/flows/@facecontroll/node-red-hikvision/register-user-with-face`,
        ).catch(() => undefined);
        assert.ok(example);
      } finally {
        red.kill();
        if (red.exitCode === null) await once(red, 'exit');
      }
    });
  }
});
