import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { facePicture, SimulatedTerminal, type SimulatorSettings } from '../../../simulator/simulated-terminal.js';
import { freePort } from '../../harness/free-port.js';
import {
  deploy,
  failure,
  node,
  send,
  stop,
  terminalNode,
  undeploy,
  useUserDir,
  type FlowNode,
  type Message,
} from '../../harness/node-red/flow.js';
import { line } from '../../harness/node-red/node-red-line.js';

const LOGIN = { username: 'admin', password: 'secret-Пароль' };
const KEY = '@facecontroll/node-red-hikvision/terminal-sync:terminal-sync.status.';

interface Sync {
  terminal: string;
  look: string;
  created: number;
  updated: number;
  unchanged: number;
  removed: number;
  foreign: number;
  faces: { sent: number };
  failed: Record<string, unknown>[];
  warnings: Record<string, string>[];
  converged: boolean;
  verified: boolean;
  dryRun: boolean;
}
interface Progress {
  step: string;
  done: number;
  total: number;
}

describe(`terminal-sync in Node-RED ${line}`, () => {
  let terminal: SimulatedTerminal;
  let running: SimulatedTerminal[] = [];
  let userDir: string;

  before(async () => {
    userDir = await mkdtemp(path.join(tmpdir(), 'hikvision-sync-'));
    useUserDir(userDir);
  });
  after(async () => {
    useUserDir();
    await rm(userDir, { recursive: true, force: true });
  });

  async function simulate(simulator: Partial<SimulatorSettings> = {}): Promise<SimulatedTerminal> {
    terminal = new SimulatedTerminal({
      ...{ port: 0, model: 'DS-K1T342MFWX-E1', timeScale: 0.02, ...LOGIN },
      ...simulator,
    });
    running.push(terminal);
    await terminal.start();
    return terminal;
  }

  async function flow(settings: object = {}, more: FlowNode[] = []): Promise<void> {
    const sync = {
      ...{ id: 'sync', type: 'terminal-sync', z: 'tab', terminal: 'terminal', wires: [['out'], ['progress']] },
      ...settings,
    };
    const helpers = ['out', 'progress'].map((id) => ({ id, type: 'helper', z: 'tab' }));
    const houses = { login1: 'doors', username1: LOGIN.username, password1: LOGIN.password };
    const nodes = [terminalNode(terminal, { retries: '0' }), sync, ...helpers, ...more];
    await deploy(nodes, { terminal: LOGIN, houses });
  }

  async function start(settings: object = {}, simulator: Partial<SimulatorSettings> = {}): Promise<void> {
    await simulate(simulator);
    await flow(settings);
  }

  function people(count: number, more: object = {}): Record<string, unknown>[] {
    return Array.from({ length: count }, (_, index) => {
      const employeeNo = String(index + 1).padStart(5, '0');
      return { employeeNo, name: `person ${employeeNo}`, doorRight: '1', ...more };
    });
  }

  async function synced(payload: unknown, more: Message = {}): Promise<Sync> {
    const { at, msg } = await send('sync', { payload, ...more }, ['out']);
    assert.equal(at, 'out', JSON.stringify(msg.error));
    assert.deepEqual(msg.payload, payload);
    return msg['sync'] as Sync;
  }

  /** Requests that change something. */
  function writes(): string[] {
    return terminal.counters.records
      .filter(({ method, path: at }) => method !== 'GET' && !at.endsWith('Search'))
      .map(({ method, path: at }) => `${method} ${at}`);
  }

  /** Every status from now on, as its colour and key. */
  function statuses(): string[] {
    const seen: string[] = [];
    node('sync').on('call:status', (call: { args: [{ text?: string; fill?: string }] }) => {
      const [{ text = '', fill = '' }] = call.args;
      seen.push(`${fill} ${text.replace(KEY, '')}`);
    });
    return seen;
  }

  afterEach(async () => {
    await undeploy();
    for (const each of running) await each.stop();
    running = [];
    await rm(path.join(userDir, 'hikvision'), { recursive: true, force: true });
  });

  it('makes a terminal hold what the list says, and says so when it has read it back', async () => {
    await start();
    const shown = statuses();
    const result = await synced(people(3));
    assert.deepEqual(
      [result.created, result.unchanged, result.converged, result.verified, result.terminal, result.failed],
      [3, 0, true, true, 'Lobby', []],
    );
    assert.deepEqual(
      terminal.persons().map(({ employeeNo, name, doors }) => [employeeNo, name, doors]),
      people(3).map(({ employeeNo, name }) => [employeeNo, name, [1]]),
    );
    assert.match(shown.join(), /blue create-\d/);
    assert.equal(shown.at(-1), 'green done-3');
  });

  it('changes nothing when the same message comes again', async () => {
    await start();
    await synced(people(3));
    const before = writes().length;
    const shown = statuses();
    const result = await synced(people(3));
    assert.deepEqual([result.created, result.updated, result.unchanged, result.converged], [0, 0, 3, true]);
    assert.deepEqual([writes().length, shown.at(-1)], [before, 'green same']);
  });

  it('removes the others where the list is everybody, and else leaves them alone', async () => {
    await start({ scope: 'all' });
    await synced(people(4));
    const result = await synced(people(1));
    assert.deepEqual([result.removed, result.converged, terminal.persons().length], [3, true, 1]);
    await undeploy();
    await flow();
    const { foreign, removed } = await synced([{ employeeNo: '7', name: 'Bo', doorRight: '1' }]);
    assert.deepEqual([foreign, removed, terminal.persons().length], [1, 0, 2]);
  });

  for (const [words, settings, more] of [
    ['the node says so', { dryRun: 'true', dryRunType: 'bool' }, {}],
    ['the message says so', { dryRun: 'try', dryRunType: 'msg' }, { try: 'true' }],
  ] as const) {
    it(`sends no write where ${words}, and tells what it would do`, async () => {
      await start(settings);
      const shown = statuses();
      const result = await synced(people(2), more);
      assert.deepEqual([result.dryRun, result.created, result.converged, result.verified], [true, 2, false, false]);
      assert.deepEqual([writes(), terminal.persons(), shown.at(-1)], [[], [], 'green dryRun-2']);
    });
  }

  it('refuses a dry run that is neither true nor false, before anything is sent', async () => {
    await start({ dryRun: 'try', dryRunType: 'msg' });
    const error = await failure('sync', { payload: people(1), try: 'yes' });
    assert.equal(error.code, 'INVALID_INPUT');
    assert.match(String(error.cause['reason']), /notAllowed/);
    assert.equal(terminal.counters.records.length, 0);
  });

  describe('names every bad person of a list before anything is sent', () => {
    function bad(count: number): unknown[] {
      return [...people(2), ...Array.from({ length: count }, (_, index) => ({ employeeNo: `9${index}`, name: '' }))];
    }

    it('with row and number, in words and for programs', async () => {
      await start();
      const error = await failure('sync', { payload: [...bad(2), 'nobody', people(1)[0]] });
      assert.equal(error.code, 'INVALID_INPUT');
      assert.match(error.message, /: 4\. Row 3 \(90\): .+ Row 4 \(91\): .+ Row 5: .+ Row 6 \(00001\): /);
      const persons = error.cause['persons'] as Record<string, string>[];
      assert.deepEqual(
        persons.map(({ row, code, reason }) => [row, code, reason]),
        [
          ['3 (90)', 'INVALID_INPUT', 'input.nameMissing'],
          ['4 (91)', 'INVALID_INPUT', 'input.nameMissing'],
          ['5', 'INVALID_INPUT', 'input.personKind'],
          ['6 (00001)', 'INVALID_INPUT', 'input.personTwice'],
        ],
      );
      assert.equal(error.cause['terminal'], 'Lobby');
      assert.equal(terminal.counters.records.length, 0);
    });

    it('up to 20, and counts the others', async () => {
      await start();
      const error = await failure('sync', { payload: bad(25) });
      assert.equal((error.cause['persons'] as unknown[]).length, 20);
      assert.match(error.message, /: 25\. .*Row 22 \(919\).* 5 more/);
      assert.doesNotMatch(error.message, /Row 23/);
    });

    for (const [words, payload] of [
      ['no list', undefined],
      ['an empty text', ''],
      ['one person alone', { employeeNo: '1', name: 'Alex' }],
    ] as const) {
      it(`${words} is refused, and is no list of nobody`, async () => {
        await start({ scope: 'all' });
        const error = await failure('sync', { payload });
        assert.deepEqual([error.code, error.cause['reason']], ['INVALID_INPUT', 'input.personsMissing']);
        assert.equal(terminal.counters.records.length, 0);
      });
    }
  });

  it('removes nobody where it would be more than the node allows, and gives the numbers', async () => {
    await start({ scope: 'all', maxRemovals: '2' });
    await synced(people(5));
    const before = writes().length;
    const error = await failure('sync', { payload: [{ employeeNo: '00001', name: 'somebody else' }] });
    assert.equal(error.code, 'TOO_MANY_REMOVALS');
    assert.match(error.message, /^4 of the 5 persons .* allows 2 at most/);
    assert.match(error.cause.hint, /Remove at most/);
    assert.deepEqual([terminal.persons().length, writes().length], [5, before]);
  });

  it('an empty list removes nobody, and the result says so', async () => {
    await start({ scope: 'all' });
    await synced(people(2));
    const shown = statuses();
    const result = await synced([]);
    assert.deepEqual([result.removed, result.converged, terminal.persons().length], [0, false, 2]);
    assert.deepEqual(
      result.warnings.map(({ code, reason }) => [code, reason]),
      [['EMPTY_LIST', 'emptyList']],
    );
    assert.match(result.warnings[0]?.['hint'] ?? '', /remove: true/);
    assert.equal(shown.at(-1), 'yellow warned-1');
  });

  it('warns of new persons who can open no door', async () => {
    await start();
    const { warnings, converged } = await synced([{ employeeNo: '1', name: 'Alex' }]);
    assert.deepEqual([warnings.map(({ code }) => code), converged], [['NO_DOOR'], true]);
    assert.deepEqual(terminal.persons()[0]?.doors, []);
  });

  it('what fails for one person stands in the result with what to do; the others are done', async () => {
    await start();
    const shown = statuses();
    terminal.fault({ kind: 'status', at: 'face', code: { statusCode: 6, subStatusCode: 'faceLowQulity' } });
    const [alex, bo] = people(2);
    const result = await synced([
      { ...alex, face: facePicture('Alex') },
      { ...bo, face: facePicture('Bo') },
    ]);
    const [failed = {}] = result.failed;
    const { hint, ...facts } = failed;
    assert.deepEqual(facts, { employeeNo: '00001', step: 'face', code: 'faceLowQulity', retryable: false });
    assert.match(String(hint), /faceLowQulity/);
    assert.deepEqual([result.converged, terminal.persons().map(({ face }) => face)], [false, [undefined, 'Bo']]);
    assert.equal(shown.at(-1), 'yellow failed-1');
  });

  it('names those whose face has to be captured, where the terminal takes no pictures', async () => {
    await start({}, { model: 'DS-K1T343EFWX' });
    const shown = statuses();
    const result = await synced(people(2, { face: facePicture('Alex') }));
    assert.deepEqual((result as unknown as { toCapture: string[] }).toCapture, ['00001', '00002']);
    assert.deepEqual([result.converged, shown.at(-1)], [false, 'yellow toCapture-2']);
  });

  it('tells its progress in small messages of their own, one a second at most', async () => {
    await start();
    const seen: Message[] = [];
    node('progress').on('input', (msg: Message) => void seen.push(msg));
    const began = performance.now();
    await synced(people(40, { face: facePicture('Alex') }), { _msgid: 'm1', topic: 'hr', extra: Buffer.alloc(10) });
    const seconds = (performance.now() - began) / 1000;
    assert.ok(seen.length >= 1 && seen.length <= 1 + seconds, `${seen.length} in ${seconds} s`);
    for (const msg of seen) {
      assert.deepEqual(Object.keys(msg).sort(), ['_msgid', 'sync', 'terminal', 'topic']);
      assert.deepEqual([msg._msgid, msg.topic, msg['terminal']], ['m1', 'hr', 'Lobby']);
      const { step, done, total, ...rest } = msg['sync'] as Progress;
      assert.deepEqual(rest, { terminal: 'Lobby' });
      assert.ok(['read', 'remove', 'change', 'create', 'verify'].includes(step) && done <= total);
    }
  });

  it('finds its terminal in a directory by msg.terminal', async () => {
    await simulate();
    const { host, port, protocol } = terminal.address;
    const row = { name: 'Gate', host, port: String(port), protocol, site: 'North', login: 'doors' };
    await flow({ terminal: '' }, [
      { id: 'houses', type: 'terminal-directory', name: 'Houses', source: 'table', terminals: [row] },
    ]);
    const result = await synced(people(1), { terminal: 'Gate' });
    assert.deepEqual([result.terminal, result.created, result.converged], ['Gate', 1, true]);
    const error = await failure('sync', { payload: people(1), terminal: 'Roof' });
    assert.equal(error.code, 'NOT_CONFIGURED');
  });

  it('brings a list to every terminal of a directory; one that is offline holds up nobody', async () => {
    const terminals = [await simulate(), await simulate()];
    const rows = terminals.map(({ address: { host, port, protocol } }, index) => {
      return { name: `Gate ${index + 1}`, host, port: String(port), protocol, login: 'doors' };
    });
    const offline = { ...rows[0], name: 'Offline', port: String(await freePort()) };
    await flow({ terminal: '' }, [
      { id: 'houses', type: 'terminal-directory', source: 'table', retries: '0', terminals: [offline, ...rows] },
      { id: 'each', type: 'each-terminal', z: 'tab', directory: 'houses', wires: [['sync']] },
    ]);
    const all = new Promise<Message[]>((resolve) => {
      const seen: Message[] = [];
      for (const at of ['out', 'caught']) {
        node(at).on('input', (msg: Message) => {
          if (seen.push(msg) === 3) resolve(seen);
        });
      }
    });
    node('each').receive({ payload: people(2) });
    const ended = (await all).map((msg) => {
      const { code = '' } = (msg['error'] ?? {}) as { code?: string };
      const { created = 0 } = (msg['sync'] ?? {}) as Partial<Sync>;
      return [msg['terminal'], code, created, (msg['parts'] as { count: number }).count];
    });
    assert.deepEqual(ended.sort(), [
      ['Gate 1', '', 2, 3],
      ['Gate 2', '', 2, 3],
      ['Offline', 'UNREACHABLE', 0, 3],
    ]);
    for (const each of terminals) assert.equal(each.persons().length, 2);
  });

  it('remembers over a restart what it sent; msg.full reads everything all the same', async () => {
    await start({ faces: 'changed' });
    const list = people(2, { face: facePicture('Alex') });
    assert.equal((await synced(list)).faces.sent, 2);
    assert.equal((await readdir(path.join(userDir, 'hikvision', 'sync'))).length, 1);
    await undeploy();
    await flow({ faces: 'changed' });
    const again = await synced(list);
    assert.deepEqual([again.faces.sent, again.look, again.converged], [0, 'quick', true]);
    const full = await synced(list, { full: true });
    assert.deepEqual([full.faces.sent, full.look, full.converged], [0, 'full', true]);
    const other = await synced(people(2, { face: facePicture('Bo') }));
    assert.deepEqual([other.faces.sent, terminal.persons().map(({ face }) => face)], [2, ['Bo', 'Bo']]);
  });

  it('says that another terminal is there, and sends it everything', async () => {
    await start();
    await synced(people(2));
    terminal.replace();
    const { warnings, created, converged } = await synced(people(2));
    assert.deepEqual([warnings.map(({ code }) => code), created, converged], [['TERMINAL_REPLACED'], 2, true]);
  });

  it('takes face files from its folder in the user directory, and from nowhere else', async () => {
    await mkdir(path.join(userDir, 'photos'), { recursive: true });
    await writeFile(path.join(userDir, 'photos', '1.jpg'), facePicture('Alex'));
    await writeFile(path.join(userDir, 'outside.jpg'), facePicture('Bo'));
    await start({ folder: 'photos' });
    const [person] = people(1);
    assert.equal((await synced([{ ...person, face: { file: '1.jpg' } }])).converged, true);
    assert.equal(terminal.persons()[0]?.face, 'Alex');
    const error = await failure('sync', { payload: [{ ...person, face: { file: '../outside.jpg' } }] });
    const [first] = error.cause['persons'] as { reason: string }[];
    assert.deepEqual([error.code, first?.reason], ['INVALID_INPUT', 'input.faceFile']);
  });

  it('works through two messages for the same terminal one after the other', async () => {
    await start();
    const results = new Promise<Sync[]>((resolve) => {
      const seen: Sync[] = [];
      node('out').on('input', (msg: Message) => {
        seen.push(msg['sync'] as Sync);
        if (seen.length === 2) resolve(seen);
      });
    });
    node('sync').receive({ payload: people(3) });
    node('sync').receive({ payload: people(3) });
    assert.deepEqual(
      (await results).map(({ created, unchanged, converged }) => [created, unchanged, converged]),
      [
        [3, 0, true],
        [0, 3, true],
      ],
    );
  });

  for (const [words, end] of [
    ['the flow is stopped', stop],
    ['the node alone is deployed anew', () => node('sync').close(false)],
  ] as const) {
    it(`ends each message once, with CANCELLED, when ${words} in the middle`, async () => {
      await start();
      const { error } = node('sync') as unknown as { error: { args: [{ code: string }][] } };
      terminal.fault({ kind: 'timeout', at: 'person' });
      const reached = new Promise<void>((resolve) => {
        terminal.on('event', ({ event }) => event === 'fault' && resolve());
      });
      const left: unknown[] = [];
      node('out').on('input', (msg) => left.push(msg));
      node('sync').receive({ payload: people(3) });
      node('sync').receive({ payload: people(3) });
      await reached;
      await end();
      assert.deepEqual(
        error.args.map(([{ code }]) => code),
        ['CANCELLED', 'CANCELLED'],
      );
      assert.deepEqual(left, []);
    });
  }

  it('an unreachable terminal ends in an error that names it', async () => {
    await start();
    await terminal.stop();
    const error = await failure('sync', { payload: people(1) });
    assert.deepEqual([error.code, error.cause['terminal'], error.cause.retryable], ['UNREACHABLE', 'Lobby', true]);
  });

  it('keeps pictures and secrets out of its result and its errors', async () => {
    await start();
    terminal.fault({ kind: 'status', at: 'face', code: { statusCode: 6, subStatusCode: 'faceLowQulity' } });
    const result = await synced(people(1, { face: facePicture('Alex') }));
    const bad = [{ employeeNo: '1', name: '', face: facePicture('Alex') }];
    for (const said of [result, await failure('sync', { payload: bad })]) {
      assert.doesNotMatch(JSON.stringify(said), /secret|response=|"Buffer"|"image"/);
    }
  });
});
