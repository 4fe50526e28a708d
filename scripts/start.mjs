// npm start: Node-RED 5 with the example flow and a simulated terminal, one registration done by itself.
// npm start -- --example NAME: Node-RED 5 with that example, all set up, for a person to try; those of the companion, fleet and
// pair, with two Node-REDs and a PostgreSQL.
// The shell of npm becomes this process (`exec` in package.json): a shell that waited for it would keep a SIGINT that npm
// passes on to itself. On Windows, where no such signal is, exec.cmd stands in for `exec`.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { exampleNamed, examplesIn } from './examples/files.mjs';
import { nodeForNodeRed5, root } from './runtime-node.mjs';

const example = wantedExample();
const script = example[0]?.startsWith('fleet/') ? 'demo-fleet.mjs' : 'demo.mjs';
const userDir = await mkdtemp(join(tmpdir(), 'node-red-hikvision-'));
const child = spawn(nodeForNodeRed5(), [join(root, 'scripts', script), userDir, ...example], {
  // The channel tells the child when this process ends, also where it cannot say so itself.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
// Ctrl-C reaches the child by itself; a signal sent to this process alone has to be passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
const watch = whenGone(process.ppid, () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  clearInterval(watch);
  rmSync(userDir, { recursive: true, force: true });
  process.exit(signal ? 0 : (code ?? 1));
});

/** A signal that ends npm at once does not reach us: nothing but a look tells. */
function whenGone(pid, act) {
  const timer = setInterval(() => {
    if (isAlive(pid)) return;
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
