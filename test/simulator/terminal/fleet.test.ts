import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'mocha';
import { isLoopback, LoopbackNetwork } from '../../../simulator/server/loopback-network.js';
import { SimulatedFleet, type FleetSettings } from '../../../simulator/simulated-fleet.js';
import type { ModelName } from '../../../simulator/simulated-terminal.js';
import { element, send, sendJson } from '../../harness/terminal/raw-client.js';

const RECORD = '/ISAPI/AccessControl/UserInfo/Record';
const INFO = '/ISAPI/System/deviceInfo';

async function withFleet(
  settings: Partial<FleetSettings>,
  work: (fleet: SimulatedFleet) => Promise<void>,
): Promise<void> {
  const fleet = await SimulatedFleet.start({ count: 3, models: ['DS-K1T343EFWX'], ...settings });
  try {
    await work(fleet);
  } finally {
    await fleet.stop();
  }
}

/** Connects, asks for deviceInfo, and resolves with all that comes back until the other side closes. */
async function bytesFrom(host: string, port: number): Promise<string> {
  const socket = net.connect(port, host);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('connect', () => socket.write(`GET ${INFO} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`));
  if (!socket.destroyed) await once(socket, 'close');
  return text;
}

describe('a simulated fleet', () => {
  it('has a terminal at each address, each with its own persons, serial number, address and model', () =>
    withFleet({ models: ['DS-K1T343EFWX', 'DS-K1T323'] }, async (fleet) => {
      assert.deepEqual(fleet.addresses, ['127.1.0.1', '127.1.0.2', '127.1.0.3']);
      const about: unknown[] = [];
      for (const address of fleet.addresses) {
        const terminal = fleet.terminal(address);
        assert.deepEqual(terminal.address, { host: address, port: fleet.port, protocol: 'http' });
        await sendJson(terminal, 'POST', RECORD, { UserInfo: { employeeNo: address } });
        const { text } = await send(terminal, INFO);
        about.push(['serialNumber', 'model', 'macAddress'].map((name) => element(text, name)));
      }
      assert.deepEqual(about, [
        ['DS-K1T343EFWX-SIMULATED-N1', 'DS-K1T343EFWX', '02:00:00:01:00:01'],
        ['DS-K1T323-SIMULATED-N2', 'DS-K1T323', '02:00:00:01:00:02'],
        ['DS-K1T343EFWX-SIMULATED-N3', 'DS-K1T343EFWX', '02:00:00:01:00:03'],
      ]);
      assert.deepEqual(
        fleet.addresses.map((address) =>
          fleet
            .terminal(address)
            .persons()
            .map(({ employeeNo }) => employeeNo),
        ),
        fleet.addresses.map((address) => [address]),
      );
    }));

  it('is a thousand terminals at one listener, that come to be when they are asked', async () => {
    const listeners = (): number =>
      process.getActiveResourcesInfo().filter((name) => name.includes('TCPServer')).length;
    const before = listeners();
    await withFleet({ count: 1000, models: ['DS-K1T343EFWX', 'DS-K1T673DX'] }, async (fleet) => {
      assert.equal(fleet.addresses.at(-1), '127.1.3.250');
      const agent = new http.Agent({ keepAlive: true });
      const serialAt = (host: string): Promise<string | undefined> =>
        new Promise((resolve, reject) => {
          http
            .get({ host, port: fleet.port, path: INFO, agent }, (response) => {
              let text = '';
              response.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
              response.on('end', () => resolve(element(text, 'serialNumber')));
            })
            .on('error', reject);
        });
      assert.ok(await serialAt('127.1.2.7'));
      assert.equal(fleet.size, 1);
      const serials = await Promise.all(fleet.addresses.map(serialAt));
      assert.equal(new Set(serials).size, 1000);
      assert.deepEqual([fleet.size, listeners() - before], [1000, 1]);
      agent.destroy();
    });
  });

  it('gives two requests on one connection to the same terminal', () =>
    withFleet({}, async (fleet) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      const terminal = fleet.terminal('127.1.0.2');
      for (const employeeNo of ['1', '2']) {
        const body = JSON.stringify({ UserInfo: { employeeNo } });
        assert.equal((await send(terminal, `${RECORD}?format=json`, { method: 'POST', body, agent })).status, 200);
      }
      agent.destroy();
      assert.deepEqual([terminal.persons().length, terminal.counters.connections], [2, 1]);
    }));

  it('takes a terminal off the network and brings it back with all that it knows', () =>
    withFleet({}, async (fleet) => {
      const terminal = fleet.terminal('127.1.0.1');
      terminal.edit({ person: { employeeNo: '1' } });
      await assert.rejects(terminal.start(), /runs already/);
      await terminal.stop();
      await assert.rejects(send(terminal, INFO), { code: 'ECONNRESET' });
      assert.equal((await send(fleet.terminal('127.1.0.2'), INFO)).status, 200);
      assert.deepEqual(await terminal.start(), { port: fleet.port });
      assert.equal((await send(terminal, INFO)).status, 200);
      assert.equal(terminal.persons().length, 1);
    }));

  it('asks for the login', () =>
    withFleet({ username: 'admin', password: 'secret-1' }, async (fleet) => {
      assert.equal((await send(fleet.terminal('127.1.0.1'), INFO)).status, 401);
    }));

  it('has the faults of each terminal apart', () =>
    withFleet({}, async (fleet) => {
      fleet.terminal('127.1.0.2').fault({ kind: 'status', status: 503 });
      assert.equal((await send(fleet.terminal('127.1.0.1'), INFO)).status, 200);
      assert.equal((await send(fleet.terminal('127.1.0.2'), INFO)).status, 503);
    }));

  it('closes every connection when it stops', async () => {
    const fleet = await SimulatedFleet.start({ count: 1, models: ['DS-K1T343EFWX'] });
    const socket = net.connect(fleet.port, '127.1.0.1');
    await once(socket, 'connect');
    // An answer, so that the connection has arrived.
    await send(fleet.terminal('127.1.0.1'), INFO);
    const closed = once(socket, 'close');
    await fleet.stop();
    await closed;
  });

  for (const settings of [
    { count: 0 },
    { count: 60_001 },
    { count: 1.5 },
    { models: [] },
    { models: ['toString' as ModelName] },
  ]) {
    it(`does not start with ${JSON.stringify(settings)}`, () =>
      assert.rejects(SimulatedFleet.start({ count: 1, models: ['DS-K1T343EFWX'], ...settings }), Error));
  }

  it('has no terminal at another address', () =>
    withFleet({}, (fleet) => {
      assert.throws(() => fleet.terminal('127.1.0.4'), /no simulated terminal at "127.1.0.4"/);
      return Promise.resolve();
    }));
});

