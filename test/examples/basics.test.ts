import assert from 'node:assert/strict';
import { connect } from 'node:net';


import { hasBrowser, launchBrowser } from '../harness/browser/launch.js';
import { freePort } from '../harness/free-port.js';
import { EmbeddedNodeRed, example, examplesIn, type FlowNode, type Message } from '../harness/node-red/embedded-node-red.js';
import { line } from '../harness/node-red/node-red-line.js';
import { NodeRedProcess } from '../harness/node-red/node-red-process.js';

const BASICS = examplesIn('basics');
const SIMULATORS = ['terminal-simulator', 'gateway-simulator'];
const DEVICES = ['isapi-config', 'artemis-config'];

/** What is pressed in an example, and what arrives at which of its debug nodes then. */
const RUNS: Record<string, { press: string; at: string; says: (msg: Message) => unknown; expected: unknown }[]> = {
  register: [
    {
      press: 'Register Alex',
      at: 'registered',
      says: (msg) => {
        const { outcome, employeeNo, verified } = msg['registration'] as Record<string, unknown>;
        return { outcome, employeeNo, verified };
      },
      expected: { outcome: 'registered', employeeNo: '100222', verified: true },
    },
  ],
  'three-steps': [
    {
      press: 'Register Alex',
      at: 'registered',
      says: (msg) => [(msg['user'] as { action: string }).action, (msg['binding'] as { verified: boolean }).verified],
      expected: ['created', true],
    },
  ],
  'open-a-door': [{ press: 'Open door 1', at: 'opened', says: (msg) => msg['statusCode'], expected: 200 }],
  'delete-a-person': [
    { press: 'Add Alex', at: 'added', says: (msg) => (msg['user'] as { action: string }).action, expected: 'created' },
    {
      press: 'Delete Alex',
      at: 'deleted',
      says: (msg) => (msg.payload as { statusString: string }).statusString,
      expected: 'OK',
    },
    // Who is gone is created anew, not updated.
    { press: 'Add Alex', at: 'added', says: (msg) => (msg['user'] as { action: string }).action, expected: 'created' },
  ],
  'who-is-on-the-terminal': [
    { press: 'Who is there?', at: 'who is there', says: ({ payload }) => payload, expected: [] },
    {
      press: 'Add three people',
      at: 'added',
      says: (msg) => (msg['parts'] as { count: number }).count,
      expected: 3,
    },
    {
      press: 'Who is there?',
      at: 'who is there',
      says: ({ payload }) => payload,
      expected: [
        { employeeNo: '1', name: 'Alex' },
        { employeeNo: '2', name: 'Bo' },
        { employeeNo: '3', name: 'Chris' },
      ],
    },
  ],
  'sync-a-list': [
    { press: 'Dry run', at: 'result', says: syncOf, expected: { created: 3, unchanged: 0, dryRun: true, converged: false } },
    {
      press: 'Sync the list',
      at: 'result',
      says: syncOf,
      expected: { created: 3, unchanged: 0, dryRun: false, converged: true },
    },
    {
      press: 'Sync the list',
      at: 'result',
      says: syncOf,
      expected: { created: 0, unchanged: 3, dryRun: false, converged: true },
    },
  ],
  'hikcentral-call': [
    {
      press: 'Which version?',
      at: 'version',
      says: ({ payload }) => (payload as { softVersion: string }).softVersion,
      expected: 'V3.1.0',
    },
  ],
  'hikcentral-find-a-person': [
    {
      press: 'Find Alex',
      at: 'nobody has it',
      says: (msg) => (msg as unknown as { error: { code: string } }).error.code,
      expected: 'artemis-128',
    },
    { press: 'Add Alex', at: 'added', says: ({ payload }) => payload, expected: '2' },
    {
      press: 'Find Alex',
      at: 'found',
      says: ({ payload }) => (payload as { personCode: string }).personCode,
      expected: '100222',
    },
  ],
};
/** One has a page, and is run in a browser below, three have events; the others have tests of their own. */
const ELSEWHERE = ['register-from-a-form', 'hikcentral-simulator', 'ask-every-terminal', 'door-events', 'welcome', 'denied-alarm'];

function syncOf(msg: Message): unknown {
  const { created, unchanged, dryRun, converged } = msg['sync'] as Record<string, unknown>;
  return { created, unchanged, dryRun, converged };
}

/** Waits until somebody listens on this port. */
async function listening(port: number): Promise<void> {
  const isThere = await new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
  if (!isThere) await listening(port);
}

