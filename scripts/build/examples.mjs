// examples/ru/ of either package: every example in Russian, made of the English one and of scripts/examples/ru/<its path>.json,
// where each line of a text has its Russian one. So the two cannot differ: what is missing or left over ends the build.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { exampleFile, examplesIn, isRussian } from '../examples/files.mjs';
import { keepsFixedParts, withTexts } from './russian.mjs';

/** Texts of several examples. */
const COMMON = 'common';

/** Writes the Russian examples into the folder `to`; throws an Error that names each text that is missing or left over. */
export function writeRussianExamples(root, to) {
  const complaints = [];
  const paths = examplesIn(root).filter((path) => !isRussian(path));
  const common = catalogue(root, COMMON);
  for (const path of paths) {
    const flow = JSON.parse(readFileSync(exampleFile(root, path), 'utf8'));
    const own = catalogue(root, path);
    const russian = withTexts(flow, (line, node) => {
      const found = own.russianOf(line) ?? common.russianOf(line);
      const where = `${relative(root, exampleFile(root, path))}, ${node.type} ${node.id}`;
      if (found === undefined) complaints.push(`${where}: no Russian for ${JSON.stringify(line)}`);
      else if (!keepsFixedParts(line, found)) {
        complaints.push(`${where}: code or a place for a value differs in ${JSON.stringify(found)}`);
      }
      return found ?? line;
    });
    complaints.push(...own.leftOver());
    write(join(to, `${path}.json`), russian);
  }
  complaints.push(...common.leftOver());
  if (complaints.length > 0) throw new Error(`the Russian examples:\n${[...new Set(complaints)].join('\n')}`);
}

function catalogueFile(root, path) {
  return join(root, 'scripts', 'examples', 'ru', `${path}.json`);
}

function catalogue(root, path) {
  const file = catalogueFile(root, path);
  const entries = new Map(existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, 'utf8'))) : []);
  const used = new Set();
  return {
    russianOf(line) {
      used.add(line);
      return entries.get(line);
    },
    leftOver: () =>
      [...entries.keys()]
        .filter((line) => !used.has(line))
        .map((line) => `scripts/examples/ru/${path}.json: no text of the example is ${JSON.stringify(line)}`),
  };
}

function write(file, flow) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(flow, null, 2)}\n`);
}
