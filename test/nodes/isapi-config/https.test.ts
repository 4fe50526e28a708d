import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';

import { SimulatedTerminal } from '../../../simulator/simulated-terminal.js';
import { deploy, failure, node, send, terminalNode, undeploy, type FlowNode } from '../../harness/node-red/flow.js';
import { line } from '../../harness/node-red/node-red-line.js';
import { certificate } from '../../harness/terminal/certificate.js';

const FINGERPRINT = new X509Certificate(certificate.cert).fingerprint256;
const LOGIN = { username: 'admin', password: 'only for tests' };

describe(`a terminal over HTTPS in Node-RED ${line}`, () => {
  let unit: SimulatedTerminal;

  before(async () => {
    unit = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', tls: certificate, ...LOGIN });
    await unit.start();
  });
  beforeEach(() => unit.reset());
  afterEach(() => undeploy());
  after(() => unit.stop());

  async function start(config: object): Promise<void> {
    const request: FlowNode = {
      id: 'request',
      type: 'isapi-request',
      z: 'tab',
      terminal: 'terminal',
      method: 'GET',
      path: '/ISAPI/System/deviceInfo',
      pathType: 'str',
      wires: [['out']],
    };
    await deploy([terminalNode(unit, config), request, { id: 'out', type: 'helper', z: 'tab' }], { terminal: LOGIN });
  }

  it('is checked unless the user decides otherwise; the error names the fingerprint, and no HTTP was sent', async () => {
    await start({});
    const error = await failure('request', { payload: 1 });
    assert.equal(error.code, 'CERTIFICATE');
    assert.ok(error.message.includes(FINGERPRINT));
    assert.equal(unit.counters.records.length, 0);
  });

  it('is accepted with its pinned fingerprint', async () => {
    await start({ certificate: 'pin', fingerprint: FINGERPRINT });
    assert.equal((await send('request', { payload: 1 }, ['out'])).at, 'out');
  });

  it('is refused with another pinned fingerprint before anything is sent', async () => {
    await start({
      certificate: 'pin',
      fingerprint: FINGERPRINT.replace(/^../, FINGERPRINT.startsWith('00') ? '11' : '00'),
    });
    const error = await failure('request', { payload: 1 });
    assert.equal(error.code, 'CERTIFICATE');
    assert.ok(error.message.includes(FINGERPRINT));
    assert.equal(unit.counters.records.length, 0);
  });

  it('unchecked works, with a lasting yellow status and a warning', async () => {
    await start({ certificate: 'none' });
    const spies = node('request') as unknown as { status: { args: [{ fill?: string; text?: string }][] } };
    const { warn } = node('terminal') as unknown as { warn: { callCount: number } };
    assert.equal(warn.callCount, 1);
    assert.equal(spies.status.args.at(-1)?.[0].fill, 'yellow');
    assert.equal((await send('request', { payload: 1 }, ['out'])).at, 'out');
    assert.equal(spies.status.args.at(-1)?.[0].fill, 'yellow');
  });

  it('that accepts but wants a restart succeeds with a warning', async () => {
    await start({ certificate: 'pin', fingerprint: FINGERPRINT });
    const { warn } = node('terminal') as unknown as { warn: { callCount: number } };
    unit.fault({ kind: 'status', status: 200, code: { statusCode: 7, subStatusCode: 'rebootRequired' } });
    assert.equal((await send('request', { payload: 1 }, ['out'])).at, 'out');
    assert.equal(warn.callCount, 1);
  });

  it('with pin and no usable fingerprint nothing is sent and the field is named', async () => {
    await start({ certificate: 'pin', fingerprint: 'AA:BB' });
    const error = await failure('request', { payload: 1 });
    assert.equal(error.code, 'NOT_CONFIGURED');
    assert.match(error.message, /fingerprint/);
  });
});
