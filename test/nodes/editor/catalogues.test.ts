import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { folderOf, TYPES } from '../../harness/editor/node-folders.js';
import { settingsOf } from '../../harness/editor/settings.js';

const root = path.resolve(__dirname, '../../..');
const LANGUAGES = ['en-US', 'ru'] as const;

type Language = (typeof LANGUAGES)[number];

function read(...parts: string[]): string {
  return readFileSync(path.join(root, ...parts), 'utf8');
}

/** Every text of a node's catalogue by its key, `capture-face.label.name` for one. */
function textsOf(language: Language, type: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (tree: object, prefix: string): void => {
    for (const [name, value] of Object.entries(tree)) {
      if (typeof value === 'string') found.set(`${prefix}${name}`, value);
      else visit(value as object, `${prefix}${name}.`);
    }
  };
  visit(JSON.parse(read(folderOf(type), 'locales', language, `${type}.json`)) as object, '');
  return found;
}

function placeholdersIn(text: string): string[] {
  return [...text.matchAll(/__(\w+?)__/g)].map(([, name = '']) => name).sort();
}

/** The html between the first template tag of that kind and its end. */
function dialogOf(type: string): string {
  const dialog = /<script type="text\/html" data-template-name="[^"]+">(.*?)<\/script>/s.exec(
    read(folderOf(type), `${type}.html`),
  );
  assert.ok(dialog?.[1]);
  return dialog[1];
}

