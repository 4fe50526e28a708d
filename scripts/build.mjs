// Builds dist/ and resources/: the compiled nodes, with their editor pages, locales and icons beside them,
// because Node-RED finds icons and locales next to the built file and nowhere else.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const finished = join(root, 'dist');
// Built beside it and moved at the end: a running Node-RED or test never sees half a build.
const dist = `${finished}.${process.pid}`;

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const args = [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', dist];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
if (status !== 0) {
  rmSync(dist, { recursive: true, force: true });
  process.exit(status ?? 1);
}

for (const folder of readdirSync(join(root, 'nodes'))) {
  const from = join(root, 'nodes', folder);
  const to = join(dist, 'nodes', folder);
  if (!existsSync(join(from, `${folder}.html`))) continue;
  cpSync(join(from, `${folder}.html`), join(to, `${folder}.html`));
  if (existsSync(join(from, 'icons'))) cpSync(join(from, 'icons'), join(to, 'icons'), { recursive: true });
  copyLocales(join(from, 'locales'), join(to, 'locales'));
}
mkdirSync(join(root, 'resources'), { recursive: true });
cpSync(join(root, 'nodes', 'editor', 'editor.js'), join(root, 'resources', 'editor.js'));
rmSync(finished, { recursive: true, force: true });
renameSync(dist, finished);

/**
 * A status is a catalogue key and carries no parameters, so a text with `__n__` becomes one text for each number from 0
 * to 180 (see nodes/common/status.ts).
 */
function copyLocales(from, to) {
  cpSync(from, to, { recursive: true });
  for (const file of readdirSync(to, { recursive: true }).filter((name) => name.endsWith('.json'))) {
    const catalogue = JSON.parse(readFileSync(join(to, file), 'utf8'));
    for (const texts of Object.values(catalogue)) {
      if (texts.status) texts.status = Object.fromEntries(Object.entries(texts.status).flatMap(withNumbers));
    }
    writeFileSync(join(to, file), JSON.stringify(catalogue));
  }
}

function withNumbers([key, text]) {
  if (!text.includes('__n__')) return [[key, text]];
  return Array.from({ length: 181 }, (_, n) => [`${key}-${n}`, text.replaceAll('__n__', String(n))]);
}
