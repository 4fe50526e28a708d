import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(__dirname, '../..');

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type FlowNode = Record<string, Json> & { id: string; type: string };
interface Builder {
  writeRussianExamples: (root: string, to: string) => void;
}
interface Rule {
  withTexts: (flow: FlowNode[], translate: (line: string, node: FlowNode) => string) => FlowNode[];
}

function load(file: string): Promise<unknown> {
  return import(pathToFileURL(path.join(root, 'scripts', 'build', file)).href);
}

function read(example: string): FlowNode[] {
  return JSON.parse(readFileSync(path.join(root, 'examples', `${example}.json`), 'utf8')) as FlowNode[];
}

/** Paths of the examples in a folder, below it. */
function examplesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length).split(path.sep).join('/'))
    .sort();
}

const ENGLISH = examplesBelow(path.join(root, 'examples')).filter((name) => !name.startsWith('ru/'));
const TRANSLATED = examplesBelow(path.join(root, 'examples', 'ru'));

/** Paths at which two values differ, with both values. */
function differences(one: Json, other: Json, at: string[] = []): { at: string[]; one: Json; other: Json }[] {
  if (typeof one === 'object' && typeof other === 'object' && one !== null && other !== null) {
    assert.deepEqual(Object.keys(other), Object.keys(one), at.join('.'));
    const [left, right] = [one as Record<string, Json>, other as Record<string, Json>];
    return Object.keys(left).flatMap((key) => differences(left[key] ?? null, right[key] ?? null, [...at, key]));
  }
  return one === other ? [] : [{ at, one, other }];
}

