// npm test: everything that CI checks. `npm test -- types unit` runs some of the stages only.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { nodeForNodeRed5, ownNode, root } from './runtime-node.mjs';

const bin = (name, file) => join(root, 'node_modules', name, file);
const tsc = bin('typescript', 'bin/tsc');
const eslint = bin('eslint', 'bin/eslint.js');
const prettier = bin('prettier', 'bin/prettier.cjs');
const mocha = bin('mocha', 'bin/mocha.js');
const newNode = nodeForNodeRed5();
const core = ['core', 'simulator', 'nodes/editor', 'hostile']
  .map((room) => `test/${room}/**/*.test.ts`)
  .concat('test/*.test.ts');

/** A page on a busy machine may be late: a file that failed gets one more try, and both are said. */
// Where a suite could not be set up, what it had started already would keep the process for ever.
const inBrowser = [mocha, '--exit', '--require', 'tsx/cjs', '--reporter', './test/harness/browser/second-try.ts'];

/** Each stage: a name, the Node that runs it, its arguments and environment. First what all others need. */
const first = [
  [['build', ownNode, [join(root, 'scripts', 'build.mjs')]]],
  [['types', ownNode, [tsc, '-p', 'tsconfig.json']]],
];
/** The long ones first; several at a time, since much of their time is waiting, for devices and for a browser. */
const sideBySide = [
  // What a dialog and a page do by themselves, and the document of an interface, are the same on both lines: they do not come
  // from Node-RED. Each dialog is opened on both.
  [
    'browser-4.1',
    ownNode,
    [...inBrowser, '--ignore=test/browser/{wiring,access-events}.test.ts', 'test/browser/**/*.test.ts'],
    { NODE_RED_LINE: '4' },
  ],
  [
    'examples-4.1',
    ownNode,
    [...inBrowser, '--ignore=test/examples/*-{screen,document}.test.ts', 'test/examples/**/*.test.ts'],
    { NODE_RED_LINE: '4' },
  ],
  ['browser-5', ownNode, [...inBrowser, 'test/browser/**/*.test.ts'], { NODE_RED_LINE: '5' }],
  ['examples-5', newNode, [...inBrowser, 'test/examples/**/*.test.ts'], { NODE_RED_LINE: '5' }],
  ['proof', ownNode, [mocha, 'test/proof/**/*.test.ts']],
  ['package', ownNode, [mocha, 'test/package/**/*.test.ts']],
  ['lint', ownNode, [eslint, '.']],
  ['unit', ownNode, [mocha, ...core]],
  ['interop', ownNode, [mocha, 'test/interop/**/*.test.ts']],
  ['format', ownNode, [prettier, '--check', '--log-level', 'warn', '.']],
  ['types of the editor', ownNode, [tsc, '-p', 'tsconfig.editor.json']],
  ['unused', ownNode, [bin('knip', 'bin/knip.js'), '--config', 'knip.config.mjs']],
];

/** These mostly wait, for faults that last and for replies that never end: they run beside the others. */
const mostlyWaiting = [
  ['whole-fleet', newNode, [mocha, 'test/fleet/proof/*.test.ts'], { NODE_RED_LINE: '5' }],
  ['fleet', newNode, [mocha, 'test/fleet/!(proof)/*.test.ts'], { NODE_RED_LINE: '5' }],
  ['nodes-4.1', ownNode, [mocha, 'test/nodes/!(editor)/*.test.ts'], { NODE_RED_LINE: '4' }],
  ['nodes-5', newNode, [mocha, 'test/nodes/!(editor)/*.test.ts'], { NODE_RED_LINE: '5' }],
];

/** Of those that work all the time. On two cores a third would only slow them down: a browser takes more than one. */
const AT_ONCE = 2;
/** Files that get a second try in one stage: where more fail, it is no late page. */
const MOST_AGAIN = 2;
/** Of one stage, said again at the end. */
const MOST_LINES = 80;
const wanted = process.argv.slice(2);
const totals = { passed: 0, failed: 0, skipped: 0 };
/** The files that passed in their second try. */
const triedAgain = [];
/** What went wrong in each broken stage: said again at the end, where a reader of the last lines finds it. */
const broken = [];

await Promise.all(first.map(runInOrder));
// One list for all: each takes the next stage that nobody has taken.
const next = sideBySide.values();
if (broken.length === 0 || wanted.length > 0) {
  await Promise.all([runInOrder(mostlyWaiting), ...Array.from({ length: AT_ONCE }, () => runInOrder(next))]);
}

// A stage that broke without a failing test of its own (types, lint, a crash) counts as a failure.
const failed = Math.max(totals.failed, broken.length);
for (const { name, words } of broken) console.log(`\n== failed: ${name}\n${words}`);
const again = triedAgain.length > 0 ? `; passed in a second try: ${triedAgain.join(', ')}` : '';
console.log(`\n${totals.passed} passed, ${failed} failed, ${totals.skipped} skipped${again}`);
process.exitCode = failed === 0 ? 0 : 1;

async function runInOrder(stages) {
  for (const [name, node, args, environment] of stages) {
    if (wanted.length > 0 && !wanted.some((word) => name.startsWith(word))) continue;
    const began = Date.now();
    const { code, output } = await run(node, args, environment);
    console.log(`\n== ${name} (${Math.round((Date.now() - began) / 1000)} s)\n${output}`);
    totals.passed += count(output, 'passing');
    totals.skipped += count(output, 'pending');
    if (code === 0) continue;
    if (await passesAgain(name, node, args, environment, output)) continue;
    totals.failed += count(output, 'failing');
    broken.push({ name, words: failures(output) });
    console.log(`== ${name} failed (exit code ${code})`);
    if (name === 'build') break;
  }
}

/** Runs the files in which something failed once more, each in a process of its own. */
async function passesAgain(name, node, args, environment, output) {
  const files = [...output.matchAll(/^failed in (\S+)$/gm)].map(([, file]) => file);
  if (files.length === 0 || files.length > MOST_AGAIN) return false;
  console.log(`\n== ${name}, first try\n${failures(output)}`);
  for (const file of files) {
    const second = await run(node, [...args.filter((word) => !word.endsWith('.test.ts')), file], environment);
    console.log(`\n== ${name}, second try of ${file}\n${second.output}`);
    if (second.code !== 0) return false;
    triedAgain.push(`${name} ${file}`);
  }
  return true;
}

/** What a stage prints is kept together, since several of them run at once. */
function run(node, args, environment = {}) {
  return new Promise((resolve) => {
    const child = spawn(node, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

/** Mocha's own list of what failed; of a stage without one, its last lines. */
function failures(output) {
  const lines = output.split('\n');
  const from = lines.findIndex((line) => /^\s+\d+ failing\b/.test(line));
  return (from < 0 ? lines.slice(-MOST_LINES) : lines.slice(from, from + MOST_LINES)).join('\n');
}

/** Mocha's own closing figure of that name. */
function count(output, word) {
  const found = [...output.matchAll(new RegExp(`^\\s+(\\d+) ${word}\\b`, 'gm'))];
  return found.reduce((sum, [, figure]) => sum + Number(figure), 0);
}
