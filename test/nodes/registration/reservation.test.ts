import assert from 'node:assert/strict';

import {
  SimulatedTerminal,
  type SimulatorEvent,
  type SimulatorSettings,
} from '../../../simulator/simulated-terminal.js';
import {
  arrivalAt,
  deploy,
  failure,
  node,
  send,
  terminalNode,
  undeploy,
  type ErrorMessage,
  type FlowNode,
  type Message,
} from '../../harness/node-red/flow.js';
import { line } from '../../harness/node-red/node-red-line.js';

const inputs = { employeeNo: 'payload.employeeNo', employeeNoType: 'msg' };

describe(`the reservation of a terminal in Node-RED ${line}`, () => {
  let unit: SimulatedTerminal;
  let bound: [string, string][];

  async function start(
    capture: object = {},
    more: FlowNode[] = [],
    settings: Partial<SimulatorSettings> = {},
  ): Promise<void> {
    unit = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', timeScale: 0.02, ...settings });
    await unit.start();
    bound = [];
    unit.on('event', (event: SimulatorEvent) => {
      if (event.event === 'face bound') bound.push([event.employeeNo, event.face]);
    });
    const common = { z: 'tab', terminal: 'terminal' };
    await deploy([
      terminalNode(unit, { retries: '0' }),
      {
        id: 'capture',
        type: 'capture-face',
        ...common,
        interval: '0.01',
        deadline: '5',
        wires: [['captured'], ['nobody']],
        ...capture,
      },
      { id: 'captured', type: 'helper', z: 'tab', wires: [['person']] },
      {
        id: 'person',
        type: 'create-user',
        ...common,
        ...inputs,
        fullName: 'payload.name',
        fullNameType: 'msg',
        ifExists: 'update',
        wires: [['bind']],
      },
      { id: 'bind', type: 'fdsetup-bind', ...common, ...inputs, face: 'capture', faceType: 'msg', wires: [['out']] },
      { id: 'out', type: 'helper', z: 'tab' },
      { id: 'nobody', type: 'helper', z: 'tab' },
      ...more,
    ]);
    // The helper node `captured` lets the tests stand between capture and bind.
    node('captured').on('input', (msg: Message) => {
      if (passOn) node('person').receive(msg);
    });
  }

  let passOn = true;
  beforeEach(() => (passOn = true));
  afterEach(async () => {
    await undeploy();
    await unit.stop();
  });

  function person(number: number): Message {
    return { payload: { employeeNo: String(number), name: `face ${number}` } };
  }

  /** Collects that many messages at `out` or in the Catch node. */
  function outcomes(count: number): Promise<{ bound: string[]; errors: string[] }> {
    return new Promise((resolve) => {
      const seen = { bound: [] as string[], errors: [] as string[] };
      const look = (): void => {
        if (seen.bound.length + seen.errors.length === count) resolve(seen);
      };
      node('out').on('input', (msg: Message) => {
        seen.bound.push((msg.payload as { employeeNo: string }).employeeNo);
        look();
      });
      node('caught').on('input', (msg: Message & { error: ErrorMessage }) => {
        seen.errors.push(msg.error.code);
        look();
      });
    });
  }

  it('gives 20 people sent at once their own faces, in order', async () => {
    await start();
    const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
    for (const number of numbers) unit.present(`face ${number}`);
    const all = outcomes(20);
    for (const number of numbers) node('capture').receive(person(number));
    assert.deepEqual((await all).bound, numbers.map(String));
    assert.deepEqual(
      bound,
      numbers.map((number) => [String(number), `face ${number}`]),
    );
  });

  it('without hold the losers get FACE_SUPERSEDED and nobody gets a wrong face', async () => {
    await start({ hold: false, interval: '0' });
    const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
    for (const number of numbers) unit.present(`face ${number}`);
    const all = outcomes(20);
    for (const number of numbers) node('capture').receive(person(number));
    const { errors } = await all;
    assert.ok(errors.length > 0);
    assert.deepEqual([...new Set(errors)], ['FACE_SUPERSEDED']);
    for (const [employeeNo, face] of bound) assert.equal(face, `face ${employeeNo}`);
  });

  it('holds over all nodes that use the terminal, also through another config node with the same address', async () => {
    await start();
    await undeploy();
    await unit.stop();
    unit = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', timeScale: 0.02 });
    await unit.start();
    passOn = false;
    await deploy([
      terminalNode(unit),
      { ...terminalNode(unit), id: 'twin', name: 'Twin' },
      {
        id: 'first',
        type: 'capture-face',
        z: 'tab',
        terminal: 'terminal',
        interval: '0.01',
        wires: [['captured'], []],
      },
      { id: 'second', type: 'capture-face', z: 'tab', terminal: 'twin', interval: '0.01', wires: [['captured'], []] },
      { id: 'captured', type: 'helper', z: 'tab' },
    ]);
    unit.present('Alex');
    unit.present('Bo');
    const first = await send('first', person(1), ['captured']);
    const waits = new Promise<{ text: string }>((resolve) => {
      node('second').on('call:status', (call: { args: [{ text: string }] }) => resolve(call.args[0]));
    });
    const second = send('second', person(2), ['captured']);
    assert.match((await waits).text, /waiting-1$/);
    assert.equal(unit.counters.requests.capture, 1);
    node('first').receive({ reset: true, capture: first.msg['capture'] });
    assert.equal((await second).at, 'captured');
  });

  for (const how of ['fdsetup-bind has succeeded', 'holdTimeout has ended']) {
    it(`lets the next capture start when ${how}`, async () => {
      passOn = how.startsWith('fdsetup-bind');
      await start(passOn ? {} : { holdTimeout: '0.1' });
      unit.present('face 1');
      unit.present('face 2');
      const captured = new Promise<void>((resolve) => {
        let count = 0;
        node('captured').on('input', () => {
          count += 1;
          if (count === 2) resolve();
        });
      });
      node('capture').receive(person(1));
      node('capture').receive(person(2));
      await captured;
    });
  }

  it('ends with a final failure of create-user for that capture, but not with one that may pass', async () => {
    await start({ holdTimeout: '60' });
    passOn = false;
    unit.present('face 1');
    const first = await send('capture', person(1), ['captured']);
    const id = (first.msg['capture'] as { id: string }).id;
    unit.fault({ kind: 'busy', at: 'person' });
    const passing = await failure('person', { ...first.msg, ...person(1) }, ['out']);
    assert.equal(passing.cause.retryable, true);
    const second = arrivalAt(['captured', 'nobody']);
    node('capture').receive(person(2));
    const status = new Promise<{ text: string }>((resolve) => {
      node('capture').on('call:status', (call: { args: [{ text: string }] }) => resolve(call.args[0]));
    });
    unit.present('face 2');
    node('capture').receive(person(3));
    assert.match((await status).text, /waiting/);
    assert.equal(unit.counters.requests.capture, 1, `the terminal was not kept for ${id}`);
    const final = await failure('person', { payload: { employeeNo: '' }, capture: first.msg['capture'] }, ['out']);
    assert.equal(final.code, 'INVALID_INPUT');
    assert.equal((await second).at, 'captured');
  });

  it('an older capture cannot be bound after another has started, whatever the message says', async () => {
    await start({ hold: false });
    passOn = false;
    unit.present('face 1');
    unit.present('face 2');
    const first = await send('capture', person(1), ['captured']);
    const second = await send('capture', person(2), ['captured']);
    const old = first.msg['capture'] as { id: string; faceURL: string };
    const fresh = second.msg['capture'] as { id: string; faceURL: string };
    for (const capture of [old, old.faceURL, { ...old, id: undefined }, { ...old, id: 'other-1' }]) {
      const error = await failure('bind', { ...person(2), capture }, ['out']);
      assert.equal(error.code, 'FACE_SUPERSEDED', JSON.stringify(capture));
    }
    const changed = await failure('bind', { ...person(2), capture: { ...fresh, faceURL: old.faceURL } }, ['out']);
    assert.equal(changed.code, 'INVALID_INPUT');
    assert.deepEqual(
      bound.filter(([, face]) => face !== 'face 2'),
      [],
    );
  });
});
