import assert from 'node:assert/strict';

import helper from 'node-red-node-test-helper';

import { SimulatedTerminal, type SimulatorSettings } from '../../../simulator/simulated-terminal.js';
import { deploy, failure, send, terminalNode, undeploy, type FlowNode } from '../../harness/node-red/flow.js';
import { line } from '../../harness/node-red/node-red-line.js';

const LOGIN = { username: 'operator', password: 'right' };
const WRONG = { ...LOGIN, password: 'wrong' };
/** What the editor sends in place of a password that was not typed again. */
const STORED = '__PWRD__';
const THREE = ['first', 'second', 'third'];

interface Reply {
  status: number;
  body: { findings: { id: string; state: string; text?: string }[] };
}

interface Posting {
  set(name: string, value: string): Posting;
  send(body: object): Promise<Reply>;
}

const server = helper as unknown as { request(): { post(path: string): Posting } };

/** Each test has a loopback address of its own, so that none meets what the core remembers of another. */
let addresses = 0;

describe(`the account of a terminal in Node-RED ${line}`, () => {
  let terminal: SimulatedTerminal;

  before(() => helper.startServer());
  after(() => helper.stopServer());
  afterEach(async () => {
    await undeploy();
    await terminal.stop();
  });

  async function simulate(settings: Partial<SimulatorSettings> = {}): Promise<void> {
    addresses += 1;
    const host = `127.79.0.${String(addresses)}`;
    terminal = new SimulatedTerminal({ port: 0, host, model: 'DS-K1T343EFWX', ...LOGIN, ...settings });
    await terminal.start();
  }

  /** A config node for each login, and a node `ask <name>` that uses it. */
  async function deployWith(logins: Record<string, typeof LOGIN>): Promise<void> {
    const pairs = Object.keys(logins).flatMap((name): FlowNode[] => [
      terminalNode(terminal, { id: name }),
      {
        id: `ask ${name}`,
        type: 'isapi-request',
        z: 'tab',
        terminal: name,
        method: 'GET',
        path: '/ISAPI/System/deviceInfo',
        pathType: 'str',
        wires: [['out']],
      },
    ]);
    await deploy([...pairs, { id: 'out', type: 'helper', z: 'tab' }], logins);
  }

  async function ask(name: string): Promise<void> {
    assert.equal((await send(`ask ${name}`, { payload: 1 }, ['out'])).at, 'out');
  }

  async function isRefused(name: string): Promise<string> {
    const { code, message } = await failure(`ask ${name}`, { payload: 1 });
    assert.equal(code, 'UNAUTHORIZED', message);
    return message;
  }

  /** What Test connection says of the login, pressed in the unchanged dialog of this config node. */
  async function pressTest(name: string): Promise<string | undefined> {
    const { protocol, host, port } = terminal.address;
    const address = { protocol, host, port: String(port), certificate: 'verify', fingerprint: '', tls: '' };
    const { status, body } = await server
      .request()
      .post(`/isapi-config/${name}/test`)
      .set('X-Requested-With', 'XMLHttpRequest')
      .send({ ...address, timeout: '5', username: LOGIN.username, password: STORED });
    assert.equal(status, 200);
    const finding = body.findings.find(({ id }) => id === 'login');
    return finding?.text ?? finding?.state;
  }

  function all(login: typeof LOGIN): Record<string, typeof LOGIN> {
    return Object.fromEntries(THREE.map((name) => [name, login]));
  }

  it('one wrong password of three config nodes, four deploys and Test connection is one try', async () => {
    await simulate();
    for (let i = 0; i < 4; i += 1) {
      await deployWith(all(WRONG));
      for (const name of THREE) assert.match(await isRefused(name), /press “Test connection”/);
      await undeploy();
    }
    await deployWith(all(WRONG));
    assert.equal(await pressTest('second'), 'sameLogin');
    assert.equal(terminal.counters.signedRejections, 1);
    assert.equal(await pressTest('second'), 'rejected');
    assert.equal(terminal.counters.signedRejections, 2);
  });

  it('three config nodes whose password was changed on the terminal take two tries, deploys included', async () => {
    await simulate();
    await deployWith(all(LOGIN));
    for (const name of THREE) await ask(name);
    terminal.changePassword('changed');
    for (const name of THREE) await isRefused(name);
    await undeploy();
    await deployWith(all(LOGIN));
    for (const name of THREE) await isRefused(name);
    assert.equal(terminal.counters.signedRejections, 2);
  });

  it('a corrected password works at once, also beside a config node that still has the wrong one', async () => {
    await simulate();
    await deployWith(all(WRONG));
    await isRefused('first');
    await undeploy();
    await deployWith({ ...all(WRONG), first: LOGIN });
    await ask('first');
    await isRefused('second');
    await ask('first');
    assert.equal(terminal.counters.signedRejections, 1);
  });

  it('a password that was set right on the terminal works on after Test connection was pressed twice', async () => {
    await simulate();
    await deployWith(all(WRONG));
    await isRefused('first');
    terminal.changePassword(WRONG.password);
    assert.deepEqual([await pressTest('first'), await pressTest('first')], ['sameLogin', 'passed']);
    for (const name of THREE) await ask(name);
    assert.equal(terminal.counters.signedRejections, 1);
  });
});
