import assert from 'node:assert/strict';

import { EmbeddedNodeRed, example, type FlowNode, type Message } from '../harness/node-red/embedded-node-red.js';
import { freePort } from '../harness/free-port.js';
import { line } from '../harness/node-red/node-red-line.js';

const NAME = 'basics/hikcentral-simulator';

describe(`the example ${NAME} in Node-RED ${line}`, function () {
  this.timeout(60_000);
  let red: EmbeddedNodeRed;
  let flow: FlowNode[];

  before(async () => {
    red = await EmbeddedNodeRed.start();
  });
  after(() => red.stop());

  beforeEach(async () => {
    flow = await example(NAME);
    const port = String(await freePort());
    for (const node of flow) if ('port' in node) node['port'] = port;
    const gateway = flow.find(({ type }) => type === 'artemis-config');
    assert.ok(gateway);
    gateway['retries'] = '0';
    const listening = new Promise<void>((resolve) => {
      // A call is answered as soon as the simulator listens; it says nothing before.
      const ask = (): void => void fetch(`http://127.0.0.1:${port}/`).then(() => resolve(), () => setImmediate(ask));
      ask();
    });
    await red.deploy(flow);
    await listening;
  });

  /** What the next message holds that leaves a node of this type after a button was pressed. */
  async function press(button: string, type: string): Promise<Message> {
    const inject = flow.find(({ type: each, name }) => each === 'inject' && name === button);
    assert.ok(inject);
    const seen = new Promise<Message>((resolve) => {
      const stop = red.onSend(type, (msg) => {
        stop();
        resolve(msg);
      });
    });
    red.receive(inject.id, {});
    return seen;
  }

  it('adds a person and lists the two who are there then', async () => {
    assert.equal((await press('Add this person', 'artemis-request')).payload, '2');
    const { payload } = await press('Who is there?', 'artemis-request');
    assert.deepEqual(
      (payload as { personName: string }[]).map(({ personName }) => personName),
      ['Robin Reception', 'Alex Example'],
    );
  });

  it('shows what a fault does, until all is as at the start', async () => {
    const fault = flow.find(({ name }) => name === 'Busy for the next call');
    const reset = flow.find(({ name }) => name === 'All as at the start');
    assert.ok(fault && reset);
    red.receive(fault.id, {});
    const { error } = await press('Add this person', 'catch');
    assert.match((error as { message: string }).message, /6/);
    red.receive(reset.id, {});
    assert.equal((await press('Add this person', 'gateway-simulator'))['topic'], 'person created');
  });
});
