// npm run mutation: which faults in core/ no unit test notices. `npm run mutation -- login` looks at one room (login,
// terminal, operations, http), `npm run mutation -- core/isapi/login/challenge.ts` at one file. The score and what survives
// are printed; the page to read them in is .output/mutation/index.html.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Stryker } from '@stryker-mutator/core';

import { root } from './runtime-node.mjs';

const ROOMS = {
  login: 'core/isapi/login/**/*.ts',
  terminal: 'core/isapi/terminal/**/*.ts',
  operations: 'core/isapi/operations/**/*.ts',
  http: 'core/http/**/*.ts',
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in ROOMS) && !existsSync(join(root, name.replace(/:.*$/, ''))));
if (unknown.length > 0) {
  console.error(`${unknown.join(', ')}: neither a file nor one of ${Object.keys(ROOMS).join(', ')}`);
  process.exit(1);
}
process.chdir(root);
await new Stryker({
  mutate: wanted.length > 0 ? wanted.map((name) => ROOMS[name] ?? name) : Object.values(ROOMS),
}).runMutationTest();
