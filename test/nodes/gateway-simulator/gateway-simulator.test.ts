import assert from 'node:assert/strict';

import type { NodeInitializer } from 'node-red';
import helper from 'node-red-node-test-helper';

import artemisConfig from '../../../nodes/artemis-config/artemis-config.js';
import artemisRequest from '../../../nodes/artemis-request/artemis-request.js';
import gatewaySimulator from '../../../nodes/gateway-simulator/gateway-simulator.js';
import {
  arrivalAt,
  failure,
  node,
  send,
  stop,
  undeploy,
  type FlowNode,
  type Message,
} from '../../harness/node-red/flow.js';
import { freePort } from '../../harness/free-port.js';
import { line } from '../../harness/node-red/node-red-line.js';

const PARTNER = { appKey: '29666671', appSecret: 'Zm9vYmFyYmF6cXV4MTIz' };
const ALEX = { personCode: '100222', personGivenName: 'Alex', personFamilyName: 'Example' };
const ADD = '/api/resource/v1/person/single/add';

describe(`gateway-simulator in Node-RED ${line}`, () => {
  afterEach(() => undeploy());

  /** Deploys a simulator, an artemis-config for it and a request node; gives the port. */
  async function deploy(simulator: object = {}, own: object = PARTNER, asked: object = PARTNER): Promise<number> {
    const port = await freePort();
    const flow: FlowNode[] = [
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'errors', type: 'catch', z: 'tab', scope: null, uncaught: false, wires: [['caught']] },
      ...['caught', 'out', 'told'].map((id) => ({ id, type: 'helper', z: 'tab' })),
      { id: 'unit', type: 'gateway-simulator', z: 'tab', port: String(port), wires: [['told']], ...simulator },
      { id: 'gateway', type: 'artemis-config', name: 'HQ', protocol: 'http', host: '127.0.0.1', port, retries: '0' },
      {
        id: 'call',
        type: 'artemis-request',
        z: 'tab',
        gateway: 'gateway',
        path: 'path',
        pathType: 'msg',
        wires: [['out']],
      },
      {
        id: 'checker',
        type: 'artemis-request',
        z: 'tab',
        gateway: 'gateway',
        operation: 'check',
        pathType: 'str',
        wires: [['out']],
      },
    ];
    await helper.load([artemisConfig, artemisRequest, gatewaySimulator] as NodeInitializer[], flow, {
      unit: own,
      gateway: asked,
    });
    await started('unit');
    return port;
  }

  /** Resolves with what the node shows once it runs, or has failed to. */
  function started(id: string): Promise<string> {
    return new Promise((resolve) => {
      node(id).on('call:status', (call: { args: [{ text: string }] }) => resolve(call.args[0].text));
    });
  }

  async function call(path: string, payload: object): Promise<Message> {
    const { at, msg } = await send('call', { path, payload }, ['out']);
    assert.equal(at, 'out', JSON.stringify(msg.error));
    return msg;
  }

  it('listens on loopback only, on a port of its own where it has none, and says where', async () => {
    const flow: FlowNode[] = [
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'unit', type: 'gateway-simulator', z: 'tab', port: '0', wires: [[]] },
    ];
    await helper.load([gatewaySimulator] as NodeInitializer[], flow, {});
    assert.match(await started('unit'), /^127\.0\.0\.1:[1-9]\d+$/);
  });

  it('answers calls that artemis-request signs, and tells what happened', async () => {
    await deploy();
    const told = arrivalAt(['told']);
    const { payload } = await call(ADD, ALEX);
    const { msg } = await told;
    assert.equal(msg['topic'], 'person created');
    const { event, personId, personCode, name, hasFace } = msg.payload as Record<string, unknown>;
    assert.deepEqual(
      [event, personId, personCode, name, hasFace],
      ['person created', payload, '100222', 'Alex Example', false],
    );
  });

  for (const signature of ['key-nonce-timestamp', 'key-timestamp', 'key', 'minimal']) {
    it(`passes the whole check of a connection in the shape ${signature}`, async () => {
      await deploy({ signature });
      const { payload } = (await send('checker', {}, ['out'])).msg;
      const findings = (payload as { id: string; state: string }[]).map(({ id, state }) => `${id} ${state}`);
      // Another shape than that of the artemis-config works, and the check says so.
      const shape = signature === 'key-nonce-timestamp' ? 'signature passed' : 'signature warned';
      assert.deepEqual(findings, [
        ...['credentials passed', 'address passed', 'tls warned', 'clock passed', shape],
        ...['version passed', 'permission passed', 'persons passed', 'visitors passed'],
        ...['accessLevels passed', 'devices passed'],
      ]);
    });
  }

  it('refuses as a gateway does: the advice names what is wrong', async () => {
    await deploy({}, PARTNER, { ...PARTNER, appSecret: 'another' });
    const { code, message } = await failure('call', { path: ADD, payload: ALEX }, ['out']);
    assert.equal(code, 'artemis-0x02401003');
    assert.match(message, /secret/i);
    assert.doesNotMatch(message, new RegExp(PARTNER.appSecret));
  });

  it('without key and secret lets any key and signature in', async () => {
    await deploy({}, {}, { appKey: 'any', appSecret: 'other' });
    assert.equal((await call('/api/common/v1/version', {})).payload instanceof Object, true);
  });

  it('does what a message asks for', async () => {
    await deploy();
    for (const [payload, code] of [
      [{ fault: { kind: 'forbidden', at: 'persons' } }, 'artemis-69'],
      [{ partner: 'disabled' }, 'artemis-64'],
    ] as const) {
      node('unit').receive({ payload });
      assert.equal((await failure('call', { path: ADD, payload: ALEX }, ['out'])).code, code);
    }
    node('unit').receive({ payload: { reset: true } });
    await call(ADD, ALEX);
  });

  it('refuses commands that it does not understand', async () => {
    await deploy();
    for (const payload of [5, null, {}, { fault: 'nonsense' }, { reset: 'yes' }, { device: 'Cellar', state: 'full' }]) {
      const error = await failure('unit', { payload });
      assert.equal(error.code, 'INVALID_INPUT', JSON.stringify(payload));
      assert.match(error.message, /simulator does not understand.*"reset": true/s);
    }
  });

  it('says so when its port is taken, or its settings cannot be used', async () => {
    const port = await deploy();
    const broken = async (more: object, credentials: object, why: RegExp): Promise<void> => {
      const flow: FlowNode[] = [
        { id: 'tab', type: 'tab', label: 'test' },
        { id: 'first', type: 'gateway-simulator', z: 'tab', port, wires: [[]] },
        { id: 'unit', type: 'gateway-simulator', z: 'tab', port: 0, wires: [[]], ...more },
      ];
      await undeploy();
      await helper.load([gatewaySimulator] as NodeInitializer[], flow, { unit: credentials });
      assert.equal(await started('unit'), 'gateway-simulator.status.stopped');
      const { error } = node('unit') as unknown as { error: { args: [string][] } };
      assert.match(String(error.args[0]?.[0]), why);
    };
    await broken({ port }, {}, /simulated gateway is not running.*EADDRINUSE.*another port/s);
    await broken({}, { appKey: '1' }, /belong together/);
    await broken({ version: 'a b' }, {}, /version/);
    await broken({ signature: 'none' }, {}, /signature/);
  });

  it('closes its port with the node', async () => {
    const port = await deploy();
    await fetch(`http://127.0.0.1:${port}/`);
    await stop();
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  });
});
