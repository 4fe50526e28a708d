import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { SimulatedTerminal, type SimulatorSettings } from '../../../simulator/simulated-terminal.js';
import {
  deploy,
  failure,
  node,
  stop,
  terminalNode,
  undeploy,
  useUserDir,
  type FlowNode,
  type Message,
} from '../../harness/node-red/flow.js';
import { Inbox } from '../../harness/node-red/inbox.js';
import { line } from '../../harness/node-red/node-red-line.js';

const LOGIN = { username: 'admin', password: 'secret-Пароль' };
const KEY = '@facecontroll/node-red-hikvision/access-events:access-events.status.';

interface Payload {
  id: string;
  terminal: string;
  serial: number;
  kind: string;
  code: string;
  name: string;
  age: number;
  recovered: boolean;
  redelivered: boolean;
  notice: string;
  text: string;
}

describe(`access-events in Node-RED ${line}`, function () {
  this.timeout(20_000);
  let terminal: SimulatedTerminal;
  let running: SimulatedTerminal[] = [];
  let userDir: string;
  let events: Inbox;
  let notices: Inbox;
  let caught: Inbox;

  beforeEach(async () => {
    userDir = await mkdtemp(path.join(tmpdir(), 'hikvision-events-'));
    useUserDir(userDir);
  });
  afterEach(async () => {
    await undeploy();
    for (const each of running) await each.stop();
    running = [];
    useUserDir();
    await rm(userDir, { recursive: true, force: true });
  });

  async function simulate(simulator: Partial<SimulatorSettings> = {}): Promise<SimulatedTerminal> {
    const made = new SimulatedTerminal({
      ...{ port: 0, model: 'DS-K1T342MFWX-E1', timeScale: 0.05, ...LOGIN },
      ...simulator,
    });
    running.push(made);
    await made.start();
    const doors = { doorRight: '1', RightPlan: [{ doorNo: 1, planTemplateNo: '1' }] };
    made.edit({ person: { employeeNo: '0042', name: 'Alex', face: 'Alex', ...doors } });
    return made;
  }

  async function flow(settings: object = {}, more: FlowNode[] = [], password = LOGIN.password): Promise<void> {
    const nodes = [
      terminalNode(terminal, { retries: '0' }),
      {
        ...{ id: 'watch', type: 'access-events', z: 'tab', terminal: 'terminal', poll: '0.5' },
        ...{ wires: [['events'], ['notices']], ...settings },
      },
      { id: 'events', type: 'helper', z: 'tab', wires: [['ack']] },
      { id: 'notices', type: 'helper', z: 'tab' },
      ...more,
    ];
    const houses = { login1: 'doors', username1: LOGIN.username, password1: LOGIN.password };
    await deploy(nodes, { terminal: { ...LOGIN, password }, houses });
    [events, notices, caught] = [new Inbox('events'), new Inbox('notices'), new Inbox('caught')];
  }

  async function start(settings: object = {}, simulator: Partial<SimulatorSettings> = {}): Promise<void> {
    terminal = await simulate(simulator);
    await flow(settings);
    await connected();
  }

  async function connected(name = 'Lobby'): Promise<Message> {
    return notices.find(({ payload, terminal: of }) => of === name && (payload as Payload).notice === 'connected');
  }

  function payloads(inbox: Inbox = events): Payload[] {
    return inbox.messages.map(({ payload }) => payload as Payload);
  }

  function tell(id: string, msg: object): void {
    node(id).receive(msg as Message);
  }

  /** Every status from now on, as its colour and key. */
  function statuses(): string[] {
    const seen: string[] = [];
    node('watch').on('call:status', (call: { args: [{ text?: string; fill?: string }] }) => {
      const [{ text = '', fill = '' }] = call.args;
      seen.push(`${fill} ${text.replace(KEY, '')}`);
    });
    return seen;
  }

  it('sends who came to the door, with words and with what event-ack needs', async () => {
    await start();
    const { serialNumber } = terminal;
    terminal.walkUp({ face: 'Alex' });
    const {
      payload,
      topic,
      terminal: of,
      event,
    } = await events.find((msg) => (msg.payload as Payload).kind === 'accepted');
    const found = payload as Payload & Record<string, unknown>;
    const { receivedAt, time, deviceTime, raw, age, serial, ...rest } = found;
    assert.deepEqual(rest, {
      ...{ id: `${serialNumber}:1:${serial}`, terminal: 'Lobby', kind: 'accepted', name: 'Access by face' },
      ...{ code: '5-75', method: 'face', employeeNo: '0042', personName: 'Alex', door: 1, reader: 1 },
      ...{ recovered: false, redelivered: false },
    });
    assert.ok([receivedAt, time].every((each) => !Number.isNaN(Date.parse(String(each)))));
    assert.ok(typeof deviceTime === 'string' && age < 60 && typeof raw === 'object');
    assert.deepEqual([topic, of, event], ['Lobby/accepted', 'Lobby', { id: found.id, node: 'watch' }]);
  });

  it('says on its second output that it is connected, in words too', async () => {
    await start();
    const { payload, topic, terminal: of } = await connected();
    const { notice, text } = payload as Payload;
    assert.deepEqual([notice, topic, of], ['connected', 'Lobby/connected', 'Lobby']);
    assert.match(text, /^Lobby: connected by /);
    assert.equal(events.messages.length, 0);
  });

  it('sends only the kinds that are asked for', async () => {
    await start({ kinds: 'denied, call' });
    terminal.walkUp({ face: 'Alex' });
    terminal.walkUp({ face: 'stranger' });
    terminal.events.door('doorbell');
    await events.first(2);
    assert.deepEqual(
      payloads().map(({ kind, name }) => [kind, name]),
      [
        ['denied', 'Denied: face not recognised'],
        ['call', 'Doorbell'],
      ],
    );
  });

  it('goes on where it was after a restart, and says what came late', async () => {
    await start();
    terminal.walkUp({ face: 'stranger' });
    await events.first(1);
    await undeploy();
    terminal.walkUp({ face: 'stranger' });
    terminal.events.door('doorbell');
    await flow();
    await events.first(2);
    terminal.events.door('forced');
    await events.first(3);
    assert.deepEqual(
      payloads().map(({ code, recovered, redelivered }) => [code, recovered, redelivered]),
      [
        ['5-76', true, false],
        ['5-37', true, false],
        ['5-27', false, false],
      ],
    );
  });

  it('sends an event again until event-ack has it, also where the payload was overwritten', async () => {
    terminal = await simulate();
    const acked = { id: 'after', type: 'helper', z: 'tab' };
    await flow({ acknowledge: 'acked', ackTimeout: '0.1' }, [
      { id: 'ack', type: 'event-ack', z: 'tab', wires: [['after']] },
      acked,
    ]);
    await connected();
    terminal.walkUp({ face: 'stranger' });
    await events.first(2);
    const [first, again] = payloads();
    assert.deepEqual([first?.redelivered, again?.redelivered, again?.id], [false, true, first?.id]);
    const after = new Inbox('after');
    const { event } = events.messages[0] as unknown as { event: object };
    tell('ack', { payload: 'rows written: 1', event });
    const [passed] = await after.first(1);
    assert.equal(passed?.payload, 'rows written: 1');
    const count = events.messages.length;
    terminal.events.door('doorbell');
    // Until the other one has been given up: whatever was not acknowledged would have come again long before.
    const { payload: given } = await notices.find((msg) => (msg.payload as Payload).notice === 'unacknowledged');
    assert.notEqual((given as Payload).id, first?.id);
    assert.deepEqual(
      payloads()
        .slice(count)
        .filter(({ id }) => id === first?.id),
      [],
    );
  });

  it('says that an event was never acknowledged, and goes on', async () => {
    await start({ acknowledge: 'acked', ackTimeout: '0.1', inFlight: '1' });
    terminal.walkUp({ face: 'stranger' });
    terminal.events.door('doorbell');
    const { payload } = await notices.find((msg) => (msg.payload as Payload).notice === 'unacknowledged');
    assert.equal((payload as Payload).id, payloads()[0]?.id);
    assert.match((payload as Payload).text, /^Lobby: event \d+ was sent four times/);
    await events.find((msg) => (msg.payload as Payload).code === '5-37');
    assert.deepEqual(
      payloads()
        .slice(0, 4)
        .map(({ code }) => code),
      ['5-76', '5-76', '5-76', '5-76'],
    );
  });

  it('stops, starts and sends again what a message asks for', async () => {
    await start();
    const shown = statuses();
    terminal.walkUp({ face: 'stranger' });
    await events.first(1);
    tell('watch', { command: 'stop' });
    tell('watch', { command: 'start' });
    terminal.events.door('doorbell');
    await events.find((msg) => (msg.payload as Payload).code === '5-37');
    assert.ok(shown.includes('grey stopped'), shown.join());
    const [first] = payloads();
    tell('watch', { command: 'replay', from: first?.serial });
    const again = await events.find((msg) => (msg.payload as Payload).redelivered);
    assert.equal((again.payload as Payload).id, first?.id);
  });

  for (const [title, msg, code] of [
    ['no command', { payload: 1 }, 'INVALID_INPUT'],
    ['an unknown command', { command: 'erase' }, 'INVALID_INPUT'],
    ['a replay from nowhere', { command: 'replay' }, 'INVALID_INPUT'],
    ['a replay from what is no time', { command: 'replay', from: 'yesterday' }, 'INVALID_INPUT'],
    ['a replay from a negative number', { command: 'replay', from: -1 }, 'INVALID_INPUT'],
    ['a replay from an object', { command: 'replay', from: {} }, 'INVALID_INPUT'],
  ] as const) {
    it(`refuses ${title}`, async () => {
      await start();
      assert.equal((await failure('watch', msg as unknown as Message)).code, code);
    });
  }

  it('tells a Catch node once that the login is wrong, with the terminal', async () => {
    terminal = await simulate();
    await flow({}, [], 'wrong');
    const [msg] = await caught.first(1);
    const { error, terminal: of } = msg as unknown as { error: { code: string; message: string }; terminal: string };
    assert.deepEqual([error.code, of], ['UNAUTHORIZED', 'Lobby']);
    assert.ok(!JSON.stringify(msg).includes('wrong"'));
    assert.equal(terminal.counters.signedRejections, 1);
    assert.equal(caught.messages.length, 1);
  });

  it('refuses commands without a terminal', async () => {
    terminal = await simulate();
    await flow({ terminal: '' });
    assert.equal((await failure('watch', { command: 'start' })).code, 'NOT_CONFIGURED');
  });

  it('leaves nothing open when it is stopped', async () => {
    await start({ route: 'stream' });
    await notices.find(({ payload }) => (payload as Payload).notice === 'route');
    const open = (): number => terminal.events.streams.counts.open;
    assert.equal(open(), 1);
    await stop();
    // The terminal hears of it a moment later; never, and the test ends by its time.
    while (open() > 0) await setImmediate();
  });

  it('leads every event of a directory to its own terminal, also of those that come and go with its file', async () => {
    terminal = await simulate();
    const others = [await simulate({ serialNumber: 'B' }), await simulate({ serialNumber: 'C' })];
    const rows = (names: readonly string[]): string => {
      const all = [terminal, ...others].map((each, index) => ({ name: 'ABC'.charAt(index), ...each.address }));
      const listed = all.filter(({ name }) => names.includes(name));
      const lines = listed.map(({ name, host, port, protocol }) => [name, host, port, protocol].join());
      // In the same line each time: a mistake is known by its place.
      const bad = names.includes('Bad') ? ['Bad,http://x/,1,http'] : [];
      return ['name,host,port,protocol', ...bad, ...lines].join('\n');
    };
    const file = path.join(userDir, 'terminals.csv');
    const write = async (names: readonly string[]): Promise<void> => {
      await writeFile(`${file}.new`, rows(names));
      await rename(`${file}.new`, file);
    };
    await write(['A', 'B']);
    await flow({ terminal: 'houses' }, [
      {
        id: 'houses',
        type: 'terminal-directory',
        name: 'Houses',
        source: 'file',
        file: 'terminals.csv',
        timeout: '2',
        retries: '0',
      },
    ]);
    const shown = statuses();
    await connected('A');
    await connected('B');
    others[0]?.walkUp({ face: 'stranger' });
    await events.find((msg) => msg['terminal'] === 'B');
    await write(['B', 'C', 'Bad']);
    await connected('C');
    others[1]?.events.door('doorbell');
    const { topic } = await events.find((msg) => msg['terminal'] === 'C');
    assert.equal(topic, 'C/call');
    assert.ok(shown.includes('green connected-2_2'), shown.join());
    assert.equal(await failureOf('start', 'A'), 'NOT_CONFIGURED');
    assert.equal(await failureOf('start', 'Bad'), 'NOT_CONFIGURED');
    await write(['A', 'B', 'C', 'Bad']);
    await notices.count(({ topic: of }) => of === 'A/connected', 2);
    const bad = caught.messages.filter((msg) => (msg.payload as Payload | undefined)?.terminal === 'Bad');
    assert.equal(bad.length, 1);
    // Whose row is as it was goes on.
    const ofB = payloads(notices).filter((each) => each.terminal === 'B' && each.notice === 'connected');
    assert.equal(ofB.length, 1);
  });

  async function failureOf(command: string, of: string): Promise<string> {
    return (await failure('watch', { command, terminal: of })).code;
  }

  it('says which rows of a directory cannot be used, once each', async () => {
    terminal = await simulate();
    const { host, port, protocol } = terminal.address;
    const terminals = [
      { name: 'A', host, port, protocol, login: 'doors' },
      { name: 'Bad', host: 'http://x/', port: '0', protocol, login: 'doors' },
    ];
    await flow({ terminal: 'houses' }, [{ id: 'houses', type: 'terminal-directory', source: 'table', terminals }]);
    await connected('A');
    assert.equal((await failure('watch', { command: 'stop', terminal: 'Bad' })).code, 'NOT_CONFIGURED');
  });
});
