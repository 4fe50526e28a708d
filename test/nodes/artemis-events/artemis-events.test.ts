import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';

import { parseCommand, SimulatedGateway } from '../../../simulator/simulated-gateway.js';
import { PARTNER } from '../../harness/gateway/raw-client.js';
import { line } from '../../harness/node-red/node-red-line.js';
import { NodeRedProcess } from '../../harness/node-red/node-red-process.js';

/** What a flow has had of an event. */
interface Had {
  topic: string;
  event?: { id: string; node: string };
  payload: {
    id: string;
    card?: string;
    name?: string;
    notice?: string;
    text?: string;
    redelivered: boolean;
    recovered: boolean;
  };
}

const ROOT = '/pages';
const CARD = 198_914;

describe(`artemis-events in Node-RED ${line}`, function () {
  this.timeout(120_000);
  let simulated: SimulatedGateway;
  let red: NodeRedProcess;

  before(async () => {
    simulated = new SimulatedGateway({ port: 0, ...PARTNER, deliveryPause: 0.05, deliveryRetries: 2000 });
    const { port } = await simulated.start();
    const gateway = { id: 'gateway', type: 'artemis-config', name: 'HQ', protocol: 'http', host: '127.0.0.1', port };
    red = await NodeRedProcess.start({
      flow: [gateway],
      credentials: { gateway: PARTNER },
      settings: { httpNodeRoot: ROOT },
    });
    const connected = red.next('HAD connected');
    await red.deploy([gateway, ...flowOf(red)]);
    await connected;
  });
  after(async () => {
    await red.remove();
    await simulated.stop();
  });

  /** Each message is on the disk before anything else happens. */
  function flowOf({ url, userDir }: NodeRedProcess): object[] {
    const func = `
      fs.appendFileSync(${JSON.stringify(path.join(userDir, 'had.jsonl'))}, JSON.stringify(msg) + '\\n');
      node.warn('HAD ' + (msg.payload.notice || msg.payload.card) + ' END');`;
    const libs = [{ var: 'fs', module: 'fs' }];
    const events = { id: 'events', type: 'artemis-events', z: 'tab', gateway: 'gateway', address: url, check: '60' };
    return [
      { id: 'tab', type: 'tab', label: 'test' },
      { ...events, types: `${CARD}`, wires: [['had'], ['had']] },
      { id: 'had', type: 'function', z: 'tab', func, libs, outputs: 1, wires: [[]] },
    ];
  }

  async function had(): Promise<Had[]> {
    const text = await readFile(path.join(red.userDir, 'had.jsonl'), 'utf8');
    return text
      .split('\n')
      .filter((each) => each !== '')
      .map((each) => JSON.parse(each) as Had);
  }

  function raise(card: string): void {
    simulated.runCommand(parseCommand({ raise: { card, type: CARD } }));
  }

  function destination(): string {
    return simulated.subscriptions[0]?.eventDest ?? '';
  }

  it('subscribes with a secret of its own, that no export has, and gives each event once', async () => {
    const secret = destination().slice(`${red.url}${ROOT}/hikvision/`.length);
    assert.match(secret, /^[\w-]{32}$/);
    assert.equal(destination(), `${red.url}${ROOT}/hikvision/${secret}`);
    const arrived = red.next('HAD 00042 END');
    raise('00042');
    await arrived;
    const [notice, event] = await had();
    assert.equal(notice?.payload.notice, 'connected');
    assert.equal(notice.payload.text, 'HQ: subscribed. Events from now on are certain to arrive.');
    assert.deepEqual([event?.topic, event?.payload.name], ['HQ/accepted', 'Access by card']);
    assert.deepEqual(event?.event, { id: event?.payload.id, node: 'events' });
    assert.ok(!(await (await red.fetch('flows')).text()).includes(secret));
    assert.ok(!red.log.includes(secret));
    const folder = path.join(red.userDir, 'hikvision', 'artemis-events');
    const [own = ''] = await readdir(folder);
    for (const file of await readdir(path.join(folder, own))) {
      assert.equal((await stat(path.join(folder, own, file))).mode & 0o77, 0);
    }
  });

  it('keeps the subscription over a deploy', async () => {
    const before = destination();
    const flows = (await (await red.fetch('flows')).json()) as object[];
    const connected = red.next('HAD connected');
    await red.deploy(flows);
    await connected;
    assert.equal(destination(), before);
    const calls = simulated.requests.map(({ path: called }) => called.split('/').at(-1));
    assert.ok(!calls.includes('eventUnSubscriptionByEventTypes'));
    assert.equal(calls.filter((each) => each === 'eventSubscriptionByEventTypes').length, 1);
  });

  it('refuses whoever does not know the address, or sends anything else, and logs nothing of it', async () => {
    const url = destination();
    const json = { 'Content-Type': 'application/json' };
    const asked = async (to: string, init: RequestInit): Promise<number> => (await fetch(to, init)).status;
    const body = JSON.stringify({
      method: 'OnEventNotify',
      params: { events: [{ eventId: 'EVIL', eventType: CARD }] },
    });
    const wrong = `${url.slice(0, -1)}${url.endsWith('A') ? 'B' : 'A'}`;
    assert.equal(await asked(wrong, { method: 'POST', headers: json, body }), 404);
    assert.equal(await asked(`${url}EVIL`, { method: 'POST', headers: json, body }), 404);
    assert.equal(await asked(url.replace(ROOT, ''), { method: 'POST', headers: json, body }), 404);
    assert.equal(await asked(`${red.url}/hikvision/`, { method: 'POST', headers: json, body }), 404);
    // What cannot be decoded is no other path, and nobody logs it.
    for (const odd of [`${url.slice(0, -1)}%EVIL`, `${url}/EVIL`, new URL('%EVIL/%', url).href]) {
      assert.equal(await asked(odd, { method: 'POST', headers: json, body }), 404);
    }
    for (const method of ['GET', 'PUT', 'DELETE']) assert.equal(await asked(url, { method }), 405);
    // What a foreign web page can send without asking.
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      assert.equal(await asked(url, { method: 'POST', headers: { 'Content-Type': type }, body }), 415);
    }
    // With the editor at the root, Node-RED's own reader of JSON is there before the node.
    const packed = { method: 'POST', headers: { ...json, 'Content-Encoding': 'gzip' }, body };
    assert.match(String(await asked(url, packed)), /^4(?:00|15)$/);
    const long = { method: 'POST', headers: json, body: JSON.stringify({ x: 'x'.repeat(1024 * 1024) }) };
    assert.equal(await asked(url, long), 413);
    for (const nonsense of ['[]', '{"method":"EVIL"}', '{"__proto__":{}}']) {
      assert.equal(await asked(url, { method: 'POST', headers: json, body: nonsense }), 400);
    }
    assert.ok(!red.log.includes('EVIL'));
    assert.ok((await had()).every(({ payload }) => payload.id !== 'EVIL'));
  });

  it('goes on through a flood of such requests, and of bodies that never end', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });
    const { hostname, port, pathname } = new URL(destination());
    const hanging: http.ClientRequest[] = [];
    for (let index = 0; index < 100; index += 1) {
      const target = index % 2 === 0 ? pathname.slice(0, -3) : '/pages/hikvision/nobody';
      const request = http.request({
        hostname,
        port,
        path: target,
        method: 'POST',
        headers: { 'Content-Length': 1e6 },
      });
      request.on('error', () => undefined);
      request.write('x');
      hanging.push(request);
    }
    const flood = Array.from({ length: 3000 }, (_each, index) => {
      return new Promise<number | undefined>((resolve, reject) => {
        const options = { hostname, port, agent, method: 'POST', path: `${ROOT}/hikvision/${index}` };
        http
          .request(options, (response) => {
            response.resume();
            response.once('end', () => resolve(response.statusCode));
          })
          .once('error', reject)
          .end('x'.repeat(500));
      });
    });
    const arrived = red.next('HAD 00043 END');
    raise('00043');
    assert.deepEqual([...new Set(await Promise.all(flood))], [404]);
    await arrived;
    for (const request of hanging) request.destroy();
    agent.destroy();
  });

  it('loses and doubles nothing where Node-RED is killed in the middle of deliveries', async () => {
    const cards = Array.from({ length: 200 }, (_each, index) => `k${index}`);
    const middle = red.next('HAD k60 END');
    for (const card of cards) raise(card);
    await middle;
    await red.kill('SIGKILL');
    await red.resume();
    // The gateway sends in order: what comes after it has come.
    const sentinel = red.next('HAD sentinel END');
    raise('sentinel');
    await sentinel;
    const events = (await had()).filter(({ payload }) => payload.card?.startsWith('k') === true);
    for (const card of cards) {
      const [first, ...again] = events.filter(({ payload }) => payload.card === card);
      assert.ok(first, `${card} is lost`);
      // What may have been in the flow at that moment says so.
      assert.ok(
        again.every(({ payload }) => payload.redelivered),
        `${card} came twice`,
      );
      assert.ok(again.length <= 1);
    }
    assert.ok(events.length - cards.length <= 20);
  });

  it('takes the subscription back, and forgets, when it is deleted', async () => {
    const flows = (await (await red.fetch('flows')).json()) as { id: string }[];
    await red.deploy(
      flows.filter(({ id }) => id !== 'events'),
      'nodes',
    );
    assert.deepEqual(simulated.subscriptions, []);
    assert.deepEqual(await readdir(path.join(red.userDir, 'hikvision', 'artemis-events')), []);
  });
});
