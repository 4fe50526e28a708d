import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import helper from 'node-red-node-test-helper';

import { SimulatedTerminal } from '../../../simulator/simulated-terminal.js';
import { freePort } from '../../harness/free-port.js';
import {
  deploy,
  failure,
  node,
  send,
  terminalNode,
  undeploy,
  type FlowNode,
  type Message,
} from '../../harness/node-red/flow.js';
import { line } from '../../harness/node-red/node-red-line.js';

const LOGIN = { username: 'operator', password: 'right-password' };
const FROM_EDITOR = ['X-Requested-With', 'XMLHttpRequest'] as const;

interface Reply {
  status: number;
  body: { error?: string; findings?: { id: string; state: string }[]; fingerprint?: string };
}
interface Posting {
  set(name: string, value: string): Posting;
  send(body: object): Promise<Reply>;
}
const server = helper as unknown as { request(): { post(path: string): Posting } };

describe(`many terminals in Node-RED ${line}`, () => {
  let terminals: SimulatedTerminal[];
  let rows: Record<string, string>[];
  let folder: string;

  before(async () => {
    await helper.startServer();
    folder = await mkdtemp(path.join(tmpdir(), 'hikvision-directory-'));
    terminals = ['127.83.0.1', '127.83.0.2', '127.83.0.3'].map(
      (host) => new SimulatedTerminal({ port: 0, host, model: 'DS-K1T343EFWX', ...LOGIN }),
    );
    await Promise.all(terminals.map((terminal) => terminal.start()));
    rows = terminals.map(({ address: { host, port, protocol } }, index) => {
      const site = index === 0 ? 'North' : 'South';
      return { name: `Door ${index + 1}`, host, port: String(port), protocol, site, login: 'doors' };
    });
  });
  afterEach(() => undeploy());
  after(async () => {
    await Promise.all(terminals.map((terminal) => terminal.stop()));
    await rm(folder, { recursive: true, force: true });
    await helper.stopServer();
  });

  async function deployWith(directory: object, more: FlowNode[] = []): Promise<void> {
    const credentials = { login1: 'doors', username1: LOGIN.username, password1: LOGIN.password };
    await deploy(
      [
        {
          id: 'houses',
          type: 'terminal-directory',
          name: 'Houses',
          source: 'table',
          retries: '0',
          timeout: '5',
          ...directory,
        },
        {
          id: 'each',
          type: 'each-terminal',
          z: 'tab',
          directory: 'houses',
          site: 'site',
          siteType: 'msg',
          wires: [['ask', 'all']],
        },
        { id: 'all', type: 'helper', z: 'tab' },
        {
          id: 'ask',
          type: 'isapi-request',
          z: 'tab',
          terminal: '',
          method: 'GET',
          path: '/ISAPI/System/deviceInfo',
          pathType: 'str',
          wires: [['out']],
        },
        { id: 'out', type: 'helper', z: 'tab' },
        ...more,
      ],
      { houses: credentials, other: credentials },
    );
  }

  /** Sends a message to each-terminal, and gives what left it. */
  async function each(msg: Message, count: number): Promise<Record<string, unknown>[]> {
    const seen: Record<string, unknown>[] = [];
    const all = new Promise<void>((resolve) => {
      node('all').on('input', (out) => {
        seen.push(out);
        if (seen.length === count) resolve();
      });
    });
    node('each').receive(msg);
    await all;
    return seen;
  }

  it('a device node finds a terminal of the table by msg.terminal, with the login that its row names', async () => {
    await deployWith({ terminals: rows });
    for (const { name } of rows) {
      const { at, msg } = await send('ask', { terminal: name }, ['out']);
      assert.equal(at, 'out', JSON.stringify(msg.error));
      assert.equal(msg['statusCode'], 200);
    }
  });

  it('each-terminal sends one message a terminal, of all or of a site, as join takes them', async () => {
    await deployWith({ terminals: rows });
    const all = await each({ payload: { x: 1 }, topic: 'keep', parts: { id: 'outer' } }, 3);
    assert.deepEqual(
      all.map((msg) => [msg['terminal'], msg['site'], msg['topic']]),
      rows.map(({ name, site }) => [name, site, 'keep']),
    );
    const parts = all.map((msg) => msg['parts'] as Record<string, unknown>);
    assert.deepEqual(
      parts.map(({ index, count, type, parts: outer }) => [index, count, type, outer]),
      [0, 1, 2].map((index) => [index, 3, 'array', { id: 'outer' }]),
    );
    assert.equal(new Set(parts.map(({ id }) => id)).size, 1);
    assert.notEqual(all[0]?.['payload'], all[1]?.['payload']);
  });

  it('each-terminal takes a site, and says which there are where none has it', async () => {
    await deployWith({ terminals: rows });
    assert.deepEqual(
      (await each({ site: 'South' }, 2)).map((msg) => msg['terminal']),
      ['Door 2', 'Door 3'],
    );
    const error = await failure('each', { site: 'West' });
    assert.equal(error.code, 'INVALID_INPUT');
    assert.match(error.message + error.cause.hint, /West.*North, South/s);
  });

  it('a bad row fails by its name with line and column, an offline terminal holds up nobody, and the others work', async () => {
    const offline = { ...rows[0], name: 'Offline', port: String(await freePort()) };
    await deployWith({ terminals: [{ name: 'Bad', host: '192.0.2.1', port: 'x' }, offline, rows[1]] });
    const errors: string[] = [];
    const good = new Promise<void>((resolve) => {
      const see = (): void => {
        if (errors.length === 2 && answered) resolve();
      };
      let answered = false;
      node('caught').on('input', (msg) => {
        errors.push((msg as unknown as { error: { code: string; message: string } }).error.code);
        see();
      });
      node('out').on('input', (msg) => {
        answered = (msg as unknown as { terminal: string }).terminal === 'Door 2';
        see();
      });
    });
    node('each').receive({});
    await good;
    assert.deepEqual(errors.sort(), ['NOT_CONFIGURED', 'UNREACHABLE']);
    assert.match((await failure('ask', { terminal: 'Bad' })).message, /line 1, column port.*Houses/);
  });

  it('an isapi-config of that name wins, and a name in two directories is refused', async () => {
    const [first, second] = terminals;
    assert.ok(first && second);
    const other = { id: 'other', type: 'terminal-directory', name: 'Other', source: 'table', terminals: rows };
    const config = terminalNode(first, { id: 'config', name: 'Door 2', port: '1' });
    await deployWith({ terminals: rows }, [config, other]);
    assert.equal((await failure('ask', { terminal: 'Door 2' })).code, 'UNREACHABLE');
    const ambiguous = await failure('ask', { terminal: 'Door 1' });
    assert.deepEqual([ambiguous.code, ambiguous.cause['reason']], ['NOT_CONFIGURED', 'terminalAmbiguous']);
  });

  it('a file is there for the first message, is read again when it is replaced, and holds no login', async () => {
    const file = path.join(folder, 'terminals.csv');
    const csv = (some: typeof rows): string =>
      [
        'name,host,port,protocol,site',
        ...some.map((row) => [row['name'], row['host'], row['port'], row['protocol'], row['site']].join()),
      ].join('\n');
    await writeFile(file, csv(rows.slice(0, 1)));
    await deployWith({ source: 'file', file });
    assert.equal((await send('ask', { terminal: 'Door 1' }, ['out'])).at, 'out');
    assert.equal((await failure('ask', { terminal: 'Door 3' })).code, 'NOT_CONFIGURED');
    await writeFile(`${file}.new`, csv(rows));
    await rename(`${file}.new`, file);
    assert.equal((await each({}, 3)).length, 3);
    assert.equal((await send('ask', { terminal: 'Door 3' }, ['out'])).at, 'out');
  });

  it('without a directory or a terminal in it, each-terminal says so', async () => {
    await deployWith({ terminals: [] });
    assert.equal((await failure('each', {})).cause['reason'], 'directoryEmpty');
  });

  describe('the test of a row', () => {
    const post = (id: string, body: object): Promise<Reply> =>
      server
        .request()
        .post(`/terminal-directory/${id}/test`)
        .set(...FROM_EDITOR)
        .send(body);

    it('uses the stored password for a deployed address and user only', async () => {
      await deployWith({ terminals: rows.slice(0, 1) });
      const row = { ...rows[0], certificate: 'verify', fingerprint: '', ...LOGIN, password: '__PWRD__', tls: '' };
      const passed = await post('houses', row);
      assert.equal(passed.status, 200);
      assert.equal(passed.body.findings?.find(({ id }) => id === 'login')?.state, 'passed');
      const { host, port } = { host: rows[1]?.['host'], port: rows[1]?.['port'] };
      for (const changed of [{ host, port }, { username: 'admin' }]) {
        const { status, body } = await post('houses', { ...row, ...changed });
        assert.deepEqual([status, body.error], [400, 'password-needed']);
      }
      assert.equal((await post('_new', row)).body.error, 'password-needed');
    });
  });
});
