import assert from 'node:assert/strict';

import { SimulatedTerminal } from '../../simulator/simulated-terminal.js';
import { EmbeddedNodeRed, example, type FlowNode, type Message } from '../harness/node-red/embedded-node-red.js';
import { line } from '../harness/node-red/node-red-line.js';

const SYSTEMS = ['systems/registration-api', 'systems/employees-page', 'systems/bulk-registration'];
const NAME = 'register person with face';

/** The definition of the subflow in an example, with everything in it. */
async function definition(name: string): Promise<FlowNode[]> {
  const flow = await example(name);
  const subflow = flow.find((node) => node.type === 'subflow' && node.name === NAME);
  assert.ok(subflow, `${name} has the subflow`);
  return [subflow, ...flow.filter(({ z }) => z === subflow.id)];
}

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

describe(`the subflow "${NAME}" alone in Node-RED ${line}`, function () {
  this.timeout(30_000);
  let red: EmbeddedNodeRed;
  let terminal: SimulatedTerminal;

  before(async () => {
    terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', timeScale: 0.05 });
    await terminal.start();
    const nodes = await definition('systems/bulk-registration');
    for (const node of nodes) {
      if (node.type === 'capture-face') node['interval'] = '0.05';
      if (node.name !== 'count') continue;
      for (const rule of node['rules'] as { p: string; to: string }[]) if (rule.p === 'delay') rule.to = '10';
    }
    const { port } = terminal.address;
    const change = { type: 'change', z: 'flow', rules: [], x: 0, y: 0 };
    red = await EmbeddedNodeRed.start();
    await red.deploy([
      ...nodes,
      { id: 'flow', type: 'tab', label: 'flow' },
      { id: 'lobby', type: 'isapi-config', name: 'Lobby', protocol: 'http', host: '127.0.0.1', port, retries: '0' },
      { ...change, id: 'enter', wires: [['instance']] },
      { id: 'instance', type: `subflow:${String(nodes[0]?.id)}`, z: 'flow', env: [], x: 0, y: 0, wires: [['done'], ['not done']] },
      { ...change, id: 'done', wires: [['end']] },
      { ...change, id: 'not done', wires: [['end']] },
      { ...change, id: 'end', wires: [] },
    ]);
  });
  after(async () => {
    await red.stop();
    await terminal.stop();
  });
  beforeEach(() => terminal.reset());

  /** Sends a message in; where it came out, and what. */
  function register(msg: { person: { employeeNo: string }; [more: string]: unknown }): Promise<{ at: string; msg: Message; result: Record<string, unknown> }> {
    return new Promise((resolve) => {
      const stop = red.onSend('change', (out, { id }) => {
        if (id !== 'done' && id !== 'not done') return;
        const result = out['result'] as Record<string, unknown>;
        if (result['employeeNo'] !== msg.person.employeeNo) return;
        stop();
        resolve({ at: id, msg: out, result });
      });
      red.receive('enter', { terminal: 'Lobby', ...msg });
    });
  }

  const alex = { person: { employeeNo: '1', name: 'Alex' } };
  const bo = { person: { employeeNo: '2', name: 'Bo' } };
  const faces = (): (string | undefined)[][] => terminal.persons().map(({ employeeNo, face }) => [employeeNo, face]);

  it('does all three steps when nothing else is said', async () => {
    terminal.present('Alex');
    const { at, result } = await register(alex);
    assert.deepEqual([at, result['outcome'], result['action'], result['verified']], ['done', 'registered', 'created', true]);
    assert.deepEqual(faces(), [['1', 'Alex']]);
  });

  it('captures first and saves later, the terminal being kept for that face meanwhile', async () => {
    terminal.present('Alex');
    const captured = await register({ ...alex, steps: 'capture' });
    assert.deepEqual([captured.at, captured.result['outcome']], ['done', 'captured']);
    assert.deepEqual(faces(), []);
    terminal.present('Bo');
    const other = register(bo);
    const saved = register({ ...alex, steps: 'save', capture: captured.msg['capture'] });
    assert.equal((await saved).result['outcome'], 'registered');
    assert.equal((await other).result['outcome'], 'registered');
    assert.deepEqual(faces().sort(), [
      ['1', 'Alex'],
      ['2', 'Bo'],
    ]);
  });

  it('gives the terminal free for a face that is not wanted', async () => {
    terminal.present('Alex');
    const { msg } = await register({ ...alex, steps: 'capture' });
    red.receive('enter', { terminal: 'Lobby', steps: 'release', capture: msg['capture'] });
    terminal.present('Bo');
    assert.equal((await register(bo)).result['outcome'], 'registered');
    assert.deepEqual(faces(), [['2', 'Bo']]);
  });

  it('repeats what may pass, gives up in the end, and leaves the terminal free', async () => {
    terminal.present('Alex');
    terminal.fault({ kind: 'busy', at: 'person', times: 2 });
    assert.equal((await register(alex)).result['outcome'], 'registered');
    terminal.present('Bo');
    terminal.fault({ kind: 'busy', at: 'face', times: 4 });
    const { at, result } = await register(bo);
    assert.deepEqual([at, result['outcome'], result['code']], ['not done', 'failed', 'deviceBusy']);
    assert.ok(result['hint']);
    terminal.present('Bo');
    assert.equal((await register(bo)).result['outcome'], 'registered');
  });

  it('saves a person without a face, and says that the face is missing where only a picture is there', async () => {
    const saved = await register({ ...alex, steps: 'save' });
    assert.deepEqual([saved.at, saved.result['outcome']], ['done', 'person saved']);
    terminal.present('Bo');
    const { msg } = await register({ ...bo, steps: 'capture' });
    const picture = (msg['capture'] as { image: Buffer }).image;
    const missing = await register({ ...alex, steps: 'save', picture });
    assert.deepEqual([missing.at, missing.result['outcome']], ['not done', 'face missing']);
    assert.deepEqual(faces(), [['1', undefined]]);
  });
});
