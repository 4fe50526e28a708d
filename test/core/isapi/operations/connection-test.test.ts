import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { CertificateCheck } from '../../../../core/http/certificate.js';
import { clockAhead } from '../../../../core/isapi/operations/connection-test/terminal-clock.js';
import {
  testTerminal,
  type TerminalTestResult,
  type TerminalFinding,
} from '../../../../core/isapi/operations/connection-test/connection-test.js';
import type { TerminalSettings } from '../../../../core/isapi/terminal/terminal.js';
import { SimulatedTerminal, type SimulatorSettings } from '../../../../simulator/simulated-terminal.js';
import { certificate as shown } from '../../../harness/terminal/certificate.js';

const LOGIN = { username: 'operator', password: 'right' };
const FINGERPRINT = /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/;

describe('the connection test of a terminal', () => {
  let simulator: SimulatedTerminal;

  async function simulate(settings: Partial<SimulatorSettings> = {}): Promise<void> {
    simulator = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', ...LOGIN, ...settings });
    await simulator.start();
  }

  function settingsOf(more: Partial<TerminalSettings> = {}): TerminalSettings {
    const { protocol, host, port } = simulator.address;
    const certificate: CertificateCheck = { mode: 'none' };
    const limits = { timeoutMs: 5000, retries: 2, queueLimit: 10 };
    return { name: 'Lobby', protocol, host, port, certificate, ...limits, credentials: LOGIN, ...more };
  }

  afterEach(() => simulator.stop());

  it('passes every finding of a terminal that is well, and says what it is and can do', async () => {
    await simulate();
    const test = await testTerminal(settingsOf());
    assert.deepEqual(states(test), {
      address: 'passed',
      certificate: 'warned',
      login: 'passed',
      lock: 'passed',
      device: 'passed',
      time: 'passed',
      capture: 'passed',
      faces: 'passed',
      persons: 'passed',
    });
    assert.deepEqual(finding(test, 'device').params, {
      model: 'DS-K1T343EFWX',
      firmware: 'V4.38.0',
      serial: 'DS-K1T343EFWX-SIMULATED',
    });
    assert.deepEqual(finding(test, 'capture').params, { url: true, binary: true, infrared: true });
    assert.equal(simulator.counters.signedRejections, 0);
  });

  it('signs a wrong password once and tells how many tries are left', async () => {
    await simulate();
    const test = await testTerminal(settingsOf({ credentials: { ...LOGIN, password: 'wrong' } }));
    assert.equal(simulator.counters.signedRejections, 1);
    const login = finding(test, 'login');
    assert.deepEqual([login.state, login.text, login.params], ['failed', 'rejected', { tries: 4 }]);
    assert.deepEqual(finding(test, 'lock').state, 'passed');
    assert.equal(finding(test, 'device').state, 'unknown');
  });

  it('warns when the next wrong passwords will lock the account, and says for how long it is locked', async () => {
    await simulate({ tries: 2, lockSeconds: 590 });
    const settings = settingsOf({ credentials: { ...LOGIN, password: 'wrong' } });
    const close = finding(await testTerminal(settings), 'lock');
    assert.deepEqual([close.state, close.params], ['warned', { tries: 1 }]);
    const told = await testTerminal(settings);
    assert.deepEqual([finding(told, 'login').text, finding(told, 'lock').params], ['sameLogin', { tries: 1 }]);
    const locked = finding(await testTerminal(settings), 'lock');
    assert.deepEqual([locked.state, locked.text, locked.params], ['failed', 'lockedFor', { minutes: 10 }]);
  });

  it('says that a terminal asks for no login, and that it asks for one where none is set', async () => {
    await simulate();
    const without = settingsOf();
    delete without.credentials;
    const asked = finding(await testTerminal(without), 'login');
    assert.deepEqual([asked.state, asked.text, asked.failure?.code], ['failed', 'missing', 'NOT_CONFIGURED']);
    await simulator.stop();
    simulator = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX' });
    await simulator.start();
    assert.equal(finding(await testTerminal(settingsOf()), 'login').state, 'warned');
  });

  for (const { title, certificate, text } of [
    { title: 'verified', certificate: { mode: 'verify' }, text: undefined },
    { title: 'pinned to another', certificate: { mode: 'pin', fingerprint: '00'.repeat(32) }, text: 'changed' },
    { title: 'to be pinned, with none pinned yet', certificate: { mode: 'pin' }, text: 'unpinned' },
  ] as const) {
    it(`sends no request past a certificate that is not accepted (${title}) but shows it`, async () => {
      await simulate({ tls: shown });
      const test = await testTerminal(settingsOf({ certificate }));
      const { state, text: sentence } = finding(test, 'certificate');
      assert.deepEqual([state, sentence], ['failed', text]);
      assert.match(test.fingerprint ?? '', FINGERPRINT);
      assert.equal(test.certificate?.subject, 'simulated-terminal.test');
      assert.equal(test.certificate.validTo, '2126-10-28T01:35:14.000Z');
      assert.deepEqual(simulator.counters.records, []);
      assert.equal(finding(test, 'login').state, 'unknown');
    });
  }

  it('accepts the fingerprint that it showed, once that is pinned', async () => {
    await simulate({ tls: shown });
    const { fingerprint = '' } = await testTerminal(settingsOf({ certificate: { mode: 'pin' } }));
    const test = await testTerminal(settingsOf({ certificate: { mode: 'pin', fingerprint } }));
    const { state, text } = finding(test, 'certificate');
    assert.deepEqual([state, text], ['passed', 'pinned']);
    assert.equal(finding(test, 'login').state, 'passed');
  });

  it('says so when nobody answers at the address, and asks no further', async () => {
    await simulate();
    const settings = settingsOf();
    await simulator.stop();
    const test = await testTerminal(settings);
    const { state, failure } = finding(test, 'address');
    assert.deepEqual([state, failure?.code], ['failed', 'UNREACHABLE']);
    assert.equal(test.report.replies.length, 1);
    assert.deepEqual([...new Set(Object.values(states(test)))].sort(), ['failed', 'unknown', 'warned']);
  });

  for (const [protocol, tls, text] of [
    ['https', undefined, 'speaksHttp'],
    ['http', shown, 'speaksHttps'],
  ] as const) {
    it(`says that the port speaks the other protocol where ${protocol} is chosen`, async () => {
      await simulate(tls ? { tls } : {});
      const address = finding(await testTerminal(settingsOf({ protocol })), 'address');
      assert.deepEqual([address.state, address.text], ['failed', text]);
      assert.equal(address.failure, undefined);
    });
  }

  it('tells a web server that is no terminal from a terminal', async () => {
    await simulate();
    const page = await webPage();
    try {
      const { port } = page.address() as AddressInfo;
      const test = await testTerminal(settingsOf({ port }));
      assert.equal(finding(test, 'address').state, 'warned');
      assert.equal(finding(test, 'device').state, 'failed');
    } finally {
      page.close();
      page.closeAllConnections();
    }
  });

  it('goes on where a single question is refused', async () => {
    await simulate();
    simulator.fault({ kind: 'status', status: 403, code: { statusCode: 4, subStatusCode: 'lowPrivilege' } });
    const test = await testTerminal(settingsOf());
    const device = finding(test, 'device');
    assert.deepEqual([device.state, device.failure?.code], ['failed', 'lowPrivilege']);
    assert.equal(finding(test, 'time').state, 'passed');
    assert.equal(finding(test, 'capture').state, 'passed');
  });

  it('reports the behaviours met and nothing that belongs to somebody', async () => {
    await simulate({ tls: shown });
    const test = await testTerminal(settingsOf());
    const { report } = test;
    assert.equal(report.model, 'DS-K1T343EFWX');
    assert.deepEqual(report.capture, { url: true, binary: true, infrared: true, cancel: true });
    assert.equal(report.supports['isSupportFDLib'], true);
    assert.deepEqual(report.replies[0], {
      path: '/ISAPI/System/deviceInfo',
      httpStatus: 200,
      contentType: 'application/xml',
      format: 'xml',
      root: 'DeviceInfo',
      namespace: 'http://www.isapi.org/ver20/XMLSchema',
    });
    assert.equal(typeof report.nonce.algorithm, 'string');
    const said = JSON.stringify(report);
    const { host, port } = simulator.address;
    const secrets = [host, String(port), 'SIMULATED', LOGIN.username, LOGIN.password, '02:00:00', 'Simulated terminal'];
    assert.deepEqual(
      secrets.filter((secret) => said.includes(secret)),
      [],
    );
  });

  it('stops when whoever asked has gone', async () => {
    await simulate();
    simulator.fault({ kind: 'timeout', times: 9 });
    const gone = new AbortController();
    const reason = new Error('gone');
    simulator.on('event', () => gone.abort(reason));
    await assert.rejects(testTerminal(settingsOf(), gone.signal), (error) => error === reason);
  });
});

