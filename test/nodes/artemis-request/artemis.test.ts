import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import type { NodeInitializer } from 'node-red';
import helper from 'node-red-node-test-helper';

import artemisConfig from '../../../nodes/artemis-config/artemis-config.js';
import artemisRequest from '../../../nodes/artemis-request/artemis-request.js';
import { SimulatedGateway, type GatewayOptions, type Scripted } from '../../harness/gateway/simulated-gateway.js';
import { certificate } from '../../harness/terminal/certificate.js';
import { arrivalAt, failure, node, send, undeploy, type FlowNode, type Message } from '../../harness/node-red/flow.js';
import { line, runtimePath } from '../../harness/node-red/node-red-line.js';

const requireOfRuntime = createRequire(runtimePath);
const CORE = [
  'common/20-inject',
  'common/21-debug',
  'common/25-catch',
  'common/60-link',
  'common/90-comment',
  'function/10-switch',
].concat(['function/15-change', 'function/89-delay', 'sequence/17-split']);
const NODES = [
  artemisConfig,
  artemisRequest,
  ...CORE.map((file) => requireOfRuntime(`@node-red/nodes/core/${file}.js`) as unknown),
] as NodeInitializer[];

interface Reply {
  status: number;
  body: { error?: string; findings?: { id: string; state: string; failure?: { hint: { key: string } } }[] };
}

/** What the helper has besides what the harness declares. */
const helperParts = helper as unknown as {
  log(): { args: unknown[][] };
  request(): {
    post(path: string): { set(name: string, value: string): { send(body: object): Promise<Reply> } };
    get(path: string): Promise<{ body: Record<string, unknown>[] }>;
  };
};

const VERSION = '/api/common/v1/version';
const LIST = '/api/resource/v1/person/personList';
const ADD = '/api/resource/v1/person/single/add';

