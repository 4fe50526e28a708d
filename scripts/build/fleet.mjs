// The companion package: what the compiler made of fleet/ goes to fleet/dist/, and finds this package's own modules, which are
// not in it, where they are installed.
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** Imports of the compiled files that begin with a dot: `require("../../core/…")`. */
const RELATIVE = /\brequire\("(\.\.?\/[^"]+)"\)/g;

/** Moves the compiled companion from dist/fleet/ to its own package. */
export function finishFleet(root, dist) {
  const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const built = join(dist, 'fleet');
  for (const file of readdirSync(built, { recursive: true })) {
    if (!file.endsWith('.js')) continue;
    const path = join(built, file);
    writeFileSync(path, readFileSync(path, 'utf8').replace(RELATIVE, elsewhere(path)));
  }
  const finished = join(root, 'fleet', 'dist');
  rmSync(finished, { recursive: true, force: true });
  renameSync(built, finished);

  /** A module outside of the companion is one of this package. */
  function elsewhere(path) {
    return (whole, wanted) => {
      const found = relative(built, resolve(dirname(path), wanted));
      if (!found.startsWith('..')) return whole;
      return `require("${name}/dist/${relative(dist, join(built, found)).split(sep).join('/')}")`;
    };
  }
}
