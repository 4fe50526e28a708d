// The examples by the names that people use for them: systems/registration-api is registration-api for short.
import { existsSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Folders that need not be named. */
const SHORT = /(^|\/)(basics|systems|fleet)\//;
/** Where examples lie, by what their paths begin with: this package's, and its companion's. */
const FOLDERS = { '': 'examples', 'fleet/': join('fleet', 'examples') };

/** Paths of all examples, without their endings; fleet/ru/pair is examples/ru/pair.json of the companion. */
export function examplesIn(root) {
  return Object.entries(FOLDERS)
    .filter(([, folder]) => existsSync(join(root, folder)))
    .flatMap(([begin, folder]) =>
      readdirSync(join(root, folder), { recursive: true })
        .filter((file) => file.endsWith('.json'))
        .map((file) => begin + file.slice(0, -'.json'.length).split(sep).join('/')),
    )
    .sort();
}

/** The file of an example by its path. */
export function exampleFile(root, path) {
  const [begin, folder] = Object.entries(FOLDERS).findLast(([each]) => path.startsWith(each));
  return join(root, folder, `${path.slice(begin.length)}.json`);
}

/** Whether a path is that of an example in Russian, which the build has made. */
export function isRussian(path) {
  return /^(fleet\/)?ru\//.test(path);
}

/** The path of an example that is named in full or for short, or undefined. */
export function exampleNamed(root, name) {
  const known = examplesIn(root);
  return known.find((path) => path === name) ?? known.find((path) => path.replace(SHORT, '$1') === name);
}