describe('the listener of a simulated fleet', () => {
  for (const host of ['127.0.0.1', '127.1.0.4', '127.2.0.1']) {
    it(`answers nothing at ${host}, where there is no terminal`, () =>
      withFleet({}, async (fleet) => {
        assert.equal(await bytesFrom(host, fleet.port), '');
        assert.equal(fleet.size, 0);
      }));
  }

  const outside = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  it('reads nothing of a connection that is not of loopback, even where somebody would answer', async function () {
    if (outside === undefined) return this.skip();
    const asked: string[] = [];
    const network: LoopbackNetwork = new LoopbackNetwork({ port: 0 }, (address) => {
      asked.push(address);
      network.at(address, {
        onRequest: (_, response) => response.end('here'),
        onConnection: () => undefined,
        onTlsHandshake: () => undefined,
      });
    });
    const { port } = await network.start();
    try {
      assert.match(await bytesFrom('127.1.0.1', port), /here/);
      assert.equal(await bytesFrom(outside, port), '');
      assert.deepEqual(asked, ['127.1.0.1']);
    } finally {
      await network.stop();
    }
  });

  it('closes an idle connection', () =>
    withFleet({ idleSeconds: 0.01 }, async (fleet) => {
      const socket = net.connect(fleet.port, '127.1.0.1');
      socket.resume();
      socket.write(`GET ${INFO} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await once(socket, 'close');
      assert.equal(fleet.terminal('127.1.0.1').counters.records[0]?.status, 200);
    }));

  for (const [address, loopback] of [
    ['127.0.0.1', true],
    ['127.255.0.9', true],
    ['128.0.0.1', false],
    ['192.168.1.127', false],
    ['::1', false],
    ['::ffff:127.0.0.1', false],
    ['127.0.0.1.example.org', false],
    ['', false],
    [undefined, false],
  ] as const) {
    it(`${loopback ? 'lets' : 'does not let'} ${String(address)} in`, () =>
      assert.equal(isLoopback(address), loopback));
  }
});
