import assert from 'node:assert/strict';
import net from 'node:net';

import { Persons } from '../../../simulator/gateway/records/persons.js';
import { Site } from '../../../simulator/gateway/records/site.js';
import { Visits } from '../../../simulator/gateway/records/visits.js';
import { SeenNonces } from '../../../simulator/gateway/signing/seen-nonces.js';
import { SimulatedGateway } from '../../../simulator/simulated-gateway.js';
import { operations } from '../../../core/artemis/operations/catalogue.js';
import { call, withGateway } from '../../harness/gateway/raw-client.js';

const VERSION = 'common/v1/version';
const ADD = 'resource/v1/person/single/add';

/** Writes raw bytes to the gateway and resolves with all that comes back until it closes. */
function talk(gateway: SimulatedGateway, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const { port, host } = gateway.address;
    const socket = net.connect(port, host, () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

describe('a simulated gateway', () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.5', '127.0.0.1.example.org']) {
    it(`refuses to listen on ${JSON.stringify(host)}`, () =>
      assert.rejects(new SimulatedGateway({ port: 0, host }).start(), /loopback only/));
  }

  it('says that its port is taken, and can start again after a stop', () =>
    withGateway({}, async (first) => {
      const second = new SimulatedGateway({ port: first.address.port });
      await assert.rejects(second.start(), { code: 'EADDRINUSE' });
      await first.stop();
      await second.start();
      assert.equal((await call(second, VERSION)).code, '0');
      await second.stop();
    }));

  it('has every call that artemis-request offers', () =>
    withGateway({}, async (gateway) => {
      for (const { path, body, id } of operations) {
        const { status, code } = await call(gateway, `/artemis${path}`, body);
        assert.equal(status, 200, id);
        assert.notEqual(code, '8', id);
      }
    }));

  it('answers another path or verb with code 8, and anything beside the OpenAPI as a web server does', () =>
    withGateway({}, async (gateway) => {
      for (const path of ['common/v1/nothing', '/artemis/other', '/artemis/api/toString', '/artemis/%zz']) {
        assert.deepEqual((await call(gateway, path)).code, '8', path);
      }
      assert.equal((await call(gateway, VERSION, {}, { method: 'PUT' })).code, '8');
      const { status, text } = await call(gateway, '/api/common/v1/version');
      assert.equal(status, 404);
      assert.match(text, /<html>/);
    }));

  for (const rawBody of ['{', '[]', 'null', '5', '"x"', '\u0000', '['.repeat(50_000)]) {
    it(`refuses the body ${JSON.stringify(rawBody).slice(0, 20)}`, () =>
      withGateway({}, async (gateway) => {
        assert.equal((await call(gateway, ADD, {}, { rawBody })).code, '0x00072003');
      }));
  }

  it('takes fields of the body itself only', () =>
    withGateway({}, async (gateway) => {
      for (const rawBody of ['{"__proto__":{"personGivenName":"x"}}', '{"constructor":1}']) {
        assert.equal((await call(gateway, ADD, {}, { rawBody })).code, '0x00072001');
      }
    }));

  it('takes a blank body for an empty object, and a chunked one', () =>
    withGateway({}, async (gateway) => {
      assert.equal((await call(gateway, VERSION, {}, { rawBody: '' })).code, '0');
      const head = `POST /artemis/api/${VERSION} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
      const answer = await talk(gateway, `${head}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`);
      assert.match(answer, /"code":"0"/);
    }));

  it('reads no body that is too large, whether it says so before or not', () =>
    withGateway({}, async (gateway) => {
      const head = `POST /artemis/api/${VERSION} HTTP/1.1\r\nHost: x\r\n`;
      assert.match(await talk(gateway, `${head}Content-Length: 300000\r\n\r\n`), /^HTTP\/1\.1 413/);
      const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
      assert.match(
        await talk(gateway, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}`),
        /^HTTP\/1\.1 413/,
      );
      const picture = { personGivenName: 'x', faces: [{ faceData: 'A'.repeat(2 * 1024 * 1024) }] };
      assert.equal((await call(gateway, ADD, picture)).status, 413);
      assert.equal(gateway.persons().length, 1);
    }));

  it('remembers a thousand requests, and no more of a path than two hundred characters', () =>
    withGateway({}, async (gateway) => {
      await call(gateway, `/artemis/${'x'.repeat(5000)}`);
      assert.equal(gateway.requests[0]?.path.length, 200);
      for (let i = 0; i < 1001; i += 1) await call(gateway, VERSION);
      assert.equal(gateway.requests.length, 1000);
    })).timeout(20_000);

  it('keeps ten thousand persons and as many visits at most', () => {
    const persons = new Persons(new Site(), () => undefined);
    for (let i = 1; i < 10_000; i += 1) persons.add({ personGivenName: 'x' });
    assert.throws(() => persons.add({ personGivenName: 'x' }), { code: '132' });
    const visits = new Visits(persons, () => undefined);
    const [appointStartTime, appointEndTime] = ['2026-03-01T08:00:00Z', '2026-03-01T09:00:00Z'];
    const visitorInfoList = [{ VisitorInfo: { visitorGivenName: 'x' } }];
    const invitation = { receptionistId: '1', appointStartTime, appointEndTime, visitorInfoList };
    for (let i = 0; i < 10_000; i += 1) visits.invite(invitation);
    assert.throws(() => visits.invite(invitation), { code: '132' });
  });

  it('remembers ten thousand nonces, the latest', () => {
    const nonces = new SeenNonces();
    for (let i = 0; i < 10_001; i += 1) assert.equal(nonces.isNew(String(i)), true);
    assert.equal(nonces.isNew('10000'), false);
    assert.equal(nonces.isNew('1'), false);
    assert.equal(nonces.isNew('0'), true);
    assert.equal(nonces.isNew('x'.repeat(129)), false);
  });
});