describe('the catalogues', () => {
  for (const type of TYPES) {
    describe(`of ${type}`, () => {
      const english = textsOf('en-US', type);
      const russian = textsOf('ru', type);

      it('have the same keys in both languages', () => {
        assert.deepEqual([...russian.keys()].sort(), [...english.keys()].sort());
      });

      it('have the same placeholders in both languages', () => {
        const differing = [...english].filter(
          ([key, text]) => placeholdersIn(text).join() !== placeholdersIn(russian.get(key) ?? '').join(),
        );
        assert.deepEqual(
          differing.map(([key]) => key),
          [],
        );
      });

      it('have no empty text, no blanks at the ends, and Russian that is not left in English', () => {
        for (const texts of [english, russian]) {
          assert.deepEqual(
            [...texts].filter(([, text]) => text === '' || text !== text.trim()),
            [],
          );
        }
        const alike = [...russian].filter(
          ([key, text]) => text === english.get(key) && /[a-z]{3,} [a-z]{3,}/i.test(text),
        );
        // Names stay as they are in every language: that of a node's type in the palette, and that of a product.
        assert.deepEqual(
          alike.filter(([key]) => !/\.(paletteLabel|option\.product\.\w+)$/.test(key)),
          [],
        );
      });

      it('have every key that the page and its script use', () => {
        const page = read(folderOf(type), `${type}.html`);
        const scripts = readdirSync(path.join(root, folderOf(type))).filter((file) => file.endsWith('dialog.ts'));
        const script = scripts.map((file) => read(folderOf(type), file)).join('\n');
        const outputs = /outputs: \[([^\]]*)\]/.exec(script)?.[1]?.match(/\w+/g) ?? [];
        const used = [
          ...[...page.matchAll(/data-i18n="(?:\[\w+\])?([\w.-]+)"/g)].map(([, key = '']) => key),
          ...[...script.matchAll(/\btext\((?:TYPE|'[\w-]+'), '([\w.-]+)'/g)].map(([, key = '']) => `${type}.${key}`),
          ...outputs.map((output) => `${type}.output.${output}`),
        ];
        assert.ok(used.length > 2);
        assert.deepEqual(
          used.filter((key) => !english.has(key)),
          [],
        );
      });

      it('have a label for every setting, and no complaint about anything else', () => {
        const names = Object.keys(settingsOf(type));
        assert.deepEqual(
          names.filter((name) => !english.has(`${type}.label.${name}`)),
          [],
        );
        const complaints = [...english.keys()].filter((key) => key.startsWith(`${type}.invalid.`));
        assert.deepEqual(
          complaints.filter((key) => !names.includes(key.split('.')[2] ?? '')),
          [],
        );
      });

      it('name no number where the rule of the setting has it', () => {
        const bounds = Object.entries(settingsOf(type)).flatMap(([name, { min, max }]) =>
          [min, max].filter((bound) => Number(bound) > 1).map((bound) => [name, String(bound)] as const),
        );
        const copied = bounds.flatMap(([name, bound]) =>
          [...english, ...russian].filter(
            ([key, text]) => new RegExp(`\\.(hint|invalid)\\.${name}\\b`).test(key) && text.includes(bound),
          ),
        );
        assert.deepEqual(copied, []);
      });

      it('hold all visible text of the dialog', () => {
        const visible = dialogOf(type)
          .replace(/<option value="(\w+)">\1<\/option>/g, '')
          .replace(/<[^>]*>/g, '')
          .trim();
        assert.equal(visible, '');
        const spoken = [...dialogOf(type).matchAll(/(?:title|alt|aria-label)="([^"]+)"/g)].map(([, text]) => text);
        assert.deepEqual(spoken, []);
      });

      it('have help of the same build in both languages, in the order of Node-RED', () => {
        const outlines = LANGUAGES.map((language) => {
          const help = read(folderOf(type), 'locales', language, `${type}.html`);
          assert.match(help, new RegExp(`data-help-name="${type}"`));
          const codes = [...help.matchAll(/<code>([^<]*)<\/code>/g)].map(([, code = '']) =>
            code.replace(/: "[^"]*"/g, ''),
          );
          return { tags: [...help.matchAll(/<(h3|dt|dd|p|li|pre|table|tr|a)\b/g)].map(([, tag]) => tag), codes };
        });
        assert.deepEqual(outlines[1], outlines[0]);
      });
    });
  }

  it('say the same of the test of a connection, to a terminal, to a gateway and to the database of a fleet', () => {
    for (const language of LANGUAGES) {
      const [terminal = [], gateway, fleet] = ['isapi-config', 'artemis-config', 'fleet-config'].map((type) => {
        const own = [...textsOf(language, type)].filter(([key]) => /^[\w-]+\.(connectionTest|refused)\./.test(key));
        const texts = own.filter(([key]) => !/\.(pinned|password-needed)$/.test(key));
        return texts.map(([key, text]) => [key.replace(type, ''), text]);
      });
      assert.ok(terminal.length > 10);
      assert.deepEqual(gateway, terminal, language);
      // A certificate is not pinned there.
      assert.deepEqual(
        fleet,
        terminal.filter(([key]) => !/\.(pin|certificate)$/.test(String(key))),
        language,
      );
    }
    for (const file of [
      'README.md',
      'README.ru.md',
      ...TYPES.map((type) => `${folderOf(type)}/locales/en-US/${type}.html`),
    ]) {
      assert.doesNotMatch(read(file), /check(ing)? (the )?connection/i, file);
    }
  });

  it('have every status that a node shows', () => {
    const missing = TYPES.flatMap((type) => {
      const shown = [...read(folderOf(type), `${type}.ts`).matchAll(/status\.(?:busy|done|warn)\('(\w+)'/g)];
      const texts = textsOf('en-US', type);
      return shown.map(([, key]) => `${type}.status.${key}`).filter((key) => !texts.has(key));
    });
    assert.deepEqual(missing, []);
  });

  it('have every finding, state and advice that a test of a terminal can give', () => {
    const source = read('core', 'isapi', 'operations', 'connection-test', 'findings.ts');
    const english = textsOf('en-US', 'isapi-config');
    const given = [...source.matchAll(/\{ id, state: (?:'(\w+)'|[^,}]+)(?:, text: '(\w+)')?/g)];
    assert.ok(given.length > 20);
    for (const id of ['address', 'certificate', 'login', 'lock', 'device', 'time', 'capture', 'faces', 'persons']) {
      assert.ok(english.has(`isapi-config.finding.${id}.unknown`), id);
      assert.ok(english.has(`isapi-config.finding.${id}.passed`) || id === 'certificate', id);
    }
    const named = [...source.matchAll(/(?:text|advice): '(\w+)'/g)].map(([, name = '']) => name);
    const known = [...english.keys()].filter((key) => key.startsWith('isapi-config.finding.'));
    assert.deepEqual(
      named.filter((name) => !known.some((key) => key.endsWith(`.${name}`))),
      [],
    );
  });

  it('have every finding, state and advice that a test of a fleet’s database can give', () => {
    const source = read('fleet', 'core', 'database', 'check.ts');
    const [, union = ''] = /type FleetFindingId = ([^;]+);/.exec(source) ?? [];
    const ids = [...union.matchAll(/'(\w+)'/g)].map(([, id = '']) => id);
    const texts = [...source.matchAll(/text: ([^,}]+)/g)].flatMap(
      ([, given = '']) => given.match(/(?<=')\w+(?=')/g) ?? [],
    );
    assert.ok(ids.length === 6 && texts.length >= 3);
    for (const language of LANGUAGES) {
      const known = textsOf(language, 'fleet-config');
      for (const id of ids) {
        for (const state of ['passed', 'failed', 'unknown']) {
          assert.ok(known.has(`fleet-config.finding.${id}.${state}`), id);
        }
        const section = source.slice(source.indexOf(`id: '${id}'`));
        const canWarn = new RegExp(`id: '${id}', state: [^,]*warned`).test(section);
        if (canWarn) {
          for (const key of ['warned', 'advice']) assert.ok(known.has(`fleet-config.finding.${id}.${key}`), id);
        }
      }
      for (const text of texts) {
        assert.ok(
          [...known.keys()].some((key) => key.endsWith(`.${text}`)),
          text,
        );
      }
    }
  });
});
