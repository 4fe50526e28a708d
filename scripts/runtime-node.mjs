// Which Node runs which Node-RED: 5 needs Node 22.9 or later, which the machine's own may not be.
import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The machine's own Node, which npm runs on, and not the newer one that npm scripts find first. */
export const ownNode = process.env.npm_node_execpath ?? process.execPath;

/** A Node that Node-RED 5 starts on. */
export function nodeForNodeRed5() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 9)) return process.execPath;
  const bundled = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(bundled)) throw new Error('Node-RED 5 needs Node 22.9 or later: run npm ci first');
  return realpathSync(bundled);
}
