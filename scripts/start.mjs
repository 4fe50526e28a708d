// npm start: Node-RED 5 with the example flow and a simulated terminal, one registration done by itself.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { nodeForNodeRed5, root } from './runtime-node.mjs';

const userDir = await mkdtemp(join(tmpdir(), 'node-red-hikvision-'));
const child = spawn(nodeForNodeRed5(), [join(root, 'scripts', 'demo.mjs'), userDir], { stdio: 'inherit' });
// Ctrl-C reaches the child by itself; a signal sent to this process alone has to be passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  rmSync(userDir, { recursive: true, force: true });
  process.exit(signal ? 0 : (code ?? 1));
});
