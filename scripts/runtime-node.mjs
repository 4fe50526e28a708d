// Which Node runs which Node-RED: 5 needs Node 22.9 or later, which the machine's own may not be.
import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The machine's own Node, which npm runs on, and not the newer one that npm scripts find first. */
export const ownNode = process.env.npm_node_execpath ?? process.execPath;

/** A Node that Node-RED 5 starts on: the machine's own, or else the one of the devDependency `node`. */
export function nodeForNodeRed5() {
  if (startsNodeRed5(ownNode)) return ownNode;
  const bundled = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(bundled)) throw new Error('Node-RED 5 needs Node 22.9 or later: run npm ci first');
  return realpathSync(bundled);
}

function startsNodeRed5(node) {
  const isThisOne = node === process.execPath;
  const version = isThisOne
    ? process.versions.node
    : execFileSync(node, ['--print', 'process.versions.node'], { encoding: 'utf8' });
  const [major, minor] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 9);
}
