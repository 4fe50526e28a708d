import assert from 'node:assert/strict';

import { EmbeddedNodeRed, example, type FlowNode, type Message } from '../harness/node-red/embedded-node-red.js';
import { line } from '../harness/node-red/node-red-line.js';
import { freePort } from '../harness/free-port.js';

interface Outcome {
  outcome: string;
  employeeNo: string;
  [more: string]: unknown;
}

interface Told {
  event: string;
  face?: string;
  employeeNo?: string;
}

/** The nodes of the example that tests talk to. */
const NAMES = { start: 'new registration', result: 'result' };

describe(`the example register-user-with-face in Node-RED ${line}`, function () {
  this.timeout(60_000);
  let red: EmbeddedNodeRed;
  let flow: FlowNode[];
  let told: Told[];

  before(async () => {
    red = await EmbeddedNodeRed.start();
    red.onSend('terminal-simulator', (msg) => told.push(msg.payload as Told));
  });
  after(() => red.stop());

  /** The flow as shipped, on a free port; `patch` shortens waiting times, never the wiring. */
  async function deploy(patch: (node: FlowNode) => void = () => undefined, more: FlowNode[] = []): Promise<void> {
    told = [];
    const port = String(await freePort());
    flow = await example('register-user-with-face');
    for (const node of flow) {
      if (node.type === 'isapi-config' || node.type === 'terminal-simulator') node['port'] = port;
      if (node.type === 'capture-face') node['interval'] = '0.05';
      if (node.type === 'terminal-simulator') node['faceAfter'] = '';
      if (node.type === 'isapi-config') node['retries'] = '0';
      if (node.type === 'delay') Object.assign(node, { randomFirst: '0.01', randomLast: '0.02' });
      if (node.type === 'change' && node.name === 'count') {
        for (const rule of node['rules'] as { p: string; to: string }[]) if (rule.p === 'delay') rule.to = '10';
      }
      patch(node);
    }
    await red.deploy([...flow, ...more]);
  }

  function idOf(wanted: (node: FlowNode) => boolean): string {
    const found = flow.find(wanted);
    assert.ok(found);
    return found.id;
  }

  function simulator(command: object): void {
    red.receive(idOf((node) => node.type === 'terminal-simulator'), { payload: command });
  }

  /** The next outcome that reaches the debug node `result`. */
  function nextOutcome(): Promise<Outcome> {
    return outcomes(1).then(([first]) => first ?? assert.fail());
  }

  function outcomes(count: number): Promise<Outcome[]> {
    const result = idOf((node) => node.name === NAMES.result);
    return new Promise((resolve) => {
      const seen: Outcome[] = [];
      const stop = red.onSend('link in', (msg, source) => {
        const leadsToResult = flow.find((node) => node.id === source.id)?.['wires'] as string[][];
        if (!leadsToResult.flat().includes(result)) return;
        seen.push(msg.payload as Outcome);
        if (seen.length < count) return;
        stop();
        resolve(seen);
      });
    });
  }

  function start(employeeNo: string, name: string, more: object = {}): void {
    red.receive(idOf((node) => node.name === NAMES.start), { payload: { employeeNo, name, ...more } });
  }

  it('registers a person at one press, without a login and without a face being presented by hand', async () => {
    await deploy((node) => {
      if (node.type === 'terminal-simulator') node['faceAfter'] = '0.1';
    });
    const outcome = nextOutcome();
    red.receive(idOf((node) => node.name === 'Register this person'), {});
    assert.equal((await outcome).outcome, 'registered');
    assert.equal((await outcome).employeeNo, '100222');
    const bound = told.find(({ event }) => event === 'face bound');
    assert.deepEqual({ employeeNo: bound?.employeeNo, face: bound?.face }, { employeeNo: '100222', face: 'visitor-1' });
  });

  it('tries again when nobody came, until somebody comes', async () => {
    await deploy((node) => {
      if (node.type === 'capture-face') node['deadline'] = '1';
    });
    const outcome = nextOutcome();
    const stop = red.onSend('terminal-simulator', (msg) => {
      const captures = told.filter(({ event }) => event === 'capture started').length;
      if ((msg.payload as Told).event === 'capture started' && captures === 2) simulator({ present: 'Alex' });
    });
    start('1', 'Alex');
    const result = await outcome;
    stop();
    assert.equal(result.outcome, 'registered');
    assert.ok((result['captureRetries'] as number) >= 1);
    assert.equal(told.find(({ event }) => event === 'face bound')?.face, 'Alex');
  });

  it('reports that nobody came after ten retries', async () => {
    await deploy((node) => {
      if (node.type === 'capture-face') node['deadline'] = '0.05';
      if (node.type === 'terminal-simulator') node['model'] = 'DS-K1T673DX';
    });
    const outcome = nextOutcome();
    start('1', 'Alex');
    const result = await outcome;
    assert.equal(result.outcome, 'nobody came');
    assert.equal(result['attempts'], 11);
  });

  for (const [captures, tried] of [
    [1, 1],
    [3, 3],
    ['2', 2],
    ['many', 11],
    [-1, 11],
  ] as const) {
    it(`captures ${tried} times at most where the message says captures: ${JSON.stringify(captures)}`, async () => {
      await deploy((node) => {
        if (node.type === 'capture-face') node['deadline'] = '0.05';
        if (node.type === 'terminal-simulator') node['model'] = 'DS-K1T673DX';
      });
      const outcome = nextOutcome();
      start('1', 'Alex', { captures });
      const result = await outcome;
      assert.deepEqual([result.outcome, result['attempts']], ['nobody came', tried]);
    });
  }

  it('puts the person into the group that the message names', async () => {
    const search: FlowNode = {
      id: 'ask', type: 'isapi-request', z: 'othertab', terminal: '', method: 'POST', path: '/ISAPI/AccessControl/UserInfo/Search?format=json',
      pathType: 'str', body: 'payload', bodySource: 'msg', bodyType: 'json', returnType: 'parsed', x: 0, y: 0, wires: [['found']],
    };
    const found = { id: 'found', type: 'change', z: 'othertab', rules: [], x: 0, y: 0, wires: [[]] };
    await deploy(undefined, [{ id: 'othertab', type: 'tab', label: 'another flow' }, search, found]);
    const groupOf = (employeeNo: string): Promise<unknown> =>
      new Promise((resolve) => {
        const stop = red.onSend('isapi-request', (msg) => {
          stop();
          const { UserInfoSearch } = msg.payload as { UserInfoSearch: { UserInfo: { groupId?: number }[] } };
          resolve(UserInfoSearch.UserInfo[0]?.groupId);
        });
        const UserInfoSearchCond = { searchID: employeeNo, maxResults: 1, searchResultPosition: 0, EmployeeNoList: [{ employeeNo }] };
        red.receive('ask', { terminal: 'Lobby', payload: { UserInfoSearchCond } });
      });
    for (const [employeeNo, groupId] of [['1', 5], ['2', undefined]] as const) {
      simulator({ present: employeeNo });
      const outcome = nextOutcome();
      start(employeeNo, 'Alex', { groupId });
      assert.equal((await outcome).outcome, 'registered');
      assert.equal(await groupOf(employeeNo), groupId);
    }
  });

  for (const [at, step] of [
    ['person', 'create-user'],
    ['face', 'fdsetup-bind'],
  ]) {
    it(`loops back to ${String(step)} while its failure may pass, past the limit of Node-RED for looping errors`, async () => {
      await deploy();
      simulator({ fault: { kind: 'busy', at, times: 4 } });
      simulator({ present: 'Alex' });
      const outcome = nextOutcome();
      start('1', 'Alex');
      const result = await outcome;
      assert.equal(result.outcome, 'registered', JSON.stringify(result));
      assert.equal(result['retries'], 4);
      assert.equal(told.find(({ event }) => event === 'face bound')?.face, 'Alex');
    });

    it(`gives up on ${String(step)} after five retries, and frees the terminal for the next person`, async () => {
      await deploy();
      simulator({ fault: { kind: 'busy', at, times: 6 } });
      simulator({ present: 'Alex' });
      const outcome = nextOutcome();
      start('1', 'Alex');
      const result = await outcome;
      assert.equal(result.outcome, 'failed');
      assert.equal(result['step'], step);
      assert.equal(result['code'], 'deviceBusy');
      const next = nextOutcome();
      simulator({ present: 'Bo' });
      start('2', 'Bo');
      assert.equal((await next).outcome, 'registered');
      assert.equal(told.findLast(({ event }) => event === 'face bound')?.face, 'Bo');
    });
  }

  it('reports at once what does not pass, with the advice, and frees the terminal', async () => {
    await deploy();
    const code = { statusCode: 4, subStatusCode: 'lowPrivilege', errorCode: 1073741830, errorMsg: 'lowPrivilege' };
    simulator({ fault: { kind: 'status', at: 'person', status: 403, code } });
    simulator({ present: 'Alex' });
    const outcome = nextOutcome();
    start('1', 'Alex');
    const result = await outcome;
    assert.equal(result.outcome, 'failed');
    assert.equal(result['retries'], 0);
    assert.equal(result['code'], 'lowPrivilege');
    assert.match(String(result['hint']), /administrator/);
    const next = nextOutcome();
    simulator({ present: 'Bo' });
    start('2', 'Bo');
    assert.equal((await next).outcome, 'registered');
  });

  it('reports a capture that failed', async () => {
    await deploy();
    const code = { statusCode: 4, subStatusCode: 'notSupport', errorCode: 1073741825, errorMsg: 'notSupport' };
    simulator({ fault: { kind: 'status', at: 'capture', status: 404, code } });
    const outcome = nextOutcome();
    start('1', 'Alex');
    const result = await outcome;
    assert.equal(result.outcome, 'failed');
    assert.equal(result['step'], 'capture-face');
  });

  it('serves ten calls from another flow at once: each caller gets its own outcome, each person the right face, in order', async () => {
    const caller: FlowNode[] = [
      { id: 'othertab', type: 'tab', label: 'another flow' },
      { id: 'caller', type: 'link call', z: 'othertab', links: [], linkType: 'static', timeout: '50', wires: [['answers']] },
      { id: 'answers', x: 300, y: 100, type: 'change', z: 'othertab', name: 'answers', rules: [], wires: [[]] },
    ];
    await deploy((node) => {
      if (node.name === 'register person with face') Object.assign(caller[1] ?? {}, { links: [node.id] });
    }, caller);
    const answers: Message[] = [];
    const all = new Promise<void>((resolve) => {
      red.onSend('link call', (msg, source) => {
        if (source.id !== 'caller') return;
        answers.push(msg);
        if (answers.length === 10) resolve();
      });
    });
    const numbers = Array.from({ length: 10 }, (_, index) => String(index + 1));
    for (const number of numbers) simulator({ present: `face ${number}` });
    for (const number of numbers) red.receive('caller', { payload: { employeeNo: number, name: `face ${number}` }, mine: number });
    await all;
    assert.deepEqual(
      answers.map(({ mine, payload }) => [mine, (payload as Outcome).outcome, (payload as Outcome).employeeNo]),
      numbers.map((number) => [number, 'registered', number]),
    );
    const bound = told.filter(({ event }) => event === 'face bound');
    assert.deepEqual(
      bound.map(({ employeeNo, face }) => [employeeNo, face]),
      numbers.map((number) => [number, `face ${number}`]),
    );
  });
});
