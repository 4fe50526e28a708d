import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');
const NODE_TO_ADMIT = [22, 9];
/** The queue needs it; whoever has Node.js 22 at all can have this one. */
const NODE_OF_COMPANION = [22, 12];

interface Manifest {
  name: string;
  license: string;
  repository: { url: string };
  keywords: string[];
  engines: { node: string };
  dependencies: Record<string, string>;
  'node-red': { version: string; nodes: Record<string, string> };
}

/** The folders of both packages below the root. */
const PACKAGES = ['', 'fleet'];

function read(...parts: string[]): string {
  return readFileSync(path.join(root, ...parts), 'utf8');
}

/** The rules by which the flow library scores a package (node-red-dev), which itself needs a host that CI may not reach. */
for (const folder of PACKAGES) {
  describe(`the scorecard of the flow library, of ${folder || 'the main package'}`, () => {
    const manifest = JSON.parse(read(folder, 'package.json')) as Manifest;
    const types = Object.keys(manifest['node-red'].nodes);

    it('finds a licence, also as a file', () => {
      assert.equal(manifest.license, 'MIT');
      assert.match(read(folder, 'LICENSE'), /MIT License/);
    });

    it('finds a repository, a scoped name and the keyword', () => {
      assert.match(manifest.repository.url, /^git\+https:\/\//);
      assert.match(manifest.name, /^@[a-z][\w-]*\/node-red-[\w-]+$/);
      assert.ok(manifest.keywords.includes('node-red'));
    });

    it('finds the versions of Node-RED and Node.js that are needed, and they admit Node 22', () => {
      assert.match(manifest['node-red'].version, /^>=\d+\.\d+\.\d+$/);
      const [, major, minor] = /^>=(\d+)\.(\d+)/.exec(manifest.engines.node) ?? [];
      const [admitMajor = 0, admitMinor = 0] = folder === '' ? NODE_TO_ADMIT : NODE_OF_COMPANION;
      assert.ok(Number(major) < admitMajor || (Number(major) === admitMajor && Number(minor) <= admitMinor));
    });

    it('finds no more than six dependencies', () => {
      assert.ok(Object.keys(manifest.dependencies).length <= 6);
    });

    it('finds the registration of each node in its page, with a category and an icon that exists', () => {
      for (const type of types) {
        const page = read(folder, 'dist', 'nodes', type, `${type}.html`);
        assert.match(page, new RegExp(`RED\\.nodes\\.registerType\\('${type}', \\{`));
        const [, category] = /category: '([^']+)'/.exec(page) ?? [];
        assert.ok(category === 'hikvision' || category === 'config', type);
        const [, icon] = /icon: '([^']+)'/.exec(page) ?? [];
        assert.equal(icon === undefined, category === 'config', type);
        assert.equal(/color: '#[0-9A-F]{6}'/.test(page), category === 'hikvision', type);
        if (icon !== undefined) assert.ok(existsSync(path.join(root, folder, 'nodes', type, 'icons', icon)), icon);
      }
    });

    it('finds no script in a page but the one that the build makes of the typed one', () => {
      const scripts = types.flatMap((type) => [
        ...read(folder, 'nodes', type, `${type}.html`).matchAll(/<script type="([^"]*)"/g),
      ]);
      assert.deepEqual([...new Set(scripts.map(([, kind]) => kind))], ['text/html']);
    });

    it('finds each node in an example', () => {
      const used = new Set(
        readdirSync(path.join(root, folder, 'examples'), { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith('.json'))
          .map((file) => JSON.parse(read(folder, 'examples', file)) as { type: string }[])
          .flatMap((flow) => flow.map(({ type }) => type)),
      );
      assert.deepEqual(
        types.filter((type) => !used.has(type)),
        [],
      );
    });

    it('finds every file of a node', () => {
      const missing = types.flatMap((type) =>
        [
          ...['ts', 'html'].map((kind) => `nodes/${type}/${type}.${kind}`),
          ...['settings', 'dialog'].map((part) => `nodes/${type}/${part}.ts`),
          ...['en-US', 'ru'].flatMap((language) =>
            ['json', 'html'].map((kind) => `nodes/${type}/locales/${language}/${type}.${kind}`),
          ),
        ].filter((file) => !existsSync(path.join(root, folder, file))),
      );
      assert.deepEqual(missing, []);
    });

    it('finds colours only of the editor itself, but for the nodes in the palette', () => {
      const sources = [
        'resources/editor.js',
        ...types.map((type) => path.posix.join(folder, `dist/nodes/${type}/${type}.html`)),
      ];
      const painted = sources.flatMap((file) => {
        const text = read(...file.split('/')).replace(/^\s*color: '#[0-9A-F]{6}',$/m, '');
        return [...text.matchAll(/#[0-9a-f]{6}\b|rgba?\(|:\s*(?:white|black|red|green)\b(?!\.)/gi)].map(
          ([found]) => `${file}: ${found}`,
        );
      });
      assert.deepEqual(painted, []);
    });
  });
}
