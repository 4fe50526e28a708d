import assert from 'node:assert/strict';

import { example, examplesIn, type FlowNode } from '../harness/node-red/embedded-node-red.js';

/** What the editor shows of a flow in a window of 1600 × 1000 with palette and sidebar open. */
const VIEW = { width: 1080, height: 900 };
const NODE_HEIGHT = 30;
/** Least room that a status has under its node. */
const LINE = 40;

interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}
interface Placed extends FlowNode {
  x: number;
  y: number;
  g?: string;
  wires?: string[][];
}
type Point = readonly [x: number, y: number];

/** About how wide the editor draws a letter. */
function letterWidth(letter: string): number {
  if (/[iljtfrI1.,:;'!· ()-]/.test(letter)) return 4.6;
  return /[mwMWшщжмюыфШЩЖМЮ]/.test(letter) ? 11 : 8;
}

/** About how wide the editor draws a node. */
function widthOf(node: Placed): number {
  if (node.type.startsWith('link ') && node['l'] !== true && node.type !== 'link call') return 30;
  const label = node.name === undefined || node.name === '' ? node.type : node.name;
  return Math.max(100, 20 * Math.ceil((Array.from(label, letterWidth).reduce((sum, width) => sum + width) + 54) / 20));
}

function boxOf(node: Placed): Box {
  const w = widthOf(node);
  return { x: node.x - w / 2, y: node.y - NODE_HEIGHT / 2, w, h: NODE_HEIGHT };
}

function within(inner: Box, outer: Box): boolean {
  return (
    inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w && inner.y + inner.h <= outer.y + outer.h
  );
}

/** Whether the straight line between two points touches a box. */
function crosses([fromX, fromY]: Point, [toX, toY]: Point, { x, y, w, h }: Box): boolean {
  let [enter, leave] = [0, 1];
  for (const [start, delta, low, high] of [
    [fromX, toX - fromX, x, x + w],
    [fromY, toY - fromY, y, y + h],
  ] as const) {
    if (delta === 0) {
      if (start < low || start > high) return false;
      continue;
    }
    const ends = [(low - start) / delta, (high - start) / delta].sort((one, other) => one - other);
    enter = Math.max(enter, ends[0] ?? 0);
    leave = Math.min(leave, ends[1] ?? 1);
  }
  return enter <= leave;
}

function overlap(one: Box, other: Box): boolean {
  return one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;
}

const EXAMPLES = [
  ...[...examplesIn('basics'), 'register-user-with-face', 'systems/enrol-once', 'systems/fleet-from-csv', 'systems/attendance'].flatMap((name) => [name, `ru/${name}`]),
  ...['fleet', 'pair'].flatMap((name) => [`fleet/${name}`, `fleet/ru/${name}`]),
];

for (const name of EXAMPLES) {
  describe(`the layout of the example ${name}`, () => {
    let tabs: { label: string; nodes: Placed[]; groups: (Placed & Box)[] }[];

    before(async () => {
      const flow = await example(name);
      tabs = flow
        .filter(({ type }) => type === 'tab')
        .map((tab) => {
          const inside = flow.filter(({ z }) => z === tab.id) as Placed[];
          return {
            label: String(tab['label']),
            nodes: inside.filter(({ type }) => type !== 'group'),
            groups: inside.filter(({ type }) => type === 'group') as (Placed & Box)[],
          };
        });
    });

    it('can be read at once in a window of 1600 × 1000', () => {
      const view = { x: 0, y: 0, w: VIEW.width, h: VIEW.height };
      for (const { nodes, groups } of tabs) {
        const outside = [...nodes.filter((node) => !within(boxOf(node), view)), ...groups.filter((group) => !within(group, view))];
        assert.deepEqual(
          outside.map(({ type, name: own }) => `${type} ${String(own)}`),
          [],
        );
      }
    });

    it('has each node in its group, and no group over another', () => {
      for (const { nodes, groups } of tabs) {
        for (const node of nodes) {
          if (groups.length === 0) continue;
          const group = groups.find(({ id }) => id === node.g);
          assert.ok(group && within(boxOf(node), group), `${node.type} ${String(node.name)}`);
          assert.ok((group['nodes'] as string[]).includes(node.id));
        }
        for (const [index, group] of groups.entries()) {
          for (const other of groups.slice(index + 1)) assert.ok(!overlap(group, other), `${String(group.name)}, ${String(other.name)}`);
        }
      }
    });

    it('has no node over another', () => {
      for (const { nodes } of tabs) {
        for (const [index, node] of nodes.entries()) {
          for (const other of nodes.slice(index + 1)) {
            const [one, two] = [boxOf(node), boxOf(other)];
            assert.ok(!overlap({ ...one, h: LINE }, { ...two, h: LINE }), `${String(node.name)}, ${String(other.name)}`);
          }
        }
      }
    });

    it('has no wire through a group that is not of its ends, and none that runs back', () => {
      for (const { nodes, groups } of tabs) {
        for (const node of nodes) {
          for (const id of node.wires?.flat() ?? []) {
            const target = nodes.find((each) => each.id === id);
            assert.ok(target);
            const [from, to] = [boxOf(node), boxOf(target)];
            const ends: [Point, Point] = [
              [from.x + from.w, node.y],
              [to.x, target.y],
            ];
            const wire = `${String(node.name)} → ${String(target.name)}`;
            assert.ok(ends[0][0] < ends[1][0], `${wire} runs back`);
            const foreign = groups.filter((group) => group.id !== node.g && group.id !== target.g);
            assert.deepEqual(
              foreign.filter((group) => crosses(...ends, group)).map((group) => `${wire} crosses ${String(group.name)}`),
              [],
            );
          }
        }
      }
    });

    it('names what each link leads to, and both of its ends know of it', async () => {
      const flow = await example(name);
      for (const node of flow.filter(({ type }) => type === 'link in' || type === 'link out')) {
        assert.ok(node.name);
        for (const id of node['links'] as string[]) {
          const other = flow.find((each) => each.id === id);
          assert.ok((other?.['links'] as string[] | undefined)?.includes(node.id), node.name);
        }
      }
    });
  });
}
