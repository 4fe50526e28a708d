// The examples by the names that people use for them: systems/registration-api is registration-api for short.
import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Folders that need not be named. */
const SHORT = /(^|\/)(basics|systems)\//;

/** Paths of all examples below examples/, without their endings. */
export function examplesIn(root) {
  return readdirSync(join(root, 'examples'), { recursive: true })
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length).split(sep).join('/'))
    .sort();
}

/** The path of an example that is named in full or for short, or undefined. */
export function exampleNamed(root, name) {
  const known = examplesIn(root);
  return known.find((path) => path === name) ?? known.find((path) => path.replace(SHORT, '$1') === name);
}