/** What a text of code is without its marked strings. */
function bare(code: string): string {
  return code.replace(/(\/\*\s*text\s*\*\/\s*)(["'`]).*?(?<!\\)\2/gs, '$1');
}

/** Properties that may differ; all others of a Dashboard's node are settings. */
const TEXTS = /^(name|info|label|inputLabels|outputLabels)$/;
const TEXTS_ON_PAGES = /^(tooltip|placeholder|submit|cancel|title|confirmText|dismissText|content)$/;

function mayDiffer(node: FlowNode, [property = '', ...inside]: string[], one: Json, other: Json): boolean {
  const key = [property, ...inside].filter((each) => !/^\d+$/.test(each)).at(-1) ?? '';
  if (property === 'env') return key === 'value' && sameKeys(node, inside, one, other);
  if (property === 'name') {
    return !/^(isapi-config|artemis-config|terminal-(directory|simulator)|gateway-.*)$/.test(node.type);
  }
  if (TEXTS.test(property) || key === 'label') return true;
  if (node.type.startsWith('ui-') && TEXTS_ON_PAGES.test(key)) return true;
  return typeof one === 'string' && typeof other === 'string' && bare(one) === bare(other);
}

/** Whether both are the TEXTS of one environment, under the same keys. */
function sameKeys(node: FlowNode, [index = '']: string[], one: Json, other: Json): boolean {
  const [before, after] = [one, other].map((json) => Object.keys(JSON.parse(json as string) as object));
  assert.deepEqual(after, before);
  return (node['env'] as { name: string }[])[Number(index)]?.name === 'TEXTS';
}

describe('the examples in Russian', () => {
  it('are all there, and none that has no English one', () => {
    const missing = ENGLISH.filter((name) => !TRANSLATED.includes(name));
    assert.deepEqual([missing, TRANSLATED.filter((name) => !ENGLISH.includes(name))], [[], []]);
  });

  for (const name of TRANSLATED) {
    it(`${name} differs from the English one in texts alone`, () => {
      const english = read(name);
      const strangers = differences(english as Json, read(`ru/${name}`) as Json).filter(({ at, one, other }) => {
        const node = english[Number(at[0])];
        return !node || !mayDiffer(node, at.slice(1), one, other);
      });
      assert.deepEqual(strangers, []);
    });
  }
});

describe('the build of the Russian examples', () => {
  let folder: string;
  const CATALOGUE = { 'Press here': 'Нажмите здесь', 'Ask `msg.payload`': 'Спросить `msg.payload`' };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hikvision-russian-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function build(flow: object[], catalogue: object): Promise<FlowNode[]> {
    for (const [file, content] of [
      ['examples/basics/one.json', flow],
      ['scripts/examples/ru/basics/one.json', catalogue],
    ] as const) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), JSON.stringify(content));
    }
    ((await load('examples.mjs')) as Builder).writeRussianExamples(folder, path.join(folder, 'made'));
    return JSON.parse(readFileSync(path.join(folder, 'made/basics/one.json'), 'utf8')) as FlowNode[];
  }

  const flow = [
    { id: '1', type: 'inject', name: 'Press here', wires: [['2']] },
    {
      id: '2',
      type: 'comment',
      name: 'Press here',
      info: 'Press here\n\n- Ask `msg.payload`\n```js\nnode.send(msg)\n```',
    },
  ];

  it('puts each line of a text into Russian', async () => {
    const made = await build(flow, {
      ...CATALOGUE,
      '- Ask `msg.payload`': '- Спросить `msg.payload`',
      'Ask `msg.payload`': undefined,
    });
    assert.deepEqual(made, [
      { ...flow[0], name: 'Нажмите здесь' },
      {
        ...flow[1],
        name: 'Нажмите здесь',
        info: 'Нажмите здесь\n\n- Спросить `msg.payload`\n```js\nnode.send(msg)\n```',
      },
    ]);
  });

  it('ends at a text without Russian, and says which', async () => {
    await assert.rejects(
      build(flow, { 'Press here': 'Нажмите здесь' }),
      /examples\/basics\/one\.json, comment 2: no Russian for "- Ask `msg\.payload`"/,
    );
  });

  it('ends at an entry that no text uses, and says which', async () => {
    const catalogue = { ...CATALOGUE, '- Ask `msg.payload`': '- Спросить `msg.payload`' };
    await assert.rejects(
      build(flow, catalogue),
      /scripts\/examples\/ru\/basics\/one\.json: no text of the example is "Ask `msg\.payload`"/,
    );
  });

  it('ends where code within a text differs', async () => {
    await assert.rejects(
      build(flow, { 'Press here': 'Нажмите здесь', '- Ask `msg.payload`': '- Спросить `msg.payload.name`' }),
      /comment 2: code or a place/,
    );
  });

  it('takes names, labels and descriptions, marked strings in code and TEXTS; data, settings and names of terminals stay', async () => {
    const { withTexts } = (await load('russian.mjs')) as Rule;
    const node = (properties: object): FlowNode => ({ id: '1', type: 'function', ...properties });
    const inCapitals = (nodes: FlowNode[]): FlowNode[] => withTexts(nodes, (line) => line.toUpperCase());
    for (const [before, after] of [
      [
        { name: 'a', topic: 'b' },
        { name: 'A', topic: 'b' },
      ],
      [
        { type: 'tab', label: 'a', info: 'b\nc' },
        { type: 'tab', label: 'A', info: 'B\nC' },
      ],
      [
        { type: 'isapi-config', name: 'Lobby' },
        { type: 'isapi-config', name: 'Lobby' },
      ],
      [
        { outputLabels: ['a'], props: [{ p: 'payload', name: 'x' }] },
        { outputLabels: ['A'], props: [{ p: 'payload', name: 'x' }] },
      ],
      [
        { type: 'ui-form', options: [{ label: 'a', key: 'b' }], submit: 'c' },
        { type: 'ui-form', options: [{ label: 'A', key: 'b' }], submit: 'C' },
      ],
      [{ func: `return /* text */ "it\\"s" + 'b';` }, { func: `return /* text */ "IT\\"S" + 'b';` }],
      [{ rules: [{ to: "/*text*/ 'a' & b" }] }, { rules: [{ to: "/*text*/ 'A' & b" }] }],
      [
        { env: [{ name: 'TEXTS', type: 'json', value: '{"a":"b"}' }] },
        { env: [{ name: 'TEXTS', type: 'json', value: '{"a":"B"}' }] },
      ],
      [
        { env: [{ name: 'OTHER', type: 'json', value: '{"a":"b"}' }] },
        { env: [{ name: 'OTHER', type: 'json', value: '{"a":"b"}' }] },
      ],
    ] as const) {
      assert.deepEqual(inCapitals([node(before)]), [node(after)]);
    }
    const quoted = withTexts([node({ func: "/* text */ 'a'" })], () => "it's");
    assert.equal(quoted[0]?.['func'], "/* text */ 'it\\'s'");
  });
});
