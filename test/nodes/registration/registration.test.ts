import assert from 'node:assert/strict';

import { SimulatedTerminal, type SimulatorSettings } from '../../../simulator/simulated-terminal.js';
import {
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

interface Flow {
  capture?: object;
  person?: object;
  bind?: object;
  terminal?: object;
}

describe(`registration in Node-RED ${line}`, () => {
  let terminal: SimulatedTerminal;

  async function start(settings: Partial<SimulatorSettings> = {}, flow: Flow = {}): Promise<void> {
    terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', timeScale: 0.02, ...LOGIN, ...settings });
    await terminal.start();
    await deploy(threeSteps(flow), { terminal: LOGIN });
  }

  function threeSteps({ capture, person, bind, terminal: config }: Flow): FlowNode[] {
    const common = { z: 'tab', terminal: 'terminal' };
    return [
      terminalNode(terminal, config),
      {
        id: 'capture',
        type: 'capture-face',
        ...common,
        interval: '0.05',
        deadline: '2',
        wires: [['person'], ['nobody']],
        ...capture,
      },
      { id: 'person', type: 'create-user', ...common, ...personInputs, wires: [['bind']], ...person },
      { id: 'bind', type: 'fdsetup-bind', ...common, ...bindInputs, wires: [['out']], ...bind },
      { id: 'out', type: 'helper', z: 'tab' },
      { id: 'nobody', type: 'helper', z: 'tab' },
    ];
  }

  async function register(employeeNo: string, face: string): Promise<Message> {
    terminal.present(face);
    const { at, msg } = await send('capture', { payload: { employeeNo, name: face } }, ['out', 'nobody']);
    assert.equal(at, 'out', JSON.stringify(msg['error']));
    return msg;
  }

  afterEach(async () => {
    await undeploy();
    await terminal.stop();
  });

  it('captures, creates and binds; each node adds its own property and leaves the payload alone', async () => {
    await start();
    const msg = await register('000123', 'Alex');
    assert.deepEqual(msg.payload, { employeeNo: '000123', name: 'Alex' });
    const capture = msg['capture'] as Record<string, unknown>;
    assert.deepEqual(Object.keys(capture).sort(), ['attempts', 'capturedAt', 'dataType', 'faceURL', 'id', 'terminal']);
    assert.equal(capture['terminal'], 'Lobby');
    assert.equal(capture['dataType'], 'url');
    assert.deepEqual(msg['user'], { employeeNo: '000123', action: 'created', terminal: 'Lobby' });
    assert.deepEqual(msg['binding'], {
      employeeNo: '000123',
      FDID: '1',
      faceLibType: 'blackFD',
      verified: true,
      terminal: 'Lobby',
    });
    const [person] = terminal.persons();
    assert.equal(person?.employeeNo, '000123');
    assert.equal(person.face, 'Alex');
  });

  it('makes a person who can open the door', async () => {
    await start();
    await register('1', 'Alex');
    const info = terminal.persons()[0]?.UserInfo as Record<string, unknown> & { Valid: Record<string, unknown> };
    assert.equal(info['doorRight'], '1');
    assert.deepEqual(info['RightPlan'], [{ doorNo: 1, planTemplateNo: '1' }]);
    assert.equal(info.Valid['enable'], true);
    assert.equal(info['localUIRight'], false);
  });

  describe('an access right is never wider than what stands in the field', () => {
    const fromMessage = {
      doorRight: 'payload.doors',
      doorRightType: 'msg',
      planTemplateNo: 'payload.plans',
      planTemplateNoType: 'msg',
    };
    const create = (payload: object): ReturnType<typeof send> =>
      send('person', { payload: { employeeNo: '7', name: 'Alex', ...payload } }, ['out']);
    const right = (): unknown => {
      const [person] = terminal.persons();
      return { doors: person?.doors, doorRight: person?.UserInfo['doorRight'], plan: person?.UserInfo['RightPlan'] };
    };
    const NONE = { doors: [], doorRight: '', plan: [] };

    for (const [words, person, payload] of [
      ['a blank field', { doorRight: '', doorRightType: 'str' }, {}],
      ['spaces', { doorRight: '  ', doorRightType: 'str' }, {}],
      ['a message without the property', fromMessage, {}],
      ['a message with null', fromMessage, { doors: null }],
    ] as const) {
      it(`${words}: the person can open no door`, async () => {
        await start({}, { person: { ...person, wires: [['out']] } });
        await create(payload);
        assert.deepEqual(right(), NONE);
      });
    }

    it('a person who is updated without a door loses those that they had', async () => {
      await start({}, { person: { ...fromMessage, ifExists: 'update', wires: [['out']] } });
      await create({ doors: '1,2', plans: '3,4' });
      const plan = [
        { doorNo: 1, planTemplateNo: '3' },
        { doorNo: 2, planTemplateNo: '4' },
      ];
      assert.deepEqual(right(), { doors: [1, 2], doorRight: '1,2', plan });
      const { msg } = await create({ doors: '' });
      assert.equal((msg['user'] as { action: string }).action, 'updated');
      assert.deepEqual(right(), NONE);
    });

    it('schedules that fit neither all doors nor each one are refused before anything is sent', async () => {
      await start({}, { person: { ...fromMessage, wires: [['out']] } });
      const payload = { employeeNo: '7', name: 'Alex', doors: '1,2,3', plans: '1,2' };
      const error = await failure('person', { payload }, ['out']);
      assert.equal(error.code, 'INVALID_INPUT');
      assert.match(error.message, /planTemplateNo/);
      assert.equal(terminal.counters.records.length, 0);
    });
  });

  it('costs one challenge and one capabilities call the first time, then exactly 4 requests with verify', async () => {
    await start();
    await register('1', 'Alex');
    const first = terminal.counters.records.length;
    assert.equal(terminal.counters.challenges, 1);
    assert.equal(first, 1 + 1 + 4);
    await register('2', 'Bo');
    assert.equal(terminal.counters.records.length - first, 4);
    assert.equal(terminal.counters.challenges, 1);
    assert.equal(terminal.counters.connections, 1);
  });

  it('costs exactly 3 requests without verify', async () => {
    await start({}, { bind: { verify: false } });
    await register('1', 'Alex');
    const first = terminal.counters.records.length;
    await register('2', 'Bo');
    assert.deepEqual(
      terminal.counters.records.slice(first).map(({ path }) => path),
      [
        '/ISAPI/AccessControl/CaptureFaceData',
        '/ISAPI/AccessControl/UserInfo/Record',
        '/ISAPI/Intelligent/FDLib/FDSetUp',
      ],
    );
  });

  it('leaves by output 2 when nobody came before the deadline', async () => {
    await start({}, { capture: { deadline: '0.2' } });
    const { at, msg } = await send('capture', { payload: {} }, ['out', 'nobody']);
    assert.equal(at, 'nobody');
    const capture = msg['capture'] as Record<string, unknown>;
    assert.equal(capture['reason'], 'timeout');
    assert.equal(capture['terminal'], 'Lobby');
    assert.ok((capture['attempts'] as number) >= 1);
    assert.match(String(capture['hint']), /light.*metre|metre.*light/);
  });

  it('binds by FaceDataRecord where there is no FDSetUp, and says that nothing was read back', async () => {
    await start({ model: 'DS-K1T672MX' });
    const statuses: unknown[] = [];
    node('bind').on('call:status' as 'input', (call: unknown) => statuses.push((call as { args: unknown[] }).args[0]));
    const msg = await register('1', 'Alex');
    assert.equal((msg['binding'] as { verified: boolean }).verified, false);
    assert.equal(terminal.persons()[0]?.face, 'Alex');
    assert.match(JSON.stringify(statuses.at(-1)), /"yellow".*status\.boundUnverified/);
  });

  it('cancels what runs and what waits when msg.reset comes, and nothing is lost', async () => {
    await start({}, { capture: { deadline: '20' } });
    const cancelled: Message[] = [];
    const both = new Promise<void>((resolve) => {
      node('nobody').on('input', (msg: Message) => {
        cancelled.push(msg);
        if (cancelled.length === 2) resolve();
      });
    });
    const started = new Promise((resolve) => terminal.once('event', resolve));
    node('capture').receive({ payload: 1 });
    node('capture').receive({ payload: 2 });
    await started;
    node('capture').receive({ reset: true });
    await both;
    assert.deepEqual(
      cancelled.map((msg) => (msg['capture'] as { reason: string }).reason),
      ['cancelled', 'cancelled'],
    );
  });

  it('cancels what one message asked for when msg.reset names it, and leaves the others', async () => {
    // A capture by URL that is left behind would be waited out first; one that brings its picture, by the terminal alone.
    await start({}, { capture: { deadline: '20', dataType: 'binary' } });
    const started = new Promise((resolve) => terminal.once('event', resolve));
    const given = new Promise<Message>((resolve) => node('nobody').on('input', resolve));
    const captured = new Promise<Message>((resolve) => node('person').on('input', resolve));
    node('capture').receive({ _msgid: 'first', payload: { employeeNo: '1', name: 'Alex' } });
    node('capture').receive({ _msgid: 'second', payload: { employeeNo: '2', name: 'Bo' } });
    await started;
    node('capture').receive({ reset: 'nobody' });
    node('capture').receive({ reset: 'first' });
    assert.deepEqual(
      [(await given)._msgid, ((await given)['capture'] as { reason: string }).reason],
      ['first', 'cancelled'],
    );
    terminal.on('event', ({ event }) => event === 'capture started' && terminal.present('Bo'));
    assert.equal((await captured)._msgid, 'second');
  });

  for (const seconds of ['7', '180', '181', '3600']) {
    it(`says that ${seconds} seconds are left in the status, as a key of the catalogue`, async () => {
      await start({}, { capture: { deadline: seconds } });
      const told = new Promise<{ text: string }>((resolve) => {
        node('capture').on('call:status', (call: { args: [{ text: string }] }) => resolve(call.args[0]));
      });
      await register('1', 'Alex');
      const key = '@facecontroll/node-red-hikvision/capture-face:capture-face.status.look';
      assert.equal((await told).text, `${key}-${seconds}`);
    });
  }

  describe('bad input ends before anything is sent', () => {
    const cases: [string, Message, string, RegExp][] = [
      ['no employeeNo', { payload: { name: 'x' } }, 'person', /employeeNo is missing/],
      ['33 characters', { payload: { employeeNo: 'x'.repeat(33) } }, 'person', /33 characters/],
      ['Cyrillic employeeNo', { payload: { employeeNo: 'Ж1' } }, 'person', /Latin letters/],
      ['a line break in employeeNo', { payload: { employeeNo: '1\r\nX' } }, 'person', /characters/],
      ['a name that is too long', { payload: { employeeNo: '1', name: 'x'.repeat(129) } }, 'person', /fullName/],
      ['no face', { payload: { employeeNo: '1' } }, 'bind', /no face/],
      ['a face that is none', { payload: { employeeNo: '1' }, capture: 5 }, 'bind', /neither a capture/],
      ['an uncaptured capture', { payload: { employeeNo: '1' }, capture: { id: 'x' } }, 'bind', /has no face/],
      ['a picture that is no JPEG', { payload: { employeeNo: '1' }, capture: Buffer.from('GIF89a') }, 'bind', /JPEG/],
    ];
    for (const [name, msg, to, text] of cases) {
      it(name, async () => {
        await start();
        const error = await failure(to, msg, ['out']);
        assert.equal(error.code, 'INVALID_INPUT');
        assert.match(error.message, text);
        assert.equal(error.cause.retryable, false);
        assert.equal(terminal.counters.records.length, 0);
      });
    }

    it('an end before the begin', async () => {
      const times = { beginTime: '2026-01-02T00:00:00', endTime: '2026-01-01T00:00:00' };
      await start({}, { person: { ...times, beginTimeType: 'str', endTimeType: 'str' } });
      const error = await failure('person', { payload: { employeeNo: '1', name: 'x' } }, ['out']);
      assert.equal(error.code, 'INVALID_INPUT');
      assert.match(error.message, /endTime/);
      assert.equal(terminal.counters.records.length, 0);
    });

    it('no terminal chosen', async () => {
      await start({}, { capture: { terminal: '' } });
      const error = await failure('capture', { payload: {} }, ['out']);
      assert.equal(error.code, 'NOT_CONFIGURED');
      assert.equal(terminal.counters.records.length, 0);
    });

    it('a face URL of another host', async () => {
      await start();
      for (const capture of [
        'https://192.168.77.1/LOCALS/pic/web_face_enrollpic.jpg@WEB000000000001',
        { id: 'x-1', faceURL: 'http://elsewhere/LOCALS/pic/web_face_enrollpic.jpg@WEB000000000001' },
        'ftp://127.0.0.1/x.jpg',
        `http://127.0.0.1@elsewhere/x.jpg`,
      ]) {
        const error = await failure('bind', { payload: { employeeNo: '1' }, capture }, ['out']);
        assert.equal(error.code, 'FOREIGN_FACE_URL', JSON.stringify(capture));
      }
      assert.equal(terminal.counters.records.length, 0);
    });
  });

  it('a terminal that asks for a login where none is set gives NOT_CONFIGURED', async () => {
    terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', ...LOGIN });
    await terminal.start();
    await deploy(threeSteps({}));
    const error = await failure('person', { payload: { employeeNo: '1', name: 'x' } }, ['out']);
    assert.equal(error.code, 'NOT_CONFIGURED');
    assert.match(error.message, /requires a login/);
  });

  it('a simulator without a login and a terminal without one need no Digest', async () => {
    terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', timeScale: 0.02 });
    await terminal.start();
    await deploy(threeSteps({}));
    await register('1', 'Alex');
    assert.equal(terminal.persons()[0]?.face, 'Alex');
  });

  it('takes the terminal by name from the message, and names the known ones when it does not know it', async () => {
    await start({}, { capture: { terminal: '' }, person: { terminal: '' }, bind: { terminal: '' } });
    terminal.present('Alex');
    const right = await send('capture', { terminal: 'Lobby', payload: { employeeNo: '1', name: 'A' } }, [
      'out',
      'nobody',
    ]);
    assert.equal(right.at, 'out');
    const wrong = await failure('capture', { terminal: 'Roof', payload: {} }, ['out', 'nobody']);
    assert.equal(wrong.code, 'NOT_CONFIGURED');
    assert.match(wrong.message, /Roof.*Lobby/s);
  });

  it('keeps secrets out of errors, also where the login is rejected', async () => {
    terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', ...LOGIN });
    await terminal.start();
    await deploy(threeSteps({}), { terminal: { username: 'admin', password: 'wrong-but-secret' } });
    const error = await failure('person', { payload: { employeeNo: '1', name: 'x' } }, ['out']);
    assert.equal(error.code, 'UNAUTHORIZED');
    assert.doesNotMatch(JSON.stringify(error), /wrong-but-secret|response=/);
    assert.match(error.message, /before it locks the account: 4/);
    assert.equal(terminal.counters.signedRejections, 1);
  });

  it('ends each waiting message with CANCELLED when the flow is stopped', async () => {
    await start({}, { capture: { deadline: '20' } });
    // The helper spies on every node's error().
    const { error } = node('capture') as unknown as { error: { args: [{ code: string }][] } };
    const started = new Promise((resolve) => terminal.once('event', resolve));
    node('capture').receive({ payload: 1 });
    node('capture').receive({ payload: 2 });
    await started;
    await stop();
    assert.deepEqual(
      error.args.map(([{ code }]) => code),
      ['CANCELLED', 'CANCELLED'],
    );
  });
});

const personInputs = {
  employeeNo: 'payload.employeeNo',
  employeeNoType: 'msg',
  fullName: 'payload.name',
  fullNameType: 'msg',
};
const bindInputs = { employeeNo: 'payload.employeeNo', employeeNoType: 'msg', face: 'capture', faceType: 'msg' };