describe('the clock of a terminal', () => {
  const now = Date.parse('2026-07-01T12:00:00Z');

  for (const [timeZone, localTime, ahead] of [
    ['CST-5:00:00', '2026-07-01T17:00:00', 0],
    ['CST-5:00:00', '2026-07-01T17:02:00+05:00', 120],
    ['CST+3:30:00', '2026-07-01T08:29:00', -60],
    ['CET-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/03:00:00', '2026-07-01T14:00:05', 5],
    ['', '2026-07-01T12:00:00Z', 0],
    ['', '2026-07-01T12:00:00', undefined],
    ['CST-5:00:00', 'noon', undefined],
  ] as const) {
    it(`is read from ${localTime} in ${timeZone || 'no zone'}`, () => {
      assert.equal(clockAhead({ localTime, timeZone }, now), ahead);
    });
  }
});

function finding({ findings }: TerminalTestResult, id: TerminalFinding['id']): TerminalFinding {
  const found = findings.find((each) => each.id === id);
  assert.ok(found);
  return found;
}

function states({ findings }: TerminalTestResult): Record<string, string> {
  return Object.fromEntries(findings.map(({ id, state }) => [id, state]));
}

async function webPage(): Promise<Server> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!DOCTYPE html><html><body>Router</body></html>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
