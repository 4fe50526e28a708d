// Builds dist/, resources/ and examples/ru/: the compiled nodes with their pages, locales and icons beside them, because Node-RED finds
// icons and locales next to the built file and nowhere else; and what all dialogs share, which the pages load from resources/.
// `node scripts/build.mjs --if-changed` builds only where something was changed since the last build.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { dialogScript, sharedScript } from './build/dialogs.mjs';
import { writeRussianExamples } from './build/examples.mjs';
import { finishFleet } from './build/fleet.mjs';

const ownRoot = fileURLToPath(new URL('..', import.meta.url));
const onlyIfChanged = process.argv.includes('--if-changed');
// A test builds a changed copy of the sources.
const root = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? ownRoot;
const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** The folders of the node types: of this package, and of its companion. */
const nodeFolders = ['nodes', join('fleet', 'nodes')].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((type) => existsSync(join(root, folder, type, 'dialog.ts')))
    .map((type) => join(folder, type)),
);

const finished = join(root, 'dist');
/** Says when the last build began: all that it was made of is older. */
const stamp = join(root, '.output', 'built');
const began = new Date();
if (onlyIfChanged && isBuilt()) process.exit();
// Built beside it and moved at the end: a running Node-RED or test never sees half a build.
const dist = `${finished}.${process.pid}`;
try {
  compile();
  await Promise.all(nodeFolders.map(addPage));
  await addShared();
  addExamples();
  finishFleet(root, dist);
} catch (error) {
  rmSync(dist, { recursive: true, force: true });
  throw error;
}
rmSync(finished, { recursive: true, force: true });
renameSync(dist, finished);
mkdirSync(join(root, '.output'), { recursive: true });
writeFileSync(stamp, began.toISOString());

/** A folder counts as changed where something in it was added or removed. */
function isBuilt() {
  if (!existsSync(stamp) || !existsSync(finished) || !existsSync(join(root, 'resources', 'editor.js'))) return false;
  const then = Date.parse(readFileSync(stamp, 'utf8'));
  const made = [join('examples', 'ru'), join('fleet', 'examples', 'ru'), join('fleet', 'dist')];
  const sources = ['core', 'simulator', 'nodes', 'fleet', 'scripts', 'examples'].flatMap((folder) => [
    folder,
    ...readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
  ]);
  return (
    ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', ...sources]
      // The build itself puts ru/ into the folders of examples, and dist/ into fleet/.
      .filter((name) => !['examples', 'fleet', join('fleet', 'examples')].includes(name))
      .filter((name) => !made.some((folder) => name.startsWith(folder)))
      .every((name) => statSync(join(root, name)).mtimeMs < then)
  );
}

function compile() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', dist];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** A node's page: the template, and the script that registers it. */
async function addPage(folder) {
  const type = basename(folder);
  const from = join(root, folder);
  const to = join(dist, folder);
  const template = readFileSync(join(from, `${type}.html`), 'utf8');
  const script = await dialogScript(root, folder);
  const shared = `<script src="resources/${name}/editor.js"></script>`;
  writeFileSync(
    join(to, `${type}.html`),
    `${shared}\n\n${template}\n<script type="text/javascript">\n${script}</script>\n`,
  );
  for (const folder of ['icons', 'locales']) {
    if (existsSync(join(from, folder))) cpSync(join(from, folder), join(to, folder), { recursive: true });
  }
}

async function addShared() {
  const resources = join(root, 'resources');
  mkdirSync(resources, { recursive: true });
  writeFileSync(join(resources, `editor.js.${process.pid}`), await sharedScript(root));
  renameSync(join(resources, `editor.js.${process.pid}`), join(resources, 'editor.js'));
}

/** The examples in Russian, moved to their places when all of them are there: the companion's, and ours. */
function addExamples() {
  const made = join(dist, 'examples-ru');
  writeRussianExamples(root, made);
  for (const [from, to] of [
    [join(made, 'fleet'), join(root, 'fleet', 'examples', 'ru')],
    [made, join(root, 'examples', 'ru')],
  ]) {
    rmSync(to, { recursive: true, force: true });
    if (existsSync(from)) renameSync(from, to);
  }
}
