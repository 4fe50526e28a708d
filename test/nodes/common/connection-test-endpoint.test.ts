import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { SimulatedTerminal, type SimulatorSettings } from '../../../simulator/simulated-terminal.js';
import { terminalNode } from '../../harness/node-red/flow.js';
import { NodeRedProcess } from '../../harness/node-red/node-red-process.js';
import { certificate } from '../../harness/terminal/certificate.js';

const LOGIN = { username: 'operator', password: 'stored-and-right' };
const STORED = '__PWRD__';
const SECRET = 'from-the-environment';
const FROM_EDITOR = { 'Content-Type': 'application/json', 'X-Requested-With': 'XMLHttpRequest' };
const ADMIN_PASSWORD = 'only for this test';
/** bcrypt of ADMIN_PASSWORD. */
const HASH = '$2b$08$us9qlZVRixLUu8ceXq/Tvu/fx8PPMY7YixQwTS1V1eiY0VTZjQS6K';

interface Answer {
  status: number;
  text: string;
  body: {
    findings: { id: string; state: string; failure?: unknown }[];
    error: string;
    params: Record<string, string>;
    fingerprint?: string;
  };
}

describe('the endpoint behind "Test connection"', () => {
  let terminal: SimulatedTerminal;
  let red: NodeRedProcess;

  before(async () => {
    terminal = await started();
    process.env['TEST_TERMINAL_HOST'] = terminal.address.host;
    process.env['TEST_TERMINAL_SECRET'] = SECRET;
    const byName = { host: '${TEST_TERMINAL_HOST}', name: 'By environment' };
    red = await NodeRedProcess.start({
      flow: [
        { id: 'tab', type: 'tab', label: 'test' },
        terminalNode(terminal),
        { ...terminalNode(terminal), ...byName, id: 'byEnvironment' },
        { id: 'user', type: 'create-user', z: 'tab', terminal: 'terminal', wires: [[]] },
        { id: 'user2', type: 'create-user', z: 'tab', terminal: 'byEnvironment', wires: [[]] },
      ],
      credentials: { terminal: LOGIN, byEnvironment: LOGIN },
      settings: {
        adminAuth: {
          type: 'credentials',
          users: [
            { username: 'writer', password: HASH, permissions: '*' },
            { username: 'reader', password: HASH, permissions: 'read' },
          ],
        },
      },
    });
  });

  after(async () => {
    delete process.env['TEST_TERMINAL_HOST'];
    delete process.env['TEST_TERMINAL_SECRET'];
    await red.remove();
    await terminal.stop();
  });

  async function started(settings: Partial<SimulatorSettings> = {}): Promise<SimulatedTerminal> {
    const simulator = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', ...LOGIN, ...settings });
    await simulator.start();
    return simulator;
  }

  async function tokenOf(username: string): Promise<string> {
    const reply = await red.fetch('auth/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        client_id: 'node-red-editor',
        grant_type: 'password',
        scope: '',
        username,
        password: ADMIN_PASSWORD,
      }),
    });
    return ((await reply.json()) as { access_token: string }).access_token;
  }

  async function post(
    endpoint: string,
    body: unknown,
    user: 'writer' | 'reader' | 'nobody' = 'writer',
  ): Promise<Answer> {
    const authorization = user === 'nobody' ? {} : { Authorization: `Bearer ${await tokenOf(user)}` };
    const reply = await red.fetch(endpoint.includes('/') ? endpoint : `isapi-config/${endpoint}/test`, {
      method: 'POST',
      headers: { ...FROM_EDITOR, ...authorization },
      body: JSON.stringify(body),
    });
    const text = await reply.text();
    const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : {};
    return { status: reply.status, text, body: parsed as Answer['body'] };
  }

  /** The dialog of the deployed terminal, unchanged but for this. */
  function dialog(changed: object = {}, of = terminal): object {
    const { protocol, host, port } = of.address;
    const address = { protocol, host, port: String(port), certificate: 'verify', fingerprint: '', tls: '' };
    return { ...address, timeout: '5', username: LOGIN.username, password: STORED, ...changed };
  }

  function state({ body }: Answer, id: string): string | undefined {
    return body.findings.find((finding) => finding.id === id)?.state;
  }

  for (const user of ['reader', 'nobody'] as const) {
    it(`is closed to ${user === 'reader' ? 'a user who may only read' : 'whoever is not logged in'}`, async () => {
      const before = terminal.counters.records.length;
      for (const endpoint of ['isapi-config/terminal/test', 'artemis-config/_new/check']) {
        const { status } = await post(endpoint, dialog(), user);
        assert.ok([401, 403].includes(status), `${endpoint}: ${status}`);
      }
      assert.equal(terminal.counters.records.length, before);
    });
  }

  it('uses the stored password where address and user are those that are deployed', async () => {
    const answer = await post('terminal', dialog());
    assert.equal(answer.status, 200, answer.text);
    assert.equal(state(answer, 'login'), 'passed');
    assert.ok(!answer.text.includes(LOGIN.password));
  });

  it('uses it as well where the address comes from the environment, in the dialog as when deployed', async () => {
    const answer = await post('byEnvironment', dialog({ host: '${TEST_TERMINAL_HOST}' }));
    assert.equal(state(answer, 'login'), 'passed', answer.text);
  });

  it('uses a password that is typed, for any address', async () => {
    const answer = await post('_new', dialog({ password: LOGIN.password }));
    assert.equal(state(answer, 'login'), 'passed', answer.text);
  });

  describe('and a stored password', () => {
    let foreign: SimulatedTerminal;

    before(async () => {
      foreign = await started({ tls: certificate });
    });
    after(() => foreign.stop());

    it('is not sent to another address', async () => {
      const { status, body } = await post('terminal', dialog({ certificate: 'none' }, foreign));
      assert.deepEqual([status, body.error], [400, 'password-needed']);
      assert.deepEqual([foreign.counters.connections, foreign.counters.records], [0, []]);
    });

    for (const [what, changed] of [
      ['another host name', { host: 'localhost' }],
      ['another port', { port: '1' }],
      ['another protocol', { protocol: 'https' }],
      ['another user', { username: 'somebody' }],
    ] as const) {
      it(`is not used with ${what}`, async () => {
        const before = terminal.counters.connections;
        const { status, body } = await post('terminal', dialog(changed));
        assert.deepEqual([status, body.error], [400, 'password-needed']);
        assert.equal(terminal.counters.connections, before);
      });
    }

    for (const id of ['_new', 'user', 'no-such-node']) {
      it(`is nobody's where ${id} is no deployed terminal`, async () => {
        const { status, body } = await post(id, dialog());
        assert.deepEqual([status, body.error], [400, 'password-needed']);
      });
    }
  });

  it('shows the certificate that it does not accept', async () => {
    const secure = await started({ tls: certificate });
    try {
      const answer = await post('_new', dialog({ password: LOGIN.password, certificate: 'pin' }, secure));
      assert.equal(state(answer, 'certificate'), 'failed', answer.text);
      assert.match(answer.body.fingerprint ?? '', /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
      assert.deepEqual(secure.counters.records, []);
    } finally {
      await secure.stop();
    }
  });

  it('names what happened as sentences of the catalogue, for the editor to translate', async () => {
    const answer = await post('_new', dialog({ port: '9', password: 'typed' }));
    const address = answer.body.findings.find(({ id }) => id === 'address');
    assert.deepEqual(address?.failure, {
      what: {
        catalogue: 'isapi-config',
        key: 'unreachable.what',
        params: { address: '127.0.0.1:9', reason: 'ECONNREFUSED' },
      },
      hint: {
        catalogue: 'isapi-config',
        key: 'unreachable.hint',
        params: { address: '127.0.0.1:9', reason: 'ECONNREFUSED' },
      },
    });
  });

  for (const [what, body, error, field] of [
    ['a host that is none', { host: 'http://x/' }, 'settings', 'host'],
    ['a port that is none', { port: 'x' }, 'settings', 'port'],
    [
      'a fingerprint that is none',
      { protocol: 'https', certificate: 'pin', fingerprint: 'abc' },
      'settings',
      'fingerprint',
    ],
    ['TLS settings that are not deployed', { tls: 'terminal' }, 'tls-not-deployed', undefined],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const answer = await post('terminal', dialog(body));
      assert.deepEqual([answer.status, answer.body.error, answer.body.params['field']], [400, error, field]);
    });
  }

  describe('asked by a page elsewhere', () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const typed = JSON.stringify({ host: '127.0.0.1', port: '1', username: 'a', password: 'b' });
    for (const [what, headers, body] of [
      ['a form', form, 'protocol=http&host=127.0.0.1&username=a&password=b'],
      ['a form with the header of the editor', { ...form, 'X-Requested-With': 'XMLHttpRequest' }, 'host=127.0.0.1'],
      ['text that is JSON', { 'Content-Type': 'text/plain' }, typed],
      ['JSON without the header of the editor', { 'Content-Type': 'application/json' }, typed],
      ['nothing at all', {}, ''],
    ] as const) {
      it(`${what} is refused and nothing is sent`, async () => {
        const before = terminal.counters.connections;
        const authorization = { Authorization: `Bearer ${await tokenOf('writer')}` };
        for (const endpoint of ['isapi-config/terminal/test', 'artemis-config/_new/check']) {
          const { status } = await red.fetch(endpoint, {
            method: 'POST',
            headers: { ...headers, ...authorization },
            body,
          });
          assert.ok(status >= 400 && status < 500, `${endpoint}: ${status}`);
        }
        assert.equal(terminal.counters.connections, before);
      });
    }
  });

  describe('and the environment', () => {
    for (const [what, id, changed] of [
      ['a host of a new node', '_new', { host: '${TEST_TERMINAL_SECRET}' }],
      ['a user name of a new node', '_new', { username: '${TEST_TERMINAL_SECRET}', password: 'typed' }],
      ['a host that is not the deployed one', 'terminal', { host: '${TEST_TERMINAL_SECRET}', password: 'typed' }],
      ['a user name that is not the deployed one', 'terminal', { username: '${TEST_TERMINAL_SECRET}' }],
      ['a deployed variable at another port', 'byEnvironment', { host: '${TEST_TERMINAL_HOST}', port: '9' }],
    ] as const) {
      it(`is not read by ${what}`, async () => {
        const before = terminal.counters.connections;
        const answer = await post(id, dialog(changed));
        assert.deepEqual([answer.status, answer.body.error], [400, 'env-not-deployed']);
        assert.ok(!answer.text.includes(SECRET));
        assert.equal(terminal.counters.connections, before);
      });
    }
  });

  describe('at a terminal that is slow', () => {
    it('tests one address once at a time, and three addresses at most', async () => {
      const slow = await Promise.all(Array.from({ length: 4 }, silent));
      try {
        const ask = (port: number): Promise<Answer> =>
          post('_new', dialog({ port: String(port), password: 'typed', timeout: '2' }));
        const first = slow.slice(0, 3).map(({ port }) => ask(port));
        await Promise.all(slow.slice(0, 3).map(({ asked }) => asked));
        const [again, fourth] = await Promise.all([ask(slow[0]?.port ?? 0), ask(slow[3]?.port ?? 0)]);
        assert.deepEqual([again.status, again.body.error], [429, 'busy']);
        assert.deepEqual([fourth.status, fourth.body.error], [429, 'busy']);
        assert.deepEqual(
          (await Promise.all(first)).map(({ status }) => status),
          [200, 200, 200],
        );
        const later = ask(slow[3]?.port ?? 0);
        await slow[3]?.asked;
        assert.equal((await later).status, 200);
      } finally {
        for (const { server, sockets } of slow) {
          for (const socket of sockets) socket.destroy();
          server.close();
        }
      }
    });

    /** A server that takes connections and never answers. */
    async function silent(): Promise<{ server: Server; sockets: Set<Socket>; port: number; asked: Promise<unknown> }> {
      const sockets = new Set<Socket>();
      const server = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
      const asked = once(server, 'connection');
      await once(server, 'listening');
      return { server, sockets, port: (server.address() as AddressInfo).port, asked };
    }
  });

  it('refuses a body that is no object', async () => {
    assert.equal((await post('terminal', [])).status, 400);
  });
});