describe(`artemis nodes in Node-RED ${line}`, () => {
  let simulated: SimulatedGateway;

  async function start(options: Partial<GatewayOptions> = {}): Promise<void> {
    simulated = new SimulatedGateway(options);
    await simulated.start();
  }

  function configNode(more: object = {}): FlowNode {
    const { port } = simulated;
    return { id: 'gateway', type: 'artemis-config', name: 'HQ', protocol: 'http', host: '127.0.0.1', port, ...more };
  }

  function credentials(): Record<string, string> {
    const { appKey, appSecret } = simulated.options;
    return { appKey, appSecret };
  }

  async function deploy(request: object, config: object = {}, more: FlowNode[] = []): Promise<void> {
    const flow: FlowNode[] = [
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'errors', type: 'catch', z: 'tab', scope: null, uncaught: false, wires: [['caught']] },
      { id: 'caught', type: 'helper', z: 'tab' },
      { id: 'out', type: 'helper', z: 'tab' },
      configNode(config),
      {
        id: 'call',
        type: 'artemis-request',
        z: 'tab',
        gateway: 'gateway',
        pathType: 'str',
        wires: [['out']],
        ...request,
      },
      ...more,
    ];
    await helper.load(NODES, flow, { gateway: credentials() });
  }

  async function result(msg: object = {}): Promise<Message> {
    const { at, msg: out } = await send('call', msg as Message, ['out']);
    assert.equal(at, 'out', JSON.stringify(out['error']));
    return out;
  }

  afterEach(async () => {
    await undeploy();
    await simulated.stop();
  });

  describe('artemis-request', () => {
    it('gives data as the payload and keeps the rest of the message', async () => {
      await start();
      await deploy({ path: VERSION, body: '{}', bodyType: 'json' });
      const { payload, artemis, topic } = await result({ topic: 'kept', payload: 'old' });
      assert.deepEqual(payload, { softVersion: 'V3.1.0', productName: 'HikCentral Professional' });
      assert.deepEqual(artemis, { code: '0', msg: 'Success', path: `/artemis${VERSION}`, status: 200 });
      assert.equal(topic, 'kept');
      assert.deepEqual(simulated.rejected, []);
    });

    it('takes method, path, query, body and headers from where the node says', async () => {
      await start();
      const typed = { path: 'where', pathType: 'msg', query: '{"q": payload.name}', queryType: 'jsonata' };
      await deploy({ ...typed, method: 'PUT', body: 'what', bodyType: 'flow' });
      node('call').context().flow.set('what', { a: 'б' });
      await result({ where: '/api/echo', payload: { name: 'Анна' }, headers: { 'X-Ca-Stage': 'TEST' } });
      const [seen] = simulated.requests;
      assert.ok(seen);
      assert.equal(seen.method, 'PUT');
      assert.equal(seen.url, '/artemis/api/echo?q=%D0%90%D0%BD%D0%BD%D0%B0');
      assert.equal(seen.body.toString(), '{"a":"б"}');
      assert.match(String(seen.headers['x-ca-signature-headers']), /x-ca-stage/);
      assert.deepEqual(simulated.rejected, []);
    });

    it('does not send the headers of an earlier reply', async () => {
      await start();
      await deploy({ path: '/api/echo' });
      const reply = { userId: 'admin', 'x-ca-stage': 'TEST', date: 'x', 'x-forwarded-for': '192.0.2.1', accept: 'a/b' };
      await result({ payload: {}, headers: reply, statusCode: 200 });
      const { headers = {} } = simulated.requests.at(-1) ?? {};
      const passedOn = Object.keys(headers).filter((name) => name !== 'accept' && name in reply);
      assert.deepEqual([passedOn, headers['accept']], [[], '*/*']);
    });

    it('collects 1,234 persons in 13 calls', async () => {
      await start();
      fill(1234);
      await deploy({ path: LIST, paging: 'collect', body: '{}', bodyType: 'json' });
      const { payload, artemis } = await result();
      assert.equal((payload as unknown[]).length, 1234);
      assert.equal((artemis as { total: number }).total, 1234);
      assert.equal(simulated.requests.length, 13);
    });

    it('streams them as 13 messages whose parts a join node understands', async () => {
      await start();
      fill(1234);
      const join = { id: 'joiner', type: 'join', z: 'tab', mode: 'auto', build: 'array', wires: [['joined']] };
      await deploy({ path: LIST, paging: 'stream', pageSize: '100', wires: [['out', 'joiner']] }, {}, [
        join,
        { id: 'joined', type: 'helper', z: 'tab' },
      ]);
      const parts: unknown[] = [];
      node('out').on('input', (msg: Message) => parts.push([msg['parts'], (msg.payload as unknown[]).length]));
      const { msg } = await send('call', { payload: {}, topic: 'kept' }, ['joined']);
      assert.equal((msg.payload as unknown[]).length, 1234);
      assert.equal(msg['topic'], 'kept');
      const { id } = (parts[0] as [{ id: string }])[0];
      const length = (index: number): number => (index === 12 ? 34 : 100);
      assert.deepEqual(
        parts,
        Array.from({ length: 13 }, (_, index) => [{ id, type: 'array', len: 100, index, count: 13 }, length(index)]),
      );
      assert.equal(simulated.requests.length, 13);
    });

    it('points out doors that did not obey', async () => {
      await start();
      const failed = { doorIndexCode: '2', controlResultCode: 5, controlResultDesc: 'offline' };
      simulated.script('doControl', { code: '0', data: [{ doorIndexCode: '1', controlResultCode: 0 }, failed] });
      await deploy({ path: '/api/acs/v1/door/doControl' });
      const status = statusAfter('partly');
      const { artemis } = await result({ payload: { doorIndexCodes: ['1', '2'], controlType: 2 } });
      assert.deepEqual((artemis as { failed: unknown }).failed, [failed]);
      await status;
    });

    it('gives a Catch node code, cause and advice', async () => {
      await start();
      await deploy({ path: '/api/common/v1/nothing' });
      const { code, cause, message } = await failure('call', { payload: {} });
      assert.equal(code, 'artemis-8');
      assert.match(message, /does not support the call.*Check path and method/);
      const { hint, ...facts } = cause;
      // As the debug sidebar shows it.
      const shown: unknown = cause;
      assert.match(String(shown), /^HQ · POST .* · Check path/);
      assert.ok(hint.length > 10);
      assert.deepEqual(facts, {
        gateway: 'HQ',
        operation: 'POST /api/common/v1/nothing',
        httpStatus: 200,
        errorCode: 8,
        errorMsg: 'not supported',
        reason: 'gatewayRefused',
        retryable: false,
      });
    });

    it('adds a person once when the connection breaks, unless the node says that it may be repeated', async () => {
      await start();
      await deploy({ path: ADD });
      simulated.script('single/add', 'reset');
      const { cause } = await failure('call', { payload: { personCode: '1' } });
      assert.equal(cause.retryable, false);
      assert.equal(simulated.calls('single/add'), 1);
      await undeploy();
      await deploy({ path: ADD, idempotent: 'yes' });
      simulated.script('single/add', 'reset');
      assert.equal((await result({ payload: { personCode: '1' } })).payload, '1');
      assert.equal(simulated.calls('single/add'), 3);
    });

    it('does not repeat a call that only reads where the node says so', async () => {
      await start();
      await deploy({ path: VERSION, idempotent: 'no' });
      simulated.script('version', 'reset');
      assert.equal((await failure('call', { payload: {} })).code, 'UNREACHABLE');
      assert.equal(simulated.requests.length, 1);
    });

    it('says what is not configured or not usable', async () => {
      await start();
      const cases: [object, object, string][] = [
        [{ gateway: '' }, {}, 'NOT_CONFIGURED'],
        [{}, { host: 'https://hik.example.com/portal' }, 'NOT_CONFIGURED'],
        [{ path: '' }, {}, 'INVALID_INPUT'],
        [{ paging: 'stream', pageSize: 1000 }, {}, 'INVALID_INPUT'],
        [{ paging: 'collect', body: '[1]', bodyType: 'json' }, {}, 'INVALID_INPUT'],
      ];
      for (const [request, config, code] of cases) {
        await deploy({ path: LIST, ...request }, config);
        assert.equal((await failure('call', { payload: {} })).code, code, JSON.stringify(request));
        await undeploy();
      }
      assert.equal(simulated.requests.length, 0);
    });

    it('gives the findings of a check as the payload', async () => {
      await start();
      await deploy({ operation: 'check' });
      const { payload } = await result();
      const findings = payload as { id: string; state: string }[];
      assert.deepEqual(
        findings.map(({ id, state }) => `${id} ${state}`),
        [
          ...['credentials passed', 'address passed', 'tls warned', 'clock passed'],
          ...['signature passed', 'version passed', 'permission passed'],
          ...['persons passed', 'visitors passed', 'accessLevels passed', 'devices passed'],
        ],
      );
      assert.ok(!JSON.stringify(findings).includes(simulated.options.appSecret));
    });

    it('says that the gateway is fine only when all of a check has passed', async () => {
      await start({ tls: certificate });
      const { fingerprint256 } = new X509Certificate(certificate.cert);
      const settings = { protocol: 'https', certificate: 'pin', fingerprint: fingerprint256 };
      await deploy({ operation: 'check' }, settings);
      const fine = statusAfter('accepted');
      await result();
      await fine;
      const failures: [string, Scripted][] = [
        ['personList', { code: '69' }],
        ['RegisterRecord', { code: '8' }],
        ['privilege/group', { code: '6' }],
        ['acsDeviceList', { status: 404, type: 'text/html', body: 'no' }],
        ['version', { code: '6' }],
        ['version', { code: '0', data: { softVersion: 'V1.7' } }],
      ];
      for (const [path, answer] of failures) {
        simulated.script(path, answer);
        const said = statusAfter('attention');
        await result();
        await said;
      }
    });

    it('names in the findings of a check the right that is missing and where to add it', async () => {
      await start();
      simulated.script('RegisterRecord', { code: '69' });
      await deploy({ operation: 'check' });
      const findings = (await result()).payload as { id: string; what: string; hint?: string }[];
      const visitors = findings.find(({ id }) => id === 'visitors');
      // The helper has no catalogues: a sentence is its key. Those have a test of their own.
      assert.match(visitors?.what ?? '', /^artemis-config\.finding\.visitors\.forbidden\. .* 69/);
      assert.match(visitors?.hint ?? '', /artemis-config\.finding\.visitors\.right$/);
      assert.equal(findings.find(({ id }) => id === 'persons')?.what, 'artemis-config.finding.persons.passed');
    });

    it('ends what is in flight with CANCELLED when it is closed', async () => {
      await start();
      simulated.script('version', 'silence');
      await deploy({ path: VERSION });
      // The helper spies on every node's error().
      const { error } = node('call') as unknown as { error: { args: [{ code: string }][] } };
      const asked = simulated.nextRequest();
      node('call').receive({ payload: {} });
      await asked;
      await helper.clearFlows();
      assert.deepEqual(
        error.args.map(([{ code }]) => code),
        ['CANCELLED'],
      );
    });
  });

  describe('artemis-config', () => {
    it('writes what it signs to the log, at the level that is shown by default, only when asked to, and never the secret', async () => {
      await start();
      const { appKey, appSecret } = simulated.options;
      const INFO = 40;
      for (const debugSigning of [false, true]) {
        await deploy({ path: VERSION }, { debugSigning });
        simulated.script('version', { code: '64' }, { code: '0x02401003', msg: `StringToSign: x-ca-key:${appKey}` });
        const errors = [await failure('call', {}), await failure('call', {})];
        const entries = helperParts.log().args.map(([entry]) => entry as { level: number; msg: unknown });
        const shown = JSON.stringify(entries.filter(({ level }) => level <= INFO));
        assert.equal(shown.includes('--- string to sign'), debugSigning);
        const text = JSON.stringify(entries) + JSON.stringify(errors);
        assert.equal(text.includes('x-ca-key:29****71'), true);
        assert.equal(text.includes('--- string to sign'), debugSigning);
        assert.equal(text.includes(appSecret), false);
        assert.equal(text.includes(appKey), false);
        await undeploy();
      }
    });

    describe('check endpoint', () => {
      before(() => helper.startServer());
      after(() => helper.stopServer());

      function check(id: string, dialog: object): Promise<Reply> {
        const { protocol, host, port, basePath = '/artemis' } = configNode() as Record<string, unknown>;
        const common = { protocol, host, port: String(port), basePath, certificate: 'verify', timeout: '2' };
        const typed = { ...common, ...credentials(), ...dialog };
        return helperParts
          .request()
          .post(`/artemis-config/${id}/check`)
          .set('X-Requested-With', 'XMLHttpRequest')
          .send(typed);
      }

      it('tests the settings of a dialog that was never deployed', async () => {
        await start();
        await deploy({ path: VERSION });
        const { status, body } = await check('_new', {});
        assert.equal(status, 200);
        assert.ok(body.findings?.every(({ state, id }) => state === 'passed' || id === 'tls'));
      });

      it('uses the stored secret for the deployed address and key, and for nothing else', async () => {
        await start();
        await deploy({ path: VERSION });
        const stored = { appSecret: '__PWRD__' };
        assert.equal(
          (await check('gateway', stored)).body.findings?.find(({ id }) => id === 'signature')?.state,
          'passed',
        );
        const asked = simulated.requests.length;
        for (const other of [
          { host: 'localhost' },
          { port: '1' },
          { protocol: 'https' },
          { basePath: '/other' },
          { appKey: '29666672' },
          { host: `http://localhost:${simulated.port}`, port: '' },
        ]) {
          const { status, body } = await check('gateway', { ...stored, ...other });
          assert.deepEqual([status, body.error], [400, 'password-needed'], JSON.stringify(other));
        }
        for (const id of ['_new', 'call', 'nobody']) {
          assert.equal((await check(id, stored)).body.error, 'password-needed');
        }
        assert.equal(simulated.requests.length, asked);
      });

      it('says what is wrong with an address, and gives special advice as a hint', async () => {
        await start();
        await deploy({ path: VERSION });
        const refused = await check('_new', { host: 'https://hik.example.com/portal' });
        assert.equal(refused.status, 400);
        assert.equal(refused.body.error, 'settings');
        assert.match(JSON.stringify(refused.body), /hik\.example\.com/);
        const { body } = await check('_new', { appSecret: 'wrong-secret-wrong-s' });
        const signature = body.findings?.find(({ id }) => id === 'signature');
        assert.match(signature?.failure?.hint.key ?? '', /secret/i);
        assert.ok(!JSON.stringify(body).includes(simulated.options.appSecret));
      });

      it('has a catalogue of operations', async () => {
        await start();
        await deploy({ path: VERSION });
        const { body } = await helperParts.request().get('/artemis-request/operations');
        const add = body.find(({ id }) => id === 'personAdd');
        assert.equal(body.length, 20);
        assert.deepEqual(Object.keys(add ?? {}), ['id', 'group', 'method', 'path', 'body']);
      });
    });
  });

  describe('examples', () => {
    async function load(name: string): Promise<FlowNode[]> {
      const file = path.resolve(__dirname, `../../../examples/systems/${name}.json`);
      const flow = JSON.parse(await readFile(file, 'utf8')) as FlowNode[];
      const config = flow.find(({ type }) => type === 'artemis-config');
      const results = flow.filter(({ type }) => type === 'debug').map(({ id }) => id);
      const [tab] = flow.filter(({ type }) => type === 'tab');
      assert.ok(config && tab);
      const { port } = simulated;
      Object.assign(config, { protocol: 'http', host: '127.0.0.1', port, retries: '0', timeout: '2' });
      for (const { wires } of flow as { wires?: string[][] }[]) {
        for (const ends of wires ?? []) if (ends.some((end) => results.includes(end))) ends.push('report');
      }
      flow.push({ id: 'report', type: 'helper', z: tab.id });
      const dynamic = { linkType: 'dynamic', links: [], timeout: '60', wires: [['answer']] };
      flow.push(
        { id: 'caller', type: 'link call', z: tab.id, ...dynamic },
        { id: 'answer', type: 'helper', z: tab.id },
      );
      // The test waits for no device.
      for (const each of flow) if (each.type === 'delay' && each['name'] === '2 s') each['timeout'] = '0.01';
      // Not load(): it registers the catch node once for each one in the flow, which fails at the second.
      await helper.load(NODES, []);
      await helper.setFlows(flow, 'full', { [config.id]: credentials() });
      return flow;
    }

    async function press(flow: FlowNode[], button: string): Promise<Record<string, unknown>> {
      const inject = flow.find(({ type, name }) => type === 'inject' && name === button);
      assert.ok(inject);
      const report = arrivalAt(['report']);
      node(inject.id).receive({});
      return (await report).msg.payload as Record<string, unknown>;
    }

    it('add a person with a photo, give access, apply, find the person again, and revoke', async () => {
      await start();
      const flow = await load('hikcentral-person');
      assert.equal((await press(flow, 'Add this person'))['outcome'], 'added');
      assert.deepEqual([...(simulated.access.get('1') ?? [])], ['1']);
      const [person] = simulated.persons.values();
      assert.match(JSON.stringify(person?.['faces']), /^\[\{"faceData":"\/9j\//);
      assert.equal((await press(flow, 'Add this person'))['outcome'], 'found');
      assert.equal(simulated.persons.size, 1);
      assert.match(String(person?.['face']), /^\/9j\//);
      assert.equal((await press(flow, 'Revoke access'))['outcome'], 'revoked');
      assert.equal(simulated.access.get('1')?.size, 0);
      assert.deepEqual(simulated.applied, ['1', '1', '1']);
      assert.deepEqual(simulated.rejected, []);
    });

    it('go round the retry loop for a busy gateway, and show the advice for the rest', async () => {
      await start();
      const flow = await load('hikcentral-person');
      simulated.script('addPersons', { code: '6' });
      const added = await press(flow, 'Add this person');
      assert.deepEqual([added['outcome'], added['retries']], ['found', 1]);
      assert.equal(simulated.persons.size, 1);
      simulated.script('deletePersons', { code: '69' });
      const refused = await press(flow, 'Revoke access');
      assert.equal(refused['code'], 'artemis-69');
      assert.equal(refused['step'], 'accessRevoke');
      assert.match(String(refused['hint']), /Authorise it for the partner/);
    });

    it('add nobody twice when the connection breaks during "add"', async () => {
      await start();
      const flow = await load('hikcentral-person');
      simulated.script('single/add', 'reset');
      const report = await press(flow, 'Add this person');
      assert.deepEqual([report['outcome'], report['step'], report['retries']], ['failed', 'personAdd', 0]);
      assert.equal(simulated.calls('single/add'), 1);
    });

    /** What a flow gets that calls a link in of the example. */
    async function call(flow: FlowNode[], link: string, payload: object): Promise<Message> {
      const target = flow.find(({ type, name }) => type === 'link in' && name === link);
      assert.ok(target, link);
      const caller = node('caller') as unknown as { receive: (msg: object) => void };
      const answer = arrivalAt(['answer']);
      caller.receive({ target: target['name'], payload });
      return (await answer).msg;
    }

    function payloadOf(flow: FlowNode[], button: string): Record<string, unknown> {
      const inject = flow.find(({ type, name }) => type === 'inject' && name === button);
      return JSON.parse(String(inject?.['payload'])) as Record<string, unknown>;
    }

    /** Everything that the flow keeps. */
    function kept(flow: FlowNode[]): string {
      const inject = flow.find(({ type }) => type === 'inject');
      const { flow: context, global } = node(inject?.id ?? '').context();
      const values = (store: typeof context): unknown[] => store.keys().map((key: string) => store.get(key));
      return JSON.stringify([...values(context), ...values(global)]);
    }

    it('is called by other flows, which get the outcome and no photo back, and keeps no face', async () => {
      await start();
      const person = await load('hikcentral-person');
      const added = await call(person, 'add a person', payloadOf(person, 'Add this person'));
      assert.equal((added.payload as { outcome: string }).outcome, 'added');
      assert.doesNotMatch(JSON.stringify(added) + kept(person), /\/9j\//);
      const revoked = await call(person, 'revoke access', { personCode: '100222', accessLevel: '1' });
      assert.equal((revoked.payload as { outcome: string }).outcome, 'revoked');
    });

    it('hold no key, secret, or address of a real gateway', async () => {
      await start();
      for (const name of ['hikcentral-person', 'hikcentral-visitor']) {
        const text = await readFile(path.resolve(__dirname, `../../../examples/systems/${name}.json`), 'utf8');
        assert.doesNotMatch(text, /appKey|appSecret|credentials/);
        assert.match(text, /"host": "hikcentral\.example\.com"/);
      }
    });
  });

  function fill(persons: number): void {
    for (let i = 1; i <= persons; i += 1) simulated.persons.set(String(i), { personId: String(i) });
  }

  /** Resolves when the node shows the status whose key ends so. */
  function statusAfter(key: string): Promise<void> {
    return new Promise((resolve) => {
      node('call').on('call:status', ({ args }: { args: [{ text?: string }] }) => {
        if (args[0].text?.endsWith(`status.${key}`)) resolve();
      });
    });
  }
});
