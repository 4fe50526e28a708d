import assert from 'node:assert/strict';

import {
  facePicture,
  SimulatedTerminal,
  type Fault,
  type SimulatorEvent,
  type SimulatorSettings,
} from '../../../simulator/simulated-terminal.js';
import {
  arrivalAt,
  deploy,
  failure,
  node,
  send,
  stop,
  terminalNode,
  undeploy,
  type FlowNode,
  type Message,
} from '../../harness/node-red/flow.js';
import { line } from '../../harness/node-red/node-red-line.js';

const LOGIN = { username: 'admin', password: 'secret-Пароль' };
const OUTPUTS = ['out', 'nobody'];
const KEY = '@facecontroll/node-red-hikvision/register-person:register-person.status.';

type Registration = Record<string, unknown> & { capture?: Record<string, unknown> };

describe(`register-person in Node-RED ${line}`, () => {
  let terminal: SimulatedTerminal;
  let bound: string[];

  async function start(
    settings: object = {},
    simulator: Partial<SimulatorSettings> = {},
    more: FlowNode[] = [],
  ): Promise<void> {
    terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', timeScale: 0.02, ...LOGIN, ...simulator });
    await terminal.start();
    bound = [];
    terminal.on('event', (event: SimulatorEvent) => {
      if (event.event === 'face bound') bound.push(`${event.employeeNo}=${event.face}`);
    });
    const register = {
      ...{ id: 'register', type: 'register-person', z: 'tab', terminal: 'terminal', wires: [['out'], ['nobody']] },
      ...{ interval: '0.05', deadline: '20', ...settings },
    };
    const helpers = [...OUTPUTS, 'captured'].map((id) => ({ id, type: 'helper', z: 'tab' }));
    await deploy([terminalNode(terminal, { retries: '0' }), register, ...helpers, ...more], { terminal: LOGIN });
  }

  function message(employeeNo: string, more: Message = {}): Message {
    return { payload: { employeeNo, name: `person ${employeeNo}` }, ...more };
  }

  async function registration(msg: Message, output = 'out'): Promise<Registration> {
    const { at, msg: out } = await send('register', msg, OUTPUTS);
    assert.equal(at, output, JSON.stringify(out.error ?? out['registration']));
    assert.deepEqual(out.payload, msg.payload);
    return out['registration'] as Registration;
  }

  function next(wanted: SimulatorEvent['event']): Promise<void> {
    return new Promise((resolve) => {
      terminal.on('event', ({ event }) => event === wanted && resolve());
    });
  }

  /** So many registrations at these helper nodes or in the Catch node, as `output: outcome or code`. */
  function outcomes(count: number): Promise<string[]> {
    return new Promise((resolve) => {
      const seen: string[] = [];
      for (const at of [...OUTPUTS, 'caught']) {
        node(at).on('input', (msg: Message) => {
          const { code } = (msg['error'] ?? {}) as { code?: string };
          seen.push(`${at}: ${code ?? String((msg['registration'] as Registration)['outcome'])}`);
          if (seen.length === count) resolve(seen);
        });
      }
    });
  }

  /** Every status from now on, as its key. */
  function statuses(): string[] {
    const seen: string[] = [];
    node('register').on('call:status', (call: { args: [{ text?: string }] }) => {
      seen.push((call.args[0].text ?? '').replace(KEY, ''));
    });
    return seen;
  }

  afterEach(async () => {
    await undeploy();
    await terminal.stop();
  });

  it('captures, creates, binds and reads back', async () => {
    await start();
    terminal.present('Alex');
    const { capture, ...rest } = await registration(message('000123'));
    assert.deepEqual(rest, {
      ...{ outcome: 'registered', employeeNo: '000123', action: 'created', verified: true },
      ...{ attempts: capture?.['attempts'], terminal: 'Lobby' },
    });
    assert.deepEqual(bound, ['000123=Alex']);
  });

  it('says in its status which of the three steps it is at, and what came of it', async () => {
    await start({ deadline: '25' });
    const shown = statuses();
    terminal.present('Alex');
    await registration(message('1'));
    assert.equal(shown[0], 'look-25');
    assert.deepEqual(
      shown.filter((text) => !/^(look|still)-/.test(text)),
      ['person', 'face', 'registered'],
    );
  });

  it('says in its status that it tries again', async () => {
    await start();
    const shown = statuses();
    terminal.present('Alex');
    terminal.fault({ kind: 'busy', at: 'person' });
    terminal.fault({ kind: 'busy', at: 'face' });
    await registration(message('1'));
    assert.deepEqual(
      shown.filter((text) => text.includes('Again')),
      ['personAgain-2', 'faceAgain-2'],
    );
  });

  it('updates a person who is there, as it is set in a new dialog', async () => {
    await start();
    for (const face of ['Alex', 'Bo']) {
      terminal.present(face);
      await registration(message('7'));
    }
    assert.deepEqual(bound, ['7=Alex', '7=Bo']);
  });

  it('leaves by output 2 when nobody came, with what helps', async () => {
    await start({ deadline: '0.2' });
    const { outcome, action, capture } = await registration(message('7'), 'nobody');
    assert.deepEqual([outcome, action, capture?.['reason']], ['nobody came', undefined, 'timeout']);
    assert.match(String(capture?.['hint']), /light/);
    assert.deepEqual(terminal.persons(), []);
  });

  describe('checks the whole message before anybody is asked to come', () => {
    const fromMessage = { face: 'photo', faceType: 'msg', doorRight: 'doors', doorRightType: 'msg' };
    const given: [string, Message, string, string][] = [
      ['a bad number', message('Ж'), 'INVALID_INPUT', 'person'],
      ['no name', { payload: { employeeNo: '1' } }, 'INVALID_INPUT', 'person'],
      ['doors that are none', message('1', { doors: 'front' }), 'INVALID_INPUT', 'person'],
      ['a picture that is none', message('1', { photo: Buffer.from('GIF89a') }), 'INVALID_INPUT', 'face'],
      ['a URL elsewhere', message('1', { photo: 'https://192.0.2.1/x.jpg' }), 'FOREIGN_FACE_URL', 'face'],
    ];
    for (const [words, msg, code, step] of given) {
      it(words, async () => {
        await start(fromMessage);
        const error = await failure('register', msg, OUTPUTS);
        assert.deepEqual([error.code, error.cause['step']], [code, step]);
        assert.equal(terminal.counters.records.length, 0);
      });
    }
  });

  describe('names the step that failed', () => {
    const NO: Omit<Fault, 'at'> = { kind: 'status', code: { statusCode: 4, subStatusCode: 'notSupport' } };
    for (const [at, step] of [
      ['capture', 'capture'],
      ['person', 'person'],
      ['face', 'face'],
    ] as const) {
      it(step, async () => {
        await start();
        terminal.present('Alex');
        terminal.fault({ ...NO, at });
        const error = await failure('register', message('1'), OUTPUTS);
        assert.deepEqual([error.code, error.cause['step'], error.cause.retryable], ['notSupport', step, false]);
        assert.ok(error.cause.hint);
      });
    }
  });

  it('a face that is given needs no capture; the property that lacks it means a capture', async () => {
    await start({ face: 'photo', faceType: 'msg' }, { model: 'DS-K1T342MFWX-E1' });
    const { capture, attempts } = await registration(message('1', { photo: facePicture('Anna') }));
    assert.deepEqual([capture, attempts], [undefined, 0]);
    terminal.present('Bo');
    await registration(message('2'));
    assert.deepEqual(bound, ['1=Anna', '2=Bo']);
  });

  it('takes a person away again whose face failed, where that is set', async () => {
    await start({ onFailure: 'remove' });
    terminal.present('Alex');
    terminal.fault({ kind: 'status', at: 'face', code: { statusCode: 6, subStatusCode: 'faceLowQulity' } });
    const error = await failure('register', message('1'), OUTPUTS);
    assert.deepEqual([error.code, error.cause['removed']], ['faceLowQulity', true]);
    assert.deepEqual(terminal.persons(), []);
  });

  it('leaves a face that is there, where that is set', async () => {
    await start({ ifFace: 'keep' });
    terminal.present('Alex');
    await registration(message('1'));
    const { outcome, attempts } = await registration(message('1'));
    assert.deepEqual([outcome, attempts, bound], ['registered', 0, ['1=Alex']]);
  });

  it('binds the picture where there is no FDSetUp, and says that nothing was read back', async () => {
    await start({}, { model: 'DS-K1T672MX' });
    const shown = statuses();
    terminal.present('Alex');
    assert.equal((await registration(message('1')))['verified'], false);
    assert.deepEqual([bound, shown.at(-1)], [['1=Alex'], 'registeredUnverified']);
  });

  it('registers on terminals that give only pictures', async () => {
    await start({}, { model: 'DS-K1T342MX-E1' });
    terminal.present('Alex');
    assert.equal((await registration(message('1')))['verified'], true);
    assert.deepEqual(bound, ['1=Alex']);
  });

  it('takes the terminal by name from the message', async () => {
    await start({ terminal: '' });
    terminal.present('Alex');
    assert.equal((await registration(message('1', { terminal: 'Lobby' })))['terminal'], 'Lobby');
    const error = await failure('register', message('1', { terminal: 'Roof' }), OUTPUTS);
    assert.deepEqual([error.code, error.cause['step']], ['NOT_CONFIGURED', undefined]);
  });

  describe('msg.reset', () => {
    it('cancels what waits and what runs; the terminal is free at once', async () => {
      await start();
      const all = outcomes(2);
      const started = next('capture started');
      node('register').receive(message('1'));
      node('register').receive(message('2'));
      await started;
      node('register').receive({ reset: true });
      assert.deepEqual(await all, ['nobody: cancelled', 'nobody: cancelled']);
      terminal.present('Bo', { stays: true });
      await registration(message('3'));
      assert.deepEqual(bound, ['3=Bo']);
    });

    it('cancels what one message asked for where it is its _msgid, and leaves the others', async () => {
      await start();
      const all = outcomes(2);
      const started = next('capture started');
      node('register').receive({ _msgid: 'first', ...message('1') });
      node('register').receive({ _msgid: 'second', ...message('2') });
      await started;
      node('register').receive({ reset: 'nobody' });
      node('register').receive({ reset: 'first' });
      terminal.on('event', ({ event }) => event === 'capture started' && terminal.present('Bo'));
      assert.deepEqual(await all, ['nobody: cancelled', 'out: registered']);
      assert.deepEqual(bound, ['2=Bo']);
    });

    it('reaches a message that came a moment ago', async () => {
      await start();
      const all = outcomes(1);
      node('register').receive(message('1'));
      node('register').receive({ reset: true });
      assert.deepEqual(await all, ['nobody: cancelled']);
      assert.equal(terminal.persons().length, 0);
    });

    it('cancels while the face is on its way', async () => {
      await start();
      terminal.present('Alex');
      terminal.fault({ kind: 'timeout', at: 'face' });
      const all = outcomes(1);
      const sent = next('fault');
      node('register').receive(message('1'));
      await sent;
      node('register').receive({ reset: true });
      assert.deepEqual([await all, bound], [['nobody: cancelled'], []]);
    });
  });

  for (const at of ['capture', 'person', 'face'] as const) {
    it(`ends with CANCELLED when the flow is stopped in the ${at}, once`, async () => {
      await start();
      const { error } = node('register') as unknown as { error: { args: [{ code: string }][] } };
      if (at !== 'capture') {
        terminal.present('Alex', { stays: true });
        terminal.fault({ kind: 'timeout', at });
      }
      const reached = next(at === 'capture' ? 'capture started' : 'fault');
      node('register').receive(message('1'));
      node('register').receive(message('2'));
      await reached;
      await stop();
      assert.deepEqual(
        error.args.map(([{ code }]) => code),
        ['CANCELLED', 'CANCELLED'],
      );
      assert.deepEqual(bound, []);
    });
  }

  describe('beside others at the same terminal', () => {
    const capture = {
      ...{ id: 'capture', type: 'capture-face', z: 'tab', terminal: 'terminal', wires: [['captured'], ['nobody']] },
      ...{ interval: '0.05', deadline: '20' },
    };

    it('gives 10 people sent at once their own faces, in order', async () => {
      await start();
      const numbers = Array.from({ length: 10 }, (_, index) => String(index + 1));
      for (const number of numbers) terminal.present(`face ${number}`);
      const all = outcomes(10);
      for (const number of numbers) node('register').receive(message(number));
      assert.equal((await all).filter((outcome) => outcome !== 'out: registered').length, 0);
      assert.deepEqual(
        bound,
        numbers.map((number) => `${number}=face ${number}`),
      );
    });

    it('waits for a terminal that capture-face keeps, and says so', async () => {
      await start({}, {}, [{ ...capture, holdTimeout: '60' }]);
      const shown = statuses();
      terminal.present('Alex');
      const { msg: held } = await send('capture', {}, ['captured', 'nobody']);
      terminal.present('Bo');
      const done = outcomes(1);
      const waits = new Promise((resolve) => node('register').on('call:status', resolve));
      node('register').receive(message('2'));
      await waits;
      node('capture').receive({ reset: true, capture: held['capture'] });
      assert.deepEqual(await done, ['out: registered']);
      assert.match(shown[0] ?? '', /waiting-1$/);
      assert.deepEqual(bound, ['2=Bo']);
    });

    it('has a capture-face wait until its face is bound, repeats and all', async () => {
      await start({}, {}, [capture]);
      terminal.present('Alex');
      terminal.fault({ kind: 'busy', at: 'face' });
      const captured = next('captured');
      const done = outcomes(1);
      node('register').receive(message('1'));
      await captured;
      const arrival = arrivalAt(['captured', 'nobody']);
      terminal.present('Bo');
      node('capture').receive({ payload: {} });
      assert.deepEqual([await done, bound], [['out: registered'], ['1=Alex']]);
      assert.equal((await arrival).at, 'captured');
    });

    it('binds a capture of capture-face, and ends the reservation for it', async () => {
      await start({ face: 'capture', faceType: 'msg' }, {}, [capture]);
      terminal.present('Alex');
      const { msg } = await send('capture', message('1'), ['captured', 'nobody']);
      await registration(msg);
      terminal.present('Bo');
      assert.equal((await send('capture', {}, ['captured', 'nobody'])).at, 'captured');
      assert.deepEqual(bound, ['1=Alex']);
    });

    it('ends the reservation of a capture whose person is refused', async () => {
      await start({ face: 'capture', faceType: 'msg' }, {}, [capture]);
      terminal.present('Alex');
      const { msg } = await send('capture', message('Ж'), ['captured', 'nobody']);
      assert.equal((await failure('register', msg, OUTPUTS)).code, 'INVALID_INPUT');
      terminal.present('Bo');
      assert.equal((await send('capture', {}, ['captured', 'nobody'])).at, 'captured');
    });
  });

  it('keeps secrets and pictures out of its errors', async () => {
    await start({ face: 'photo', faceType: 'msg' }, { model: 'DS-K1T342MFWX-E1' });
    terminal.fault({ kind: 'status', at: 'face', code: { statusCode: 6, subStatusCode: 'faceLowQulity' } });
    const error = await failure('register', message('1', { photo: facePicture('Anna') }), OUTPUTS);
    assert.doesNotMatch(JSON.stringify(error), /secret|response=|"Buffer"|image/);
  });
});

