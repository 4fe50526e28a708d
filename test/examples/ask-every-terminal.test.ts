import assert from 'node:assert/strict';

import { freePort } from '../harness/free-port.js';
import { EmbeddedNodeRed, example } from '../harness/node-red/embedded-node-red.js';
import { line } from '../harness/node-red/node-red-line.js';

/** So many terminals: more than are asked at once. */
const COPIES = 7;

for (const language of ['', 'ru/']) {
  describe(`the example ${language}ask-every-terminal in Node-RED ${line}`, function () {
    this.timeout(30_000);
    let red: EmbeddedNodeRed;

    before(async () => {
      red = await EmbeddedNodeRed.start();
    });
    after(() => red.stop());

    it('gives one answer a terminal, at most five at once, twice, and says why one is missing', async () => {
      const flow = await example(`${language}basics/ask-every-terminal`);
      const ports = new Map([...['18111', '18112', '18113']].map((port) => [port, port]));
      for (const port of ports.keys()) ports.set(port, String(await freePort()));
      const directory = flow.find(({ type }) => type === 'terminal-directory') ?? assert.fail();
      const rows = directory['terminals'] as Record<string, string>[];
      for (const row of rows) row['port'] = ports.get(row['port'] ?? '') ?? '';
      const [lobby, ...others] = rows;
      const copies = Array.from({ length: COPIES }, (_each, index) => ({ ...lobby, name: `Lobby ${index + 1}` }));
      directory['terminals'] = [...copies, ...others];
      for (const node of flow) {
        if (node.type === 'terminal-simulator') node['port'] = ports.get(String(node['port']));
      }
      const [limiter, answer] = flow.filter(({ type }) => type === 'function');
      const idOf = (type: string): string => flow.find((node) => node.type === type)?.id ?? assert.fail(type);
      await red.deploy(flow);
      let [running, most] = [0, 0];
      const stop = red.onSend('function', (_msg, { id }) => {
        running += id === limiter?.id ? 1 : id === answer?.id ? -1 : 0;
        most = Math.max(most, running);
      });
      for (let round = 0; round < 2; round += 1) {
        const arrival = red.arrival(idOf('debug'));
        red.receive(idOf('inject'), {});
        const answers = (await arrival).payload as { terminal: string; model?: string; error?: string }[];
        assert.equal(answers.length, COPIES + 2);
        for (const { terminal, model, error } of answers) {
          if (terminal === 'Gate') assert.ok(error !== undefined && model === undefined);
          else assert.equal(model, 'DS-K1T343EFWX', error);
        }
      }
      stop();
      assert.equal(most, 5);
    });
  });
}
