import assert from 'node:assert/strict';

import { example, examplesIn } from '../harness/node-red/embedded-node-red.js';

const SYSTEMS = examplesIn('systems');

describe('the systems of the examples', () => {
  for (const name of SYSTEMS) {
    it(`${name} asks the database with prepared statements only`, async () => {
      for (const node of (await example(name)).filter(({ type }) => type === 'sqlite')) {
        assert.deepEqual([node.name, node['sqlquery']], [node.name, 'prepared']);
      }
    });

    it(`${name} says which nodes it wires to, and wires to nothing that is not there`, async () => {
      const flow = await example(name);
      const ids = new Set(flow.map(({ id }) => id));
      const targets = flow.flatMap((node) => [
        ...((node['wires'] as string[][] | undefined) ?? []).flat(),
        ...((node['links'] as string[] | undefined) ?? []),
        ...(Array.isArray(node['scope']) ? (node['scope'] as string[]) : []),
      ]);
      assert.deepEqual(
        targets.filter((id) => !ids.has(id)),
        [],
      );
    });
  }
});
