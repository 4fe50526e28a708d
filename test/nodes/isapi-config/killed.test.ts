import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { SimulatedTerminal } from '../../../simulator/simulated-terminal.js';
import { line } from '../../harness/node-red/node-red-line.js';
import { NodeRedProcess } from '../../harness/node-red/node-red-process.js';

const LOGIN = { username: 'operator', password: 'the right password' };
const WRONG = { ...LOGIN, password: 'the wrong password' };
const KILLS = 2;
/** What the editor sends in place of a password that was not typed again. */
const STORED = '__PWRD__';

describe(`a login that was rejected, in a Node-RED ${line} that is killed`, function () {
  this.timeout(120_000);

  let terminal: SimulatedTerminal;
  let red: NodeRedProcess;

  beforeEach(async () => {
    terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', ...LOGIN });
    await terminal.start();
    red = await NodeRedProcess.start();
    await red.deploy(flow(terminal.address.port, WRONG));
  });

  afterEach(async () => {
    await red.remove();
    await terminal.stop();
  });

  /** Sends a message through the flow: `passed`, or the code of its error. */
  async function ask(): Promise<string> {
    return (await red.fetch('ask')).text();
  }

  async function killAndStart(): Promise<void> {
    await red.kill('SIGKILL');
    await red.resume();
  }

  /** What Test connection says of the login, pressed in the unchanged dialog. */
  async function pressTest(): Promise<string | undefined> {
    const { protocol, host, port } = terminal.address;
    const dialog = {
      protocol,
      host,
      port: String(port),
      certificate: 'verify',
      fingerprint: '',
      tls: '',
      timeout: '5',
    };
    const reply = await red.fetch('isapi-config/terminal/test', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'XMLHttpRequest' },
      body: JSON.stringify({ ...dialog, username: LOGIN.username, password: STORED }),
    });
    const { findings } = (await reply.json()) as { findings: { id: string; state: string; text?: string }[] };
    const finding = findings.find(({ id }) => id === 'login');
    return finding?.text ?? finding?.state;
  }

  /** What is kept of the terminal's logins, in words. */
  async function kept(): Promise<string[]> {
    const folder = path.join(red.userDir, 'hikvision', 'logins');
    const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    return Promise.all(files.map((name) => readFile(path.join(folder, name), 'utf8')));
  }

  it('is one try over all its lives; a corrected password works at once', async () => {
    assert.equal(await ask(), 'UNAUTHORIZED');
    for (let kill = 0; kill < KILLS; kill += 1) {
      await killAndStart();
      assert.equal(await ask(), 'UNAUTHORIZED');
    }
    assert.equal(terminal.counters.signedRejections, 1);
    const [words = '', ...others] = await kept();
    assert.deepEqual(others, []);
    assert.doesNotMatch(words, /operator|password|[0-9a-f]{14}/);
    await red.deploy(flow(terminal.address.port, LOGIN));
    assert.equal(await ask(), 'passed');
    await killAndStart();
    assert.equal(await ask(), 'passed');
    assert.equal(terminal.counters.signedRejections, 1);
  });

  it('is held by the process alone where the user directory takes no files, which is said once', async () => {
    await writeFile(path.join(red.userDir, 'hikvision'), '');
    assert.deepEqual([await ask(), await ask()], ['UNAUTHORIZED', 'UNAUTHORIZED']);
    await red.deploy(flow(terminal.address.port, LOGIN));
    assert.equal(await ask(), 'passed');
    assert.equal(terminal.counters.signedRejections, 1);
    assert.equal(red.log.split('Rejected logins cannot be remembered in ').length, 2, red.log);
  });

  it('that is right by now is tried at the second press of Test connection, and then works on', async () => {
    assert.equal(await ask(), 'UNAUTHORIZED');
    await killAndStart();
    terminal.changePassword(WRONG.password);
    assert.deepEqual([await pressTest(), await pressTest()], ['sameLogin', 'passed']);
    assert.equal(await ask(), 'passed');
    assert.deepEqual(await kept(), []);
    assert.equal(terminal.counters.signedRejections, 1);
  });
});

function flow(port: number, credentials: typeof LOGIN): object[] {
  const z = 'tab';
  const host = '127.0.0.1';
  const say = (id: string, to: string, type: string): object => ({
    ...{ id, type: 'change', z, wires: [['answer']] },
    rules: [{ t: 'set', p: 'payload', pt: 'msg', to, tot: type }],
  });
  return [
    { id: z, type: 'tab', label: 'killed' },
    { id: 'terminal', type: 'isapi-config', name: 'Gate', protocol: 'http', host, port: String(port), credentials },
    { id: 'in', type: 'http in', z, url: '/ask', method: 'get', wires: [['look']] },
    {
      ...{ id: 'look', type: 'isapi-request', z, terminal: 'terminal', method: 'GET' },
      ...{ path: '/ISAPI/System/deviceInfo', pathType: 'str', wires: [['passed']] },
    },
    say('passed', 'passed', 'str'),
    { id: 'errors', type: 'catch', z, scope: ['look'], uncaught: false, wires: [['failed']] },
    say('failed', 'error.code', 'msg'),
    { id: 'answer', type: 'http response', z, statusCode: '', headers: {}, wires: [] },
  ];
}
