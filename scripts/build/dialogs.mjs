// The scripts of the dialogs: nodes/<type>/dialog.ts, one a page, and nodes/editor with core/settings, which all of them share.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

import { build } from 'esbuild';
import { format } from 'prettier';

/** The rooms whose modules the pages find in the shared script, by their paths. */
const SHARED = ['core/settings', 'nodes/editor'];
/** The global that holds the shared modules. */
const GLOBAL = 'globalThis.hikvision';
const PRETTY = { parser: 'babel', singleQuote: true, printWidth: 120 };

/** The script of a page, readable and with the literals that the flow library looks for. */
export async function dialogScript(root, folder) {
  return bundled(root, {
    entryPoints: [join(root, folder, 'dialog.ts')],
    plugins: [sharedModules(root)],
  });
}

/** What all pages share. Every page loads it; only the first load counts. */
export async function sharedScript(root) {
  const modules = SHARED.flatMap((room) => modulesIn(root, room));
  const imports = modules.map((path, index) => `import * as module${index} from './${path}.ts';`);
  const entries = modules.map((path, index) => `  '${path}': module${index},`);
  return bundled(root, {
    stdin: {
      contents: [...imports, `${GLOBAL} ??= started({`, ...entries, '});', STARTED].join('\n'),
      resolveDir: root,
      loader: 'ts',
    },
  });
}

/** Styles and statuses are added once. */
const STARTED = `
import { start } from './nodes/editor/start.ts';
function started(modules: object): object {
  start();
  return modules;
}`;

async function bundled(root, options) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    logLevel: 'warning',
    ...options,
  });
  return format(outputFiles[0].text, PRETTY);
}

/** The modules of a room that the dialogs use, as paths without their endings: errors are the runtime's. */
function modulesIn(root, room) {
  return readdirSync(join(root, room), { recursive: true })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && file !== 'take.ts')
    .map((file) => `${room}/${file.slice(0, -'.ts'.length).split(sep).join('/')}`);
}

/** Lets a page take the shared modules from where the shared script put them. */
function sharedModules(root) {
  return {
    name: 'shared modules',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
        const found = relative(root, resolve(resolveDir, path)).split(sep).join('/').replace(/\.js$/, '');
        const isShared = SHARED.some((room) => found.startsWith(`${room}/`));
        return isShared ? { path: found, namespace: 'shared' } : undefined;
      });
      onLoad({ filter: /.*/, namespace: 'shared' }, ({ path }) => {
        const source = readFileSync(join(root, `${path}.ts`), 'utf8');
        const names = [...source.matchAll(/^export (?:const|function|class) (\w+)/gm)].map(([, name]) => name);
        return { contents: `export const { ${names.join(', ')} } = ${GLOBAL}['${path}'];` };
      });
    },
  };
}
