import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../../..');

/** Where the node types of a package lie, as written and as built. */
const PACKAGES = [
  { written: 'nodes', built: path.join('dist', 'nodes') },
  { written: path.join('fleet', 'nodes'), built: path.join('fleet', 'dist', 'nodes') },
] as const;

/** The node types of both packages. */
export const TYPES: readonly string[] = PACKAGES.flatMap(({ written }) => typesIn(written));

/** The folder of a node type below the root, as it is written. */
export function folderOf(type: string): string {
  return path.join(packageWith(type).written, type);
}

/** The same, as it is built. */
export function builtFolderOf(type: string): string {
  return path.join(packageWith(type).built, type);
}

function packageWith(type: string): (typeof PACKAGES)[number] {
  const [own, companion] = PACKAGES;
  return existsSync(path.join(ROOT, companion.written, type)) ? companion : own;
}

function typesIn(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder)).filter((type) =>
    existsSync(path.join(ROOT, folder, type, `${type}.html`)),
  );
}