describe(`the number that capture-face is given, in Node-RED ${line}`, () => {
  let terminal: SimulatedTerminal;

  async function start(settings: object): Promise<void> {
    terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', timeScale: 0.02 });
    await terminal.start();
    const capture = {
      ...{ id: 'capture', type: 'capture-face', z: 'tab', terminal: 'terminal', wires: [['out'], ['nobody']] },
      ...{ interval: '0.05', deadline: '2', ...settings },
    };
    await deploy([terminalNode(terminal), capture, ...OUTPUTS.map((id) => ({ id, type: 'helper', z: 'tab' }))]);
  }

  afterEach(async () => {
    await undeploy();
    await terminal.stop();
  });

  const chosen = { employeeNo: 'payload.employeeNo', employeeNoType: 'msg' };
  for (const [words, payload] of [
    ['is bad', { employeeNo: 'Ж' }],
    ['is missing', {}],
  ] as const) {
    it(`is refused before anybody is asked to come where it ${words}`, async () => {
      await start(chosen);
      const error = await failure('capture', { payload }, OUTPUTS);
      assert.equal(error.code, 'INVALID_INPUT');
      assert.match(error.message, /employeeNo/);
      assert.equal(terminal.counters.records.length, 0);
    });
  }

  for (const [words, settings, payload] of [
    ['is good', chosen, { employeeNo: '1' }],
    ['is not asked for', {}, { employeeNo: 'Ж' }],
    ['is left blank', { employeeNo: '', employeeNoType: 'msg' }, { employeeNo: 'Ж' }],
  ] as const) {
    it(`lets the capture begin where it ${words}`, async () => {
      await start(settings);
      terminal.present('Alex');
      assert.equal((await send('capture', { payload }, OUTPUTS)).at, 'out');
    });
  }
});
