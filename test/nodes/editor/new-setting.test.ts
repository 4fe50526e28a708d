import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { BuiltDialogs, ROOT } from '../../harness/editor/built-dialogs.js';

const run = promisify(execFile);
const NODE = path.join('nodes', 'capture-face');
const ROW = `    <div class="form-row">
      <label for="node-input-floor"><span data-i18n="capture-face.label.floor"></span></label
      ><input type="text" id="node-input-floor" />
      <input type="hidden" id="node-input-floorType" />
    </div>
`;

/** What a newcomer does to give capture-face a typed setting `floor`: each file with what is put in before what. */
const EDITS: [file: string, before: string, added: string][] = [
  ['settings.ts', 'export const settings', "import { fromDialog } from '../../core/settings/typed.js';\n"],
  ['settings.ts', '  hold: ', '  floor: fromDialog(duration({ usual: 4, min: 1, max: 9 })),\n'],
  ['capture-face.html', '    <h4 data-i18n="capture-face.group.hold">', ROW],
  ['locales/en-US/capture-face.json', '      "name": "Name",', '      "floor": "Floor",\n'],
  ['locales/ru/capture-face.json', '      "name": "Имя",', '      "floor": "Этаж",\n'],
];

describe('a typed setting more', function () {
  this.timeout(120_000);
  let copy: string;

  before(async () => {
    copy = await mkdtemp(path.join(tmpdir(), 'hikvision-setting-'));
    for (const part of [
      'core',
      'examples',
      'fleet',
      'nodes',
      'scripts',
      'simulator',
      'package.json',
      'tsconfig.json',
      'tsconfig.build.json',
    ]) {
      await cp(path.join(ROOT, part), path.join(copy, part), { recursive: true });
    }
    await cp(path.join(ROOT, 'tsconfig.editor.json'), path.join(copy, 'tsconfig.editor.json'));
    await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
    for (const [file, before, added] of EDITS) {
      const edited = path.join(copy, NODE, file);
      const text = await readFile(edited, 'utf8');
      assert.ok(text.includes(before), `${file} has ${before}`);
      await writeFile(edited, text.replace(before, added + before));
    }
    await run(process.execPath, [path.join(ROOT, 'scripts', 'build.mjs'), copy]);
  });

  after(() => rm(copy, { recursive: true, force: true }));

  for (const [language, words] of [
    ['en-US', 'Floor is not a valid number. Use a number from 1 to 9.'],
    ['ru', 'Недопустимое число в поле Этаж. Укажите число от 1 до 9.'],
  ] as const) {
    it(`needs its rule, its row and its label only: the dialog has it with default, kind and complaints in ${language}`, () => {
      const { defaults } = new BuiltDialogs(language, copy).load('capture-face');
      assert.equal(defaults['floor']?.value, '4');
      assert.equal(defaults['floorType']?.value, 'str');
      const verdict = (value: unknown): unknown =>
        defaults['floor']?.validate?.call({ _def: {}, floorType: 'str' }, value, {});
      assert.deepEqual(['1', '9', '', '${FLOOR}'].map(verdict), [true, true, true, true]);
      assert.equal(verdict('10'), words);
    });
  }

  it('is there for the runtime too, and all of it has its types', async () => {
    const built = await readFile(path.join(copy, 'dist', NODE, 'settings.js'), 'utf8');
    assert.match(built, /floor:/);
    await run(process.execPath, [
      path.join(ROOT, 'node_modules/typescript/bin/tsc'),
      '-p',
      path.join(copy, 'tsconfig.editor.json'),
    ]);
  });
});
