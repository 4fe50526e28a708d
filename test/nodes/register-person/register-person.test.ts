import assert from 'node:assert/strict';

import { SimulatedTerminal, type SimulatorSettings } from '../../../simulator/simulated-terminal.js';
import {
  deploy,
  failure,
  send,
  terminalNode,
  undeploy,
  type FlowNode,
  type Message,
} from '../../harness/node-red/flow.js';
import { line } from '../../harness/node-red/node-red-line.js';

const LOGIN = { username: 'admin', password: 'secret-Пароль' };
const OUTPUTS = ['out', 'nobody'];

type Registration = Record<string, unknown> & { capture?: Record<string, unknown> };

describe(`register-person in Node-RED ${line}`, () => {
  let terminal: SimulatedTerminal;

  async function start(
    node: object = {},
    settings: Partial<SimulatorSettings> = {},
    more: FlowNode[] = [],
  ): Promise<void> {
    terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', timeScale: 0.02, ...LOGIN, ...settings });
    await terminal.start();
    const register = {
      ...{ id: 'register', type: 'register-person', z: 'tab', terminal: 'terminal', wires: [['out'], ['nobody']] },
      ...{ interval: '0.05', deadline: '2', ...node },
    };
    const helpers = [...OUTPUTS, 'captured'].map((id) => ({ id, type: 'helper', z: 'tab' }));
    await deploy([terminalNode(terminal), register, ...helpers, ...more], { terminal: LOGIN });
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
    assert.deepEqual(
      terminal.persons().map(({ employeeNo, face }) => [employeeNo, face]),
      [['000123', 'Alex']],
    );
  });

  it('updates a person who is there, as it is set in a new dialog', async () => {
    await start();
    for (const face of ['Alex', 'Bo']) {
      terminal.present(face);
      await registration(message('7'));
    }
    assert.equal(terminal.persons()[0]?.face, 'Bo');
  });

  it('leaves by output 2 when nobody came, with what helps', async () => {
    await start({ deadline: '0.2' });
    const { outcome, action, capture } = await registration(message('7'), 'nobody');
    assert.deepEqual([outcome, action, capture?.['reason']], ['nobody came', undefined, 'timeout']);
    assert.match(String(capture?.['hint']), /light/);
    assert.deepEqual(terminal.persons(), []);
  });

  it('refuses a bad number before anybody is asked to come', async () => {
    await start();
    const error = await failure('register', message('Ж'), OUTPUTS);
    assert.deepEqual([error.code, error.cause['step']], ['INVALID_INPUT', 'person']);
    assert.equal(terminal.counters.records.length, 0);
  });
});