describe('the small examples', () => {
  it('are each run by a test', () => {
    assert.deepEqual(
      [...Object.keys(RUNS), ...ELSEWHERE].map((name) => `basics/${name}`).sort(),
      BASICS,
    );
  });

  it('can lie side by side: no id and no port is in two of them, but for what all pages share', async () => {
    const seen = new Map<string, string>();
    for (const name of BASICS) {
      for (const node of await example(name)) {
        const shared = node.type === 'ui-base' || node.type === 'ui-theme';
        const marks = [node.id, ...(DEVICES.includes(node.type) ? [`port ${String(node['port'])}`] : [])];
        for (const mark of shared ? [] : marks) {
          assert.equal(seen.get(mark), undefined, `${mark} in ${name}`);
          seen.set(mark, name);
        }
      }
    }
  });

  for (const name of BASICS) {
    it(`${name} has six to twelve nodes, says what to press, and brings what stands in for hardware`, async () => {
      const flow = await example(name);
      const nodes = flow.filter(({ z, type }) => z !== undefined && type !== 'comment');
      assert.ok(nodes.length >= 6 && nodes.length <= 12, `${nodes.length} nodes`);
      const [tab] = flow.filter(({ type }) => type === 'tab');
      assert.match(String(tab?.['info']), /[Pp]ress/);
      assert.ok(flow.some(({ type }) => type === 'comment'));
      const simulator = nodes.find(({ type }) => SIMULATORS.includes(type));
      const [listed] = (flow.find(({ type }) => type === 'terminal-directory')?.['terminals'] ?? []) as FlowNode[];
      const device = flow.find(({ type }) => DEVICES.includes(type)) ?? listed;
      assert.deepEqual([device?.['host'], device?.['port'], device?.['protocol']], ['127.0.0.1', simulator?.['port'], 'http']);
    });
  }
});

for (const language of ['', 'ru/']) {
  describe(`the small examples ${language} in Node-RED ${line}`, function () {
    this.timeout(30_000);
    let red: EmbeddedNodeRed;
    let names: Map<string | undefined, string>;

    before(async () => {
      red = await EmbeddedNodeRed.start();
    });
    after(() => red.stop());

    /** Nodes are named as in English: both have the same ids. */
    async function deploy(name: string, patch: (node: FlowNode) => void): Promise<void> {
      names = new Map((await example(`basics/${name}`)).map((node) => [node.name, node.id]));
      const flow = await example(`${language}basics/${name}`);
      for (const node of flow) {
        if (node.type === 'terminal-simulator') node['faceAfter'] = '0.1';
        if (DEVICES.includes(node.type) || node.type === 'register-person') node['retries'] = '0';
        patch(node);
      }
      await red.deploy(flow);
    }

    function idOf(name: string): string {
      return names.get(name) ?? assert.fail(name);
    }

    for (const [name, runs] of Object.entries(RUNS)) {
      it(`${name} does what it says`, async () => {
        const port = String(await freePort());
        await deploy(name, (node) => {
          if (DEVICES.includes(node.type) || SIMULATORS.includes(node.type)) node['port'] = port;
        });
        await listening(Number(port));
        for (const { press, at, says, expected } of runs) {
          const arrival = red.arrival(idOf(at));
          red.receive(idOf(press), {});
          assert.deepEqual(says(await arrival), expected, press);
        }
      });

      it(`${name} says so when the device cannot be reached`, async () => {
        const port = String(await freePort());
        await deploy(name, (node) => {
          if (DEVICES.includes(node.type)) node['port'] = port;
          if (SIMULATORS.includes(node.type)) node['port'] = '0';
        });
        const arrival = red.arrival(idOf('failed'));
        red.receive(idOf(runs[0]?.press ?? ''), {});
        assert.equal(((await arrival) as { error?: { code: string } }).error?.code, 'UNREACHABLE');
      });
    }
  });
}

