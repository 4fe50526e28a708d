// npm start: Node-RED 5 with the example flow and a simulated terminal, one registration done by itself.
// npm start -- --example NAME: Node-RED 5 with that example, all set up, for a person to try.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { exampleNamed, examplesIn } from './examples/files.mjs';
import { nodeForNodeRed5, root } from './runtime-node.mjs';

const example = wantedExample();
const userDir = await mkdtemp(join(tmpdir(), 'node-red-hikvision-'));
const child = spawn(nodeForNodeRed5(), [join(root, 'scripts', 'demo.mjs'), userDir, ...example], { stdio: 'inherit' });
// Ctrl-C reaches the child by itself; a signal sent to this process alone has to be passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  rmSync(userDir, { recursive: true, force: true });
  process.exit(signal ? 0 : (code ?? 1));
});

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
