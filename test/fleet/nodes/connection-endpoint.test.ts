import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

import { TestPostgres } from '../../harness/fleet/postgres.js';
import { NodeRedProcess } from '../../harness/node-red/node-red-process.js';

const STORED = '__PWRD__';
const FROM_EDITOR = { 'Content-Type': 'application/json', 'X-Requested-With': 'XMLHttpRequest' };

interface Answer {
  status: number;
  text: string;
  body: { findings: { id: string; state: string }[]; error: string; params: Record<string, string> };
}

describe('the endpoint behind "Test connection" of a fleet-config', function () {
  this.timeout(60_000);
  const postgres = TestPostgres.forAll();
  let red: NodeRedProcess;
  let stranger: Server;
  let connections = 0;

  before(async () => {
    stranger = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const fleet = { type: 'fleet-config', schema: 'fleet', directory: 'houses', auditFrom: '', auditTo: '' };
    red = await NodeRedProcess.start({
      flow: [
        { id: 'tab', type: 'tab' },
        { id: 'houses', type: 'terminal-directory', name: 'Houses', source: 'table', terminals: [] },
        { ...fleet, ...deployed(), id: 'config', schema: '${TEST_SCHEMA}' },
        { ...fleet, connection: 'url', id: 'byUrl' },
        { id: 'out', type: 'fleet-out', z: 'tab', x: 1, y: 1, fleet: 'config', wires: [[]] },
        { id: 'out2', type: 'fleet-out', z: 'tab', x: 1, y: 1, fleet: 'byUrl', wires: [[]] },
      ],
      credentials: { config: { user: 'postgres', password: 'fleet' }, byUrl: { url: postgres.url } },
      environment: { TEST_SCHEMA: 'from_the_environment' },
    });
  });
  after(async () => {
    await (red as NodeRedProcess | undefined)?.remove();
    stranger.close();
  });

  function deployed(): Record<string, unknown> {
    return { connection: 'fields', host: '127.0.0.1', port: String(postgres.port), database: 'fleet', tls: '' };
  }

  /** As the editor sends it. */
  function dialog(changes: object = {}): object {
    return {
      ...deployed(),
      user: 'postgres',
      password: STORED,
      schema: 'fleet',
      sites: '',
      parallel: '20',
      ...changes,
    };
  }

  async function test(id: string, settings: object): Promise<Answer> {
    const reply = await red.fetch(`fleet-config/${id}/test`, {
      method: 'POST',
      headers: FROM_EDITOR,
      body: JSON.stringify(settings),
    });
    const text = await reply.text();
    return { status: reply.status, text, body: JSON.parse(text) as Answer['body'] };
  }

  function statesOf({ body }: Answer): string[] {
    return [...new Set(body.findings.map(({ state }) => state))];
  }

  it('uses the stored password, and the stored URL, for the database that is deployed', async () => {
    assert.deepEqual(statesOf(await test('config', dialog())), ['passed']);
    const byUrl = { connection: 'url', url: STORED, schema: 'fleet' };
    const answer = await test('byUrl', byUrl);
    assert.deepEqual(statesOf(answer), ['passed']);
    assert.ok(!answer.text.includes('postgres:fleet'));
  });

  it('uses what is typed, for any', async () => {
    assert.deepEqual(statesOf(await test('_new', dialog({ password: 'fleet' }))), ['passed']);
    const wrong = await test('_new', dialog({ password: 'not-the-right-one' }));
    assert.deepEqual(statesOf(wrong), ['failed']);
    assert.ok(!wrong.text.includes('not-the-right-one'));
  });

  for (const [what, change] of Object.entries({
    'another port': { port: '' },
    'another host': { host: 'localhost' },
    'another database': { database: 'postgres' },
    'another user': { user: 'somebody' },
    'other TLS settings': { tls: '_ADD_' },
  })) {
    it(`does not use the stored password for ${what}`, async () => {
      const port = (stranger.address() as AddressInfo).port;
      const changed = 'port' in change ? { port: String(port) } : change;
      const { status, body } = await test('config', dialog(changed));
      assert.deepEqual([status, body.error], [400, 'password-needed']);
      assert.equal(connections, 0);
    });
  }

  it('does not give a stored URL to a config that has none', async () => {
    const { status, body } = await test('config', dialog({ connection: 'url', url: STORED }));
    assert.deepEqual([status, body.error], [400, 'password-needed']);
  });

  it('reads an environment variable only where the deployed one has it, and goes where that goes', async () => {
    const schema = '${TEST_SCHEMA}';
    const { text } = await test('config', dialog({ schema }));
    assert.match(text, /from_the_environment/);
    const port = (stranger.address() as AddressInfo).port;
    for (const elsewhere of [
      dialog({ schema, password: 'mine', port: String(port) }),
      dialog({ schema, connection: 'url', url: `postgres://me:mine@127.0.0.1:${port}/x` }),
      dialog({ schema: 'fleet', database: schema }),
    ]) {
      const { status, body } = await test('config', elsewhere);
      assert.deepEqual([status, body.error], [400, 'env-not-deployed']);
    }
    assert.equal(connections, 0);
  });

  it('names the field that cannot be used', async () => {
    const { status, text } = await test('config', dialog({ schema: 'Upper' }));
    assert.equal(status, 400);
    assert.match(text, /"field":"schema"/);
  });
});
