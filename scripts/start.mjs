// npm start: Node-RED 5 with the example flow and a simulated terminal, one registration done by itself.
// npm start -- --example NAME: Node-RED 5 with that example, all set up, for a person to try.
import { execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { exampleNamed, examplesIn } from './examples/files.mjs';
import { nodeForNodeRed5, root } from './runtime-node.mjs';

const example = wantedExample();
const userDir = await mkdtemp(join(tmpdir(), 'node-red-hikvision-'));
const child = spawn(nodeForNodeRed5(), [join(root, 'scripts', 'demo.mjs'), userDir, ...example], {
  // The channel tells the child when this process ends, also where it cannot say so itself.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
// Ctrl-C reaches the child by itself; a signal sent to this process alone has to be passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
const watch = whenGone(ancestors(), () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  clearInterval(watch);
  rmSync(userDir, { recursive: true, force: true });
  process.exit(signal ? 0 : (code ?? 1));
});

/** Who started us: a shell that npm runs, and npm. Without npm it is whoever did. */
function ancestors() {
  const parent = process.ppid;
  return process.env.npm_lifecycle_event === 'start' ? [parent, parentOf(parent)].filter((pid) => pid > 1) : [parent];
}

function parentOf(pid) {
  try {
    return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }));
  } catch {
    return 0;
  }
}

/** A signal to npm alone ends npm, and perhaps not the shell between, and does not reach us: nothing but a look tells. */
function whenGone(pids, act) {
  const timer = setInterval(() => {
    if (pids.every(isAlive)) return;
    clearInterval(timer);
    act();
  }, 300);
  return timer;
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process is one too.
    return error.code === 'EPERM';
  }
}

/** The example after --example in a list, or an empty list. */
function wantedExample() {
  try {
    const { example: name } = parseArgs({ options: { example: { type: 'string' } } }).values;
    if (name === undefined) return [];
    const found = exampleNamed(root, name);
    if (found !== undefined) return [found];
    console.error(`There is no example ${JSON.stringify(name)}.`);
  } catch (error) {
    console.error(error.message);
  }
  console.error(`npm start -- --example NAME, where NAME is one of: ${examplesIn(root).join(', ')}`);
  process.exit(1);
}