for (const language of ['', 'ru/']) {
  describe(`the small examples with events ${language} in Node-RED ${line}`, function () {
    this.timeout(30_000);
    let red: EmbeddedNodeRed;
    let names: Map<string | undefined, string>;

    before(async () => {
      red = await EmbeddedNodeRed.start();
    });
    after(() => red.stop());

    const idOf = (name: string): string => names.get(name) ?? assert.fail(name);
    const press = (...buttons: string[]): void => buttons.forEach((button) => red.receive(idOf(button), {}));

    /** As shipped, but for the port. Nodes are named as in English: both have the same ids. */
    async function flowOf(name: string, simulated: boolean): Promise<FlowNode[]> {
      names = new Map((await example(`basics/${name}`)).map((node) => [node.name, node.id]));
      const port = String(await freePort());
      const flow = await example(`${language}basics/${name}`);
      for (const node of flow) {
        if (node.type === 'isapi-config') Object.assign(node, { port, retries: '0' });
        if (node.type === 'terminal-simulator') node['port'] = simulated ? port : '0';
        // What goes nowhere is not seen.
        if (node.type === 'access-events') (node['wires'] as string[][])[1] = ['of-the-test'];
      }
      return [...flow, { id: 'of-the-test', type: 'junction', z: flow[0]?.id ?? '', x: 0, y: 0, wires: [[]] }];
    }

    /** The next notice that everything from then on is certain to arrive. */
    function connected(): Promise<void> {
      return new Promise((resolve) => {
        const stop = red.onSend('access-events', ({ payload }) => {
          if ((payload as { notice?: string }).notice !== 'connected') return;
          stop();
          resolve();
        });
      });
    }

    async function run(name: string): Promise<void> {
      const flow = await flowOf(name, true);
      const isConnected = connected();
      await red.deploy(flow);
      await isConnected;
    }

    it('door-events says who came', async () => {
      await run('door-events');
      const arrival = red.arrival(idOf('what happened'));
      press('Alex is stored on it', 'Alex walks up');
      const { kind, employeeNo, personName, recovered } = (await arrival).payload as Record<string, unknown>;
      assert.deepEqual([kind, employeeNo, personName, recovered], ['accepted', '100222', 'Alex', false]);
    });

    it('welcome greets who comes, with the picture, and nobody too late', async () => {
      await run('welcome');
      const arrival = red.arrival(idOf('welcome'));
      press('Alex is stored on it', 'Alex walks up');
      const { payload, picture } = (await arrival) as Message & { picture: Buffer };
      assert.equal(payload, language === '' ? 'Welcome, Alex' : 'Добро пожаловать, Alex');
      assert.deepEqual([...picture.subarray(0, 2)], [0xff, 0xd8]);
      const late = red.arrival(idOf('too late'));
      press('Nobody listens', 'Alex walks up', 'Listen again');
      assert.equal(((await late).payload as { recovered: boolean }).recovered, true);
    });

    /** Denials at a door, so many seconds after a time; waits for the alarm that they raise. */
    async function alarmAt(door: number, ...seconds: number[]): Promise<void> {
      const alarm = red.arrival(idOf('alarm'));
      denied(door, ...seconds);
      await alarm;
    }

    function denied(door: number, ...seconds: number[]): void {
      for (const second of seconds) {
        const time = new Date(1e12 + second * 1000).toISOString();
        red.receive(idOf('three in a minute?'), { payload: { terminal: 'Door', door, time } });
      }
    }

    it('denied-alarm raises one alarm for three denials within a minute, and none for the next ones', async () => {
      await run('denied-alarm');
      const alarms: string[] = [];
      const stop = red.onSend('function', ({ payload }) => alarms.push(String(payload)));
      for (const [denials, door] of [
        [2, 8],
        [3, 9],
      ] as const) {
        for (let denial = 1; denial <= denials; denial += 1) {
          const arrival = red.arrival(idOf('three in a minute?'));
          press('A stranger walks up');
          await arrival;
        }
        // The function takes one after the other: when this one is out, those before are done.
        await alarmAt(door, 0, 1, 2);
      }
      stop();
      assert.match(alarms[1] ?? '', language === '' ? /^Denied three times within a minute: Door 1, / : /^Трижды отказано за минуту: Door 1, /);
      assert.deepEqual(alarms.map((text) => /Door \d/.exec(text)?.[0]), ['Door 8', 'Door 1', 'Door 9']);
    });

    it('denied-alarm counts by the times of the events, door by door', async () => {
      await run('denied-alarm');
      const alarms: string[] = [];
      const stop = red.onSend('function', ({ payload }) => alarms.push(String(payload)));
      denied(1, 0, 50);
      denied(2, 55, 56);
      // The first one is more than a minute ago.
      denied(1, 61);
      await alarmAt(1, 70, 100, 160);
      // Nobody for more than a minute.
      await alarmAt(1, 221, 222, 223);
      stop();
      assert.deepEqual(alarms.map((text) => text.slice(-24)), [new Date(1e12 + 70_000).toISOString(), new Date(1e12 + 223_000).toISOString()]);
    });

    for (const name of ['welcome', 'denied-alarm']) {
      it(`${name} says so when the terminal cannot be reached`, async () => {
        const flow = await flowOf(name, false);
        const arrival = red.arrival(idOf('failed'));
        await red.deploy(flow);
        assert.equal(((await arrival) as { error?: { code: string } }).error?.code, 'UNREACHABLE');
      });
    }
  });
}

describe(`the small example with a page, in Node-RED ${line}`, function () {
  this.timeout(60_000);

  before(function () {
    if (!hasBrowser) this.skip();
  });

  for (const { language, number, name, button, done } of [
    { language: '', number: 'Employee number', name: 'Name', button: 'Register', done: 'Registered: 100222' },
    {
      language: 'ru/',
      number: 'Табельный номер',
      name: 'Имя',
      button: 'Зарегистрировать',
      done: 'Зарегистрирован табельный номер 100222',
    },
  ]) {
    it(`${language}register-from-a-form registers who is entered`, async () => {
      const flow = await example(`${language}basics/register-from-a-form`);
      const port = String(await freePort());
      for (const node of flow) {
        if (node.type === 'isapi-config' || node.type === 'terminal-simulator') node['port'] = port;
        if (node.type === 'terminal-simulator') node['faceAfter'] = '0.1';
      }
      const red = await NodeRedProcess.start({ flow });
      const browser = await launchBrowser();
      try {
        const page = await browser.newPage();
        page.setDefaultTimeout(15_000);
        await page.goto(`${red.url}/dashboard/register`);
        await page.getByLabel(number).fill('100222');
        await page.getByLabel(name).fill('Alex');
        await page.getByRole('button', { name: button }).click();
        await page.getByText(done).waitFor();
      } finally {
        await browser.close();
        await red.remove();
      }
    });
  }
});
