import assert from 'node:assert/strict';

import { arrivalAt, deploy, failure, node, send, undeploy, type FlowNode } from '../../harness/node-red/flow.js';
import { line } from '../../harness/node-red/node-red-line.js';

const SIMULATOR: FlowNode = {
  id: 'unit',
  type: 'terminal-simulator',
  z: 'tab',
  port: '0',
  model: 'DS-K1T343EFWX',
  wires: [['told']],
};
const TOLD: FlowNode = { id: 'told', type: 'helper', z: 'tab' };

describe(`terminal-simulator in Node-RED ${line}`, () => {
  afterEach(() => undeploy());

  function address(): Promise<string> {
    return new Promise((resolve) => {
      node('unit').on('call:status', (call: { args: [{ text: string }] }) => resolve(call.args[0].text));
    });
  }

  async function start(more: object = {}, credentials: object = {}): Promise<string> {
    const [flow] = [[{ ...SIMULATOR, ...more }, TOLD]];
    await deploy(flow, { unit: credentials });
    return address();
  }

  it('listens on loopback only and says where', async () => {
    assert.match(await start(), /^127\.0\.0\.1:\d+$/);
  });

  it('tells what happened, one message each', async () => {
    const where = await start();
    node('unit').receive({ payload: { present: 'Alex' } });
    const captured = arrivalAt(['told']);
    const condition =
      '<?xml version="1.0"?><CaptureFaceDataCond version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">' +
      '<captureInfrared>false</captureInfrared><dataType>url</dataType></CaptureFaceDataCond>';
    await fetch(`http://${where}/ISAPI/AccessControl/CaptureFaceData`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: condition,
    });
    assert.equal((await captured).msg['topic'], 'capture started');
  });

  it('asks for a login when it has one', async () => {
    const where = await start({}, { username: 'admin', password: 'only for tests' });
    const reply = await fetch(`http://${where}/ISAPI/System/deviceInfo`);
    assert.equal(reply.status, 401);
    assert.match(String(reply.headers.get('www-authenticate')), /^Digest /);
  });

  it('takes an edit by hand, and says what the terminal refuses', async () => {
    await start();
    const added = arrivalAt(['told']);
    node('unit').receive({ payload: { person: { employeeNo: '1024', name: 'Alex' } } });
    assert.equal((await added).msg['topic'], 'person created');
    const error = await failure('unit', { payload: { person: { employeeNo: '1025', gender: 'x' } } });
    assert.equal(error.code, 'INVALID_INPUT');
    const gone = arrivalAt(['told']);
    node('unit').receive({ payload: { remove: '1024' } });
    assert.equal((await gone).msg['topic'], 'person deleted');
  });

  it('lets a person who was added come in, and tells what happened at the door', async () => {
    await start();
    const person = { employeeNo: '0042', name: 'Alex', doorRight: '1' };
    const added = arrivalAt(['told']);
    node('unit').receive({ payload: { person: { ...person, RightPlan: [{ doorNo: 1, planTemplateNo: '1' }] } } });
    await added;
    for (const [payload, topic, part] of [
      [{ walkUp: { employeeNo: '0042' } }, 'let in', { code: '5-226', employeeNo: '0042', name: 'Alex' }],
      [{ walkUp: 'Boris' }, 'denied', { code: '5-76' }],
      [{ door: 'forced' }, 'at the door', { door: 1, what: 'forced' }],
    ] as const) {
      const told = arrivalAt(['told']);
      node('unit').receive({ payload });
      const { msg } = await told;
      const { at, ...rest } = msg['payload'] as { at: string };
      assert.deepEqual([msg['topic'], rest, typeof at], [topic, { event: topic, ...part }, 'string']);
    }
  });

  it('refuses commands that it does not understand', async () => {
    await start();
    for (const payload of [
      5,
      null,
      {},
      { present: 5 },
      { fault: 'nonsense' },
      { person: {} },
      { reset: 'yes' },
      { walkUp: {} },
      { door: 'ajar' },
    ]) {
      const error = await failure('unit', { payload });
      assert.equal(error.code, 'INVALID_INPUT', JSON.stringify(payload));
    }
  });

  it('says so when its port is taken', async () => {
    const where = await start();
    const port = where.split(':')[1];
    await undeploy();
    await deploy([{ ...SIMULATOR, port }, { ...SIMULATOR, id: 'second', port }, TOLD]);
    const { error } = node('second') as unknown as { error: { args: [string][] } };
    const first = await failure('second', { payload: { present: 'Alex' } });
    assert.equal(first.code, 'INVALID_INPUT');
    assert.match(String(error.args[0]?.[0]), /EADDRINUSE.*another port/s);
  });

  it('refuses an unknown model', async () => {
    await deploy([{ ...SIMULATOR, model: 'no such' }, TOLD]);
    const { at } = await send('unit', { payload: { present: 'Alex' } }, ['told']);
    assert.equal(at, 'caught');
  });
});
